/**
 * The config file: `--config FILE`, else `netkit.yaml` in the working directory, if there is one.
 *
 *     connections: 100          # for every command that has the setting
 *     flood:                    # for one command; wins over the line above
 *       rate: 1000/s
 *       expect: [p99<200ms, error_rate<1%]
 *
 * Keys are flag names without dashes, and `url` for the arguments. A key nobody knows is an error with its
 * line. The YAML reader and the schema library load only when there is a file to read.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NetkitError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";

const DEFAULT_CONFIG_NAME = "netkit.yaml";

/** Setting names of each command. */
export type KnownSettings = Readonly<Record<string, readonly string[]>>;

/** A value as text, the way it would stand on the command line; several for a list. */
export interface FileValue {
  readonly values: readonly string[];
  /** `netkit.yaml:3`. */
  readonly where: string;
}

export interface ConfigFile {
  readonly path: string;
  /** The command's own section first, then the top level. */
  lookup(command: string, setting: string): FileValue | undefined;
}

/**
 * @param named The file of `--config` or `NETKIT_CONFIG`; it must exist. `undefined` looks in `folder`.
 * @throws NetkitError `NK_CONFIG` (exit 2).
 */
export async function loadConfigFile(
  named: string | undefined,
  folder: string,
  known: KnownSettings,
): Promise<ConfigFile | undefined> {
  const path = named ?? join(folder, DEFAULT_CONFIG_NAME);
  if (named === undefined && !existsSync(path)) return undefined;
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new NetkitError("config", "NK_CONFIG", `could not read ${path}`, {
      subject: path,
      why: error instanceof Error ? error.message : String(error),
      next: "check the path given with --config",
      cause: error,
    });
  }
  return parseConfig(text, named ?? DEFAULT_CONFIG_NAME, known);
}

type Scalar = string | number | boolean;
type Section = Readonly<Record<string, Scalar | readonly Scalar[]>>;

export async function parseConfig(text: string, path: string, known: KnownSettings): Promise<ConfigFile> {
  const { parseDocument, LineCounter, isNode } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new NetkitError("config", "NK_CONFIG", `${path}:${line} is not YAML`, {
      subject: `${path}:${line}:${col}`,
      why: problem.message,
      next: "mend the line; a setting is written like  connections: 100",
    });
  }
  const lineOf = (keys: readonly string[]): number => {
    const node = keys.length === 0 ? document.contents : keyNode(document, keys);
    const range = isNode(node) ? node.range : undefined;
    return range ? lines.linePos(range[0]).line : 1;
  };
  const data = plainData(document, path);
  await checkShape(data, path, known, lineOf);
  const root = data as Record<string, unknown>;

  return {
    path,
    lookup(command, setting) {
      const section = root[command] as Section | null | undefined;
      const own = section?.[setting];
      if (own !== undefined) return fileValue(own, `${path}:${lineOf([command, setting])}`);
      const shared = (root as Section)[setting];
      return shared === undefined ? undefined : fileValue(shared, `${path}:${lineOf([setting])}`);
    },
  };
}

/** Aliases are followed here: one without an anchor, or too many of them, is no document. */
function plainData(document: { toJS(): unknown }, path: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    throw new NetkitError("config", "NK_CONFIG", `${path} cannot be read`, {
      subject: path,
      why: error instanceof Error ? error.message : String(error),
      next: "mend the alias, or write the value out",
      cause: error,
    });
  }
}

function fileValue(value: Scalar | readonly Scalar[], where: string): FileValue {
  const list = Array.isArray(value) ? value : [value];
  return { values: list.map(String), where };
}

interface KeyedMap {
  readonly items: readonly { readonly key: unknown; readonly value: unknown }[];
}

function hasItems(node: unknown): node is KeyedMap {
  return typeof node === "object" && node !== null && Array.isArray((node as KeyedMap).items);
}

/** The node of the last key itself: its line is the one to look at, whatever its value spans. */
function keyNode(document: { readonly contents: unknown }, keys: readonly string[]): unknown {
  let node: unknown = document.contents;
  let key: unknown;
  for (const name of keys) {
    if (!hasItems(node)) return key;
    const pair = node.items.find(
      (item) => String((item.key as { value?: unknown } | null)?.value ?? item.key) === name,
    );
    if (pair === undefined) return key;
    key = pair.key;
    node = pair.value;
  }
  return key;
}

async function checkShape(
  data: unknown,
  path: string,
  known: KnownSettings,
  lineOf: (keys: readonly string[]) => number,
): Promise<void> {
  const { z } = await import("zod");
  const scalar = z.union([z.string(), z.number(), z.boolean()]);
  const setting = z.union([scalar, z.array(scalar)]).optional();
  const section = (names: readonly string[]) =>
    z.strictObject(Object.fromEntries(names.map((name) => [name, setting]))).nullable();
  const sections = Object.fromEntries(
    Object.entries(known).map(([command, names]) => [command, section(names).optional()]),
  );
  const shared = [...new Set(Object.values(known).flat())];
  const schema = z.strictObject({
    ...Object.fromEntries(shared.map((name) => [name, setting])),
    ...sections,
  });
  const issue = schema.safeParse(data).error?.issues[0];
  if (issue === undefined) return;
  const keys = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const inside = keys[0];
    const words = inside === undefined ? [...shared, ...Object.keys(known)] : (known[inside] ?? []);
    const line = lineOf([...keys, key]);
    throw new NetkitError("config", "NK_CONFIG", `"${key}" is not a setting (${path}:${line})`, {
      subject: `${path}:${line}`,
      why: inside === undefined ? "no command has a flag of that name" : `${inside} has no flag of that name`,
      next: didYouMean(key, words, (name) => name, "keys are flag names without the dashes; see --help"),
    });
  }
  const line = lineOf(keys);
  const name = keys.join(".") || "the file";
  throw new NetkitError("config", "NK_CONFIG", `${name} has a value of the wrong kind (${path}:${line})`, {
    subject: `${path}:${line}`,
    why:
      keys.length === 0
        ? "the file must hold settings, one a line"
        : "it must be text, a number, true or false, or a list of these",
    next: "write it like  connections: 100",
  });
}
