/** Annotations for GitHub Actions: workflow commands, one a finding, those that decide first. */
import type { CheckDocument } from "../../engine/tls-check/document/model.ts";
import { annotation } from "../syntax/github.ts";
import { isProblem } from "./reading.ts";

/** GitHub shows ten of a kind for a step; more would only fill the log. */
const MOST = 30;

export function renderGithub(result: CheckDocument): string {
  const lines = result.targets.flatMap((target) => {
    const file = target.kind === "file" ? { file: target.name } : {};
    const found = target.findings.filter(isProblem).map((finding) => ({
      rank: finding.decides ? 0 : 1,
      line: annotation(
        finding.decides ? "error" : "warning",
        { ...file, title: `${finding.rule} (${finding.severity})` },
        `${target.name}: ${finding.message} (${finding.where})`,
      ),
    }));
    const { error, policy } = target;
    if (error !== null) {
      found.push({
        rank: 0,
        line: annotation("error", { ...file, title: error.code }, `${target.name}: ${error.message}`),
      });
    }
    if (policy !== null && policy.steps.length > 0) {
      const steps = policy.steps.map(({ action, what }) => `${action} ${what}`).join("\n");
      found.push({
        rank: 0,
        line: annotation(
          "error",
          { ...file, title: `${policy.name} ${policy.version}` },
          `${target.name} does not comply:\n${steps}`,
        ),
      });
    }
    return found;
  });
  for (const { rule, until } of result.expiredWaivers) {
    lines.push({
      rank: 0,
      line: annotation("error", { title: "expired waiver" }, `the waiver for ${rule} ended on ${until}`),
    });
  }
  const sorted = lines.sort((a, b) => a.rank - b.rank).map(({ line }) => line);
  if (sorted.length > MOST) {
    const rest = sorted.length - MOST;
    sorted.splice(
      MOST,
      rest,
      annotation("notice", { title: "netkit tls-check" }, `${rest} more findings are in the report`),
    );
  }
  return sorted.map((line) => `${line}\n`).join("");
}
