/** Which importer a source is for, by name or by its first lines, and the run that it makes of it. */
import { usageError } from "../../../core/errors.ts";
import type { RunResult } from "../../../core/run-document.ts";
import { IMPORTERS, type ImporterId } from "./catalog.ts";
import { type ImportContext, type Importer, notImportable } from "./importer.ts";
import { sourceLines } from "./source-lines.ts";

/** wrk2 prints its calibration, a line a thread, before what marks its output. */
const HEAD_LINES = 64;

/** @throws NetkitError of stage file: `NK_IMPORT`; a usage error for a source that nothing recognises */
export async function importRun(
  bytes: AsyncIterable<Uint8Array>,
  from: ImporterId | undefined,
  context: ImportContext,
): Promise<RunResult> {
  const lines = sourceLines(bytes, context.name);
  const head: string[] = [];
  while (head.length < HEAD_LINES) {
    const next = await lines.next();
    if (next.done === true) break;
    head.push(next.value);
  }
  if (head.every((line) => line.trim() === "")) {
    throw notImportable(context.name, from ?? "a result file", "it is empty", "name a file with results");
  }
  const importer = from === undefined ? recognised(head, context.name) : importerOf(from);
  async function* all(): AsyncGenerator<string> {
    yield* head;
    yield* lines;
  }
  const run = await importer.read(all(), context);
  const unsound = run.startedAt === "" ? "startedAt" : impossibleFigure(run);
  if (unsound === undefined) return run;
  throw notImportable(
    context.name,
    importer.id,
    `its ${unsound} is beyond what any run can have`,
    "check that the file is whole and unaltered",
  );
}

/** Where the first figure stands that is no count and no time: not finite, below 0, or beyond exact whole numbers. */
function impossibleFigure(value: unknown, path = ""): string | undefined {
  if (typeof value === "number") return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? undefined : path;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const found = impossibleFigure(inner, path === "" ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function importerOf(id: ImporterId): Importer {
  return IMPORTERS.find((importer) => importer.id === id)!;
}

function recognised(head: readonly string[], name: string): Importer {
  const found = IMPORTERS.filter((importer) => importer.recognises(head));
  if (found.length === 1) return found[0]!;
  throw usageError(
    `nobody can tell which tool wrote ${name}`,
    `name it with --from ${IMPORTERS.map(({ id }) => id).join("|")}`,
    name,
  );
}
