/** Annotations for GitHub Actions: workflow commands, one a finding, those that decide first. */
import type { CheckDocument } from "../../engine/tls-check/document/model.ts";
import { withoutControls } from "./escape.ts";
import { isProblem } from "./reading.ts";

/** GitHub shows ten of a kind for a step; more would only fill the log. */
const MOST = 30;

export function renderGithub(result: CheckDocument): string {
  const lines = result.targets.flatMap((target) => {
    const file = target.kind === "file" ? { file: target.name } : {};
    const found = target.findings.filter(isProblem).map((finding) => ({
      rank: finding.decides ? 0 : 1,
      line: command(
        finding.decides ? "error" : "warning",
        { ...file, title: `${finding.rule} (${finding.severity})` },
        `${target.name}: ${finding.message} (${finding.where})`,
      ),
    }));
    const { error, policy } = target;
    if (error !== null) {
      found.push({
        rank: 0,
        line: command("error", { ...file, title: error.code }, `${target.name}: ${error.message}`),
      });
    }
    if (policy !== null && policy.steps.length > 0) {
      const steps = policy.steps.map(({ action, what }) => `${action} ${what}`).join("\n");
      found.push({
        rank: 0,
        line: command(
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
      line: command("error", { title: "expired waiver" }, `the waiver for ${rule} ended on ${until}`),
    });
  }
  const sorted = lines.sort((a, b) => a.rank - b.rank).map(({ line }) => line);
  if (sorted.length > MOST) {
    const rest = sorted.length - MOST;
    sorted.splice(
      MOST,
      rest,
      command("notice", { title: "netkit tls-check" }, `${rest} more findings are in the report`),
    );
  }
  return sorted.map((line) => `${line}\n`).join("");
}

function command(
  kind: "error" | "warning" | "notice",
  properties: Readonly<Record<string, string>>,
  message: string,
): string {
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::${kind} ${list.join(",")}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return withoutControls(text).replaceAll("%", "%25").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
