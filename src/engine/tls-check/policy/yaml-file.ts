/**
 * A YAML (or JSON) file that has to fit a schema. What does not fit is told with its line, its path and what
 * was expected.
 */
import { isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { NetkitError } from "../../../core/errors.ts";

/**
 * @param shape What the file should be, in words, for the advice of the error.
 * @throws NetkitError `NK_CONFIG` (exit 2).
 */
export function parseYaml<T>(text: string, path: string, schema: z.ZodType<T>, shape: string): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new NetkitError("config", "NK_CONFIG", `${path}:${line} is not YAML`, {
      subject: `${path}:${line}:${col}`,
      why: broken.message,
      next: `the file has to be ${shape}`,
    });
  }
  const result = schema.safeParse(toValue(document, path));
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const where = issue.path.filter((part): part is string | number => typeof part !== "symbol");
  // A key too many stands where it stands, not where its parent begins.
  let node: unknown =
    issue.code === "unrecognized_keys" ? keyNode(document, where, issue.keys[0]) : undefined;
  // The nearest node that exists: a missing key has none of its own.
  for (let length = where.length; length >= 0 && !isNode(node); length--) {
    node = length === 0 ? document.contents : document.getIn(where.slice(0, length), true);
  }
  const line = isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1;
  const name = where.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  throw new NetkitError("config", "NK_CONFIG", `${path}:${line} is not ${shape}`, {
    subject: `${path}:${line}`,
    why: `${name.replace(/^\./, "") || "the file"}: ${issue.message}`,
    next: "mend the line; the JSON Schema of the file is published with netkit",
  });
}

/** The key as it is written; undefined for one that came by a merge or an alias. */
function keyNode(
  document: ReturnType<typeof parseDocument>,
  path: readonly (string | number)[],
  name: string | undefined,
): unknown {
  const parent = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(parent)) return undefined;
  return parent.items.map(({ key }) => key).find((key) => isScalar(key) && String(key.value) === name);
}

/** Aliases are followed up to a limit (`yaml`'s own), so that a small file cannot become a huge value. */
function toValue(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw new NetkitError("config", "NK_CONFIG", `${path} cannot be read`, {
      subject: path,
      why: error instanceof Error ? error.message : String(error),
      next: "write the values out instead of using aliases",
      cause: error,
    });
  }
}
