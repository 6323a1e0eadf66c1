/** What is told of connections on which nothing was asked, where others tell of requests: a phrase each. */
import type { RunResult } from "../core/run-document.ts";
import { heldWords } from "./text/flood-held.ts";
import { throughputWords } from "./text/flood-throughput.ts";

export function standingWords(result: RunResult): readonly string[] {
  const { held } = result;
  return [...(held === undefined ? [] : heldWords(held)), ...throughputWords(result)].map(({ text }) => text);
}
