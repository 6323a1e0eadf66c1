/** A connect as annotations of GitHub Actions: what failed, what is doubtful, what was expected and is not so. */
import type { ConnectResult } from "../../engine/connect/result.ts";
import { annotation } from "../syntax/github.ts";
import { pathName, verdictWords } from "./reading.ts";

/** GitHub shows ten of a kind for a step; more would only fill the log. */
const MOST = 15;

export function renderConnectGithub(result: ConnectResult): string {
  const { url, verdict, paths, expectations, mode } = result;
  const lines: string[] = [];
  if (verdict.outcome !== "ok") {
    const kind = verdict.outcome === "failed" ? "error" : "warning";
    const next = verdict.next === null ? [] : [verdict.next];
    lines.push(
      annotation(kind, { title: verdictWords(verdict) }, [url, ...verdict.evidence, ...next].join("\n")),
    );
  }
  const several = mode === "all-addresses" || mode === "compare";
  const failed = several && verdict.outcome !== "failed" ? paths.filter(({ error }) => error !== null) : [];
  for (const path of failed.slice(0, MOST)) {
    lines.push(annotation("error", { title: pathName(path, result) }, verdictWords(path.verdict)));
  }
  const broken = expectations.filter(({ holds }) => !holds);
  for (const { text, detail } of broken.slice(0, MOST)) {
    lines.push(annotation("error", { title: text }, `${url}: ${detail}`));
  }
  const hidden = Math.max(0, failed.length - MOST) + Math.max(0, broken.length - MOST);
  if (hidden > 0) lines.push(annotation("notice", { title: "netkit connect" }, `and ${hidden} more`));
  return lines.map((line) => `${line}\n`).join("");
}
