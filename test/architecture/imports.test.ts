// Import directions, cycles and file sizes, as docs/architecture.md draws them; and that documents name what exists.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));

function sourcesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? sourcesIn(path) : /\.[jt]s$/.test(path) ? [path] : [];
  });
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = sourcesIn(SRC).map((path) => relative(SRC, path));

/** Static and dynamic imports between sources; `typeOnly` ones vanish at run time. */
const imports: Import[] = files.flatMap((from) => {
  const text = readFileSync(join(SRC, from), "utf8");
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^;"']*?\sfrom\s+)?["'](\.[^"']+)["']|import\(\s*["'](\.[^"']+)["']/g,
  );
  return [...found].map((match) => ({
    from,
    to: relative(SRC, resolve(SRC, dirname(from), match[2] ?? match[3]!)),
    typeOnly: match[1] !== undefined,
  }));
});

/** The room of a source: `core/framing`, `engine/flood`, `report`, `commands`; files of core by their name. */
function room(path: string): string {
  const [top, second] = path.split("/");
  return top === "core" || top === "engine" ? `${top}/${second!.replace(/\.ts$/, "")}` : top!;
}

const CORE_BASE = [
  "core/exhaustive",
  "core/errors",
  "core/units",
  "core/clock",
  "core/endpoint",
  "core/secrets",
];
const BELOW_BASE = [...CORE_BASE, "core/quantity", "core/expectation"];

/** What each room may import, besides itself. */
const ALLOWED: Record<string, readonly string[]> = {
  "core/exhaustive": [],
  "core/errors": ["core/exhaustive"],
  "core/units": ["core/errors", "core/exhaustive"],
  "core/clock": ["core/exhaustive"],
  "core/endpoint": ["core/errors", "core/units", "core/exhaustive", "core/secrets"],
  "core/secrets": [],
  "core/quantity": CORE_BASE,
  "core/suggest": [],
  "core/read-file": CORE_BASE,
  "core/expectation": [...CORE_BASE, "core/quantity", "core/suggest"],
  "core/run-document": ["core/expectation", "core/metrics"],
  "core/backpressure": CORE_BASE,
  "core/metrics": CORE_BASE,
  "core/framing": [...CORE_BASE, "core/backpressure", "core/metrics"],
  "core/tls": [...CORE_BASE, "core/backpressure", "core/metrics", "core/framing"],
  "core/lifecycle": [...CORE_BASE, "core/backpressure", "core/metrics", "core/framing", "core/tls"],
  "core/pooling": [
    ...CORE_BASE,
    "core/backpressure",
    "core/metrics",
    "core/framing",
    "core/tls",
    "core/lifecycle",
  ],
};

function mayImport(from: string, to: string, typeOnly: boolean): boolean {
  const [source, target] = [room(from), room(to)];
  if (source === target) return true;
  if (source.startsWith("core/")) return ALLOWED[source]?.includes(target) ?? false;
  if (source.startsWith("engine/")) return target.startsWith("core/");
  // Reports render results: plain data of the engines, whose types they may name.
  if (source === "report") {
    return (
      BELOW_BASE.includes(target) ||
      ["core/metrics", "core/run-document"].includes(target) ||
      (target.startsWith("engine/") && typeOnly)
    );
  }
  return source === "commands";
}

test("there are sources and imports to check", () => {
  expect(files.length).toBeGreaterThan(40);
  expect(imports.length).toBeGreaterThan(100);
});

test("imports point down only", () => {
  const wrong = imports
    .filter(({ from, to, typeOnly }) => !mayImport(from, to, typeOnly))
    .map(({ from, to }) => `${from} -> ${to}`);
  expect(wrong).toEqual([]);
});

test("there are no cycles at run time", () => {
  const edges = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) {
    if (!typeOnly) edges.set(from, [...(edges.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

describe("core and engines", () => {
  const lower = files.filter((file) => file.startsWith("core/") || file.startsWith("engine/"));

  test.each([
    ["print", /\bconsole\.|process\.(stdout|stderr)\b/],
    ["read the command line or the environment", /process\.(argv|env)\b/],
    ["end the process", /process\.(exit|exitCode)\b/],
    ["know oclif, chalk or ora", /from "(@oclif\/core|chalk|ora|cli-table3)"/],
  ])("do not %s", (_what, pattern) => {
    const wrong = lower.filter((file) =>
      pattern.test(withoutComments(readFileSync(join(SRC, file), "utf8"))),
    );
    expect(wrong).toEqual([]);
  });
});

describe("framing", () => {
  test("knows neither sockets nor time", () => {
    const wrong = files
      .filter((file) => file.startsWith("core/framing/"))
      .filter((file) =>
        /from "node:(net|tls|http|timers|dns)"|performance\.now|Date\.now|setTimeout/.test(read(file)),
      );
    expect(wrong).toEqual([]);
  });
});

test("every file opens with what it is for, and none is longer than 400 lines", () => {
  const wrong = files.filter((file) => {
    const text = read(file);
    return !/^(#!.*\n)?\/[/*]/.test(text) || text.split("\n").length > 401;
  });
  expect(wrong).toEqual([]);
});

test("there are no barrels and no utils", () => {
  expect(files.filter((file) => /(^|\/)(index|utils?|helpers?)\.ts$/.test(file))).toEqual([]);
});

function read(file: string): string {
  return readFileSync(join(SRC, file), "utf8");
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

describe("documents", () => {
  const root = join(SRC, "..");
  const documents = [
    "README.md",
    "CONTRIBUTING.md",
    ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
  ].filter((name) => name.endsWith(".md"));
  const everyFile = ["bin", "src", "test", "scripts"].flatMap((folder) => sourcesIn(join(root, folder)));

  test.each(documents)("%s names only paths that exist", (name) => {
    const text = readFileSync(join(root, name), "utf8");
    const inCode = [...text.matchAll(/`((?:src|test|docs|scripts|bin)\/[\w./-]+)`/g)].map(
      (match) => match[1]!,
    );
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((match) =>
      join(dirname(name), match[1]!),
    );
    const missing = [...inCode, ...links].filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
    // `http1/head-memo.ts`: the end of a path.
    const ends = [...text.matchAll(/`((?:[\w-]+\/)*[\w.-]+\.[jt]s)`/g)].map((match) => match[1]!);
    expect(ends.filter((end) => !everyFile.some((path) => path.endsWith(`/${end}`)))).toEqual([]);
  });

  test("docs/architecture.md draws every file and room of core", () => {
    const drawn = readFileSync(join(root, "docs/architecture.md"), "utf8");
    const rooms = readdirSync(join(SRC, "core"), { withFileTypes: true }).map((entry) =>
      entry.isDirectory() ? `${entry.name}/` : entry.name,
    );
    expect(rooms.filter((name) => !drawn.includes(name))).toEqual([]);
  });
});
