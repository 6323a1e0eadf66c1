/** A saved run, checked against the schema that it was written by, and its histograms read once. */
import { NetkitError } from "../../core/errors.ts";
import { decodeHistogram } from "../../core/metrics/hdr-codec.ts";
import type { LatencyHistogram } from "../../core/metrics/histogram.ts";
import type { RunResult } from "../../core/run-document.ts";
import { contradiction } from "./run-consistency.ts";

type Read = (path: string) => Promise<Uint8Array>;

/** @param as what the file was to be: `a run`, `a baseline` @throws NetkitError of stage `file` (exit 2) */
export async function readRunFile(path: string, read: Read, as = "a run"): Promise<RunResult> {
  const refuse = (why: string, cause?: unknown): NetkitError =>
    new NetkitError("file", "NK_RUN_FILE", `cannot use ${path} as ${as}`, {
      subject: path,
      why,
      next: "name a file that netkit flood --out FILE wrote",
      cause,
    });
  const text = Buffer.from(await read(path)).toString("utf8");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw refuse(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const schema = (document as { schema?: unknown } | null)?.schema;
  if (schema !== "netkit.run/1") {
    const found = typeof schema === "string" ? `"${schema}"` : "none";
    throw refuse(`its schema is ${found}, and "netkit.run/1" is needed`);
  }
  const { runSchema } = await import("../../report/schemas/run.ts");
  const checked = runSchema.safeParse(document);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw refuse(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "it breaks its schema"}`);
  }
  const histograms = new Map<string, LatencyHistogram>();
  for (const [name, encoded] of Object.entries(checked.data.histograms)) {
    try {
      histograms.set(name, decodeHistogram(encoded));
    } catch (error) {
      throw refuse(`histograms.${name} is damaged`, error);
    }
  }
  const wrong = contradiction(checked.data, histograms);
  if (wrong !== undefined) throw refuse(`it contradicts itself: ${wrong}`);
  return checked.data;
}
