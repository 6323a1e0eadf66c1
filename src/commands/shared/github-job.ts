/** What a job of GitHub Actions shows of a result: annotations in its log, and the figures in its summary. */
import { appendFile } from "node:fs/promises";

export interface GithubJob {
  readonly environment: NodeJS.ProcessEnv;
  /** Takes workflow commands. */
  readonly show: (text: string) => void;
  readonly note: (text: string) => void;
}

/** Outside of GitHub Actions nothing, and nothing is rendered. @param render in the format `github`, and for the summary */
export async function tellJob(
  render: (format: "github" | "markdown") => string,
  { environment, show, note }: GithubJob,
): Promise<void> {
  if (environment.GITHUB_ACTIONS !== "true") return;
  const annotations = render("github");
  if (annotations !== "") show(annotations);
  const summary = environment.GITHUB_STEP_SUMMARY;
  if (summary === undefined || summary === "") return;
  // The steps of a job share the file, so it is added to.
  await appendFile(summary, `${render("markdown")}\n`).catch((error: unknown) => {
    note(`the summary of the job was not written: ${error instanceof Error ? error.message : String(error)}`);
  });
}
