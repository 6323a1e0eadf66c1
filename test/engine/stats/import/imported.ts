// Sources for importers: text or bytes, whole or in pieces.
import { readFile } from "node:fs/promises";
import type { RunResult } from "../../../../src/core/run-document.ts";
import type { ImporterId } from "../../../../src/engine/stats/import/catalog.ts";
import { importRun } from "../../../../src/engine/stats/import/import-run.ts";
import type { ImportContext } from "../../../../src/engine/stats/import/importer.ts";

type Options = Partial<ImportContext> & { readonly from?: ImporterId };

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function imported(
  source: string | Buffer,
  { from, ...context }: Options = {},
): Promise<RunResult> {
  return await importRun(chunks(Buffer.from(source as string), 64 * 1024), from, {
    name: "it",
    version: "0.1.0",
    ...context,
  });
}

/** In pieces of so many bytes. */
export async function inPieces(source: string, size: number): Promise<RunResult> {
  return await importRun(chunks(Buffer.from(source), size), undefined, { name: "it", version: "0.1.0" });
}

export async function published(name: string): Promise<string> {
  return await readFile(new URL(`fixtures/${name}`, import.meta.url), "utf8");
}
