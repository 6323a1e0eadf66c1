/** Workflow commands of GitHub Actions: one line each, which the runner shows as an annotation. */
import { withoutControls } from "./escape.ts";

export function annotation(
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
