/**
 * GitHub's runner reads commands out of a job's log: lines that begin with `::`, and `##[…]` anywhere. Text that quotes a
 * peer, a certificate or a file must not be one.
 */

/** The same to the eye, and no command to the runner; unchanged outside of GitHub Actions. */
export function withoutCommands(text: string, environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.GITHUB_ACTIONS !== "true") return text;
  return text.replaceAll(/^([\s\u001b[;\dm]*):(?=:)/gm, "$1: ").replaceAll("##[", "## [");
}
