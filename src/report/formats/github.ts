/** A run as annotations of GitHub Actions: what broke, and what the figures are worth. A run without either has none. */
import type { RunResult } from "../../core/run-document.ts";
import { allFailedUnjudged, answers, targetWords, VERDICT_MEANING } from "../run-reading.ts";
import { annotation } from "../syntax/github.ts";

/** GitHub shows ten of a kind for a step; more would only fill the log. */
const MOST = 30;

export function renderRunGithub(result: RunResult): string {
  const { expectations, quality, errors } = result;
  const where = targetWords(result);
  const broken = expectations.filter(({ holds }) => !holds);
  const lines: string[] = [];
  if (answers(result) === 0 || allFailedUnjudged(result)) {
    const title = answers(result) === 0 ? "no request was answered" : "every request failed";
    const examples = errors.map(({ kind, count, example }) => `${kind} (${count}): ${example}`);
    lines.push(annotation("error", { title }, [where, ...examples].join("\n")));
  }
  if (quality.verdict !== "valid") {
    const kind = quality.verdict === "invalid" ? "error" : "warning";
    const message = [VERDICT_MEANING[quality.verdict], ...quality.reasons].join("\n");
    lines.push(annotation(kind, { title: `the measurement is ${quality.verdict}` }, message));
  }
  for (const { text, detail } of broken.slice(0, MOST)) {
    lines.push(annotation("error", { title: text }, `${where}: ${detail}`));
  }
  if (broken.length > MOST) {
    const rest = `${broken.length - MOST} more expectations are broken`;
    lines.push(annotation("notice", { title: "netkit flood" }, rest));
  }
  return lines.map((line) => `${line}\n`).join("");
}
