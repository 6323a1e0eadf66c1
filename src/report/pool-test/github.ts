/** A pool test as annotations of GitHub Actions: what failed, and what to know of it. Nothing when all is well. */
import type { PoolTestResult } from "../../engine/pool-test/result.ts";
import { annotation } from "../syntax/github.ts";
import { casesOf } from "./cases.ts";

/** GitHub shows ten of a kind for a step; more would only fill the log. */
const MOST = 15;

export function renderPoolTestGithub(result: PoolTestResult): string {
  const failed = casesOf(result).flatMap(({ name, verdict }) =>
    verdict.kind === "failure" || verdict.kind === "error"
      ? [annotation("error", { title: `netkit pool-test: ${name}` }, verdict.message)]
      : [],
  );
  const warned = result.findings
    .filter(({ severity }) => severity === "warning")
    .map(({ text, next, size }) => {
      const title = size === null ? "netkit pool-test" : `netkit pool-test: size ${size}`;
      return annotation("warning", { title }, next === null ? text : `${text} ${next}`);
    });
  const lines = [failed, warned].flatMap((all) => [
    ...all.slice(0, MOST),
    ...(all.length > MOST
      ? [annotation("notice", { title: "netkit pool-test" }, `and ${all.length - MOST} more`)]
      : []),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}
