/**
 * `--data`: rows of a CSV file with a head, or a JSON object a line, and a body in which `{{column}}` stands for a value of the
 * row. Each row is a message, made before the run.
 */
import { Buffer } from "node:buffer";
import { parseCsv } from "../../core/csv.ts";
import { NetkitError, usageError } from "../../core/errors.ts";
import { formatBytes, groupThousands } from "../../core/units.ts";

type Row = ReadonlyMap<string, string>;

/** Kept in memory by each thread, several times over. */
const MOST_BYTES = 64 * 1024 * 1024;
const PLACE = /\{\{\s*([^{}]+?)\s*\}\}/g;

/** @throws NetkitError of stage file for a file that has no rows, and for a place in the body that is no column */
export function bodiesOf(template: string, bytes: Uint8Array, path: string): readonly Uint8Array[] {
  const rows = readRows(
    Buffer.from(bytes)
      .toString("utf8")
      .replace(/^\uFEFF/, ""),
    path,
  );
  let total = 0;
  return rows.map((row, at) => {
    const body = Buffer.from(fill(template, row, at + 1, path), "utf8");
    total += body.length;
    if (total > MOST_BYTES) {
      throw usageError(
        `the rows of ${path} make more than ${formatBytes(MOST_BYTES)} of messages`,
        "use fewer rows: they take turns",
        "--data",
      );
    }
    return body;
  });
}

function fill(template: string, row: Row, number: number, path: string): string {
  return template.replace(PLACE, (place: string, column: string) => {
    const value = row.get(column);
    if (value !== undefined) return value;
    const known = [...row.keys()].map((name) => `{{${name}}}`).join(" ");
    throw badFile(
      path,
      `row ${groupThousands(number)} has no value for ${place}`,
      `its columns are ${known}`,
    );
  });
}

function readRows(text: string, path: string): readonly Row[] {
  const rows = /^\s*\{/.test(text) ? jsonRows(text, path) : csvRows(text, path);
  if (rows.length === 0) {
    throw badFile(
      path,
      "it has no rows",
      "write a line of column names and a line for each row, or JSON objects",
    );
  }
  return rows;
}

function csvRows(text: string, path: string): readonly Row[] {
  const records = parseCsv(text);
  if ("kind" in records) {
    throw badFile(
      path,
      `line ${records.line}: ${records.detail}`,
      "write CSV as RFC 4180 has it, or JSON objects",
    );
  }
  const [head = [], ...rest] = records;
  return rest.map((record, at) => {
    if (record.length === head.length)
      return new Map(head.map((name, column) => [name.trim(), record[column]!]));
    const has = `${record.length} field${record.length === 1 ? "" : "s"}`;
    throw badFile(
      path,
      `row ${at + 1} has ${has}, the head has ${head.length}`,
      "give each row a value for each column",
    );
  });
}

function jsonRows(text: string, path: string): readonly Row[] {
  return text.split("\n").flatMap((line, at) => {
    if (line.trim() === "") return [];
    let found: unknown;
    try {
      found = JSON.parse(line);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw badFile(path, `line ${at + 1}: ${why}`, "write one JSON object a line");
    }
    if (typeof found !== "object" || found === null || Array.isArray(found)) {
      throw badFile(path, `line ${at + 1} is no JSON object`, "write one JSON object a line");
    }
    return [new Map(Object.entries(found).map(([name, value]) => [name, textOf(value)]))];
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function badFile(path: string, why: string, next: string): NetkitError {
  return new NetkitError("file", "NK_DATA_BAD", `could not use ${path} as rows`, {
    subject: path,
    why,
    next,
  });
}
