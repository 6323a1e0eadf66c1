/** A saved run to compare with: `--baseline run.json`, checked against the schema it was written by. */
import { NetkitError } from "../../core/errors.ts";
import { decodeHistogram } from "../../core/metrics/hdr-codec.ts";
import type { RunResult } from "../../engine/flood/result.ts";

/** @throws NetkitError of stage `file` (exit 2) when the file cannot be read or is no `netkit.run/1`. */
export async function readBaseline(
  path: string,
  read: (path: string) => Promise<Uint8Array>,
): Promise<RunResult> {
  const text = Buffer.from(await read(path)).toString("utf8");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw unusable(path, `it is not JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const schema = (document as { schema?: unknown } | null)?.schema;
  if (schema !== "netkit.run/1") {
    const found = typeof schema === "string" ? `"${schema}"` : "none";
    throw unusable(path, `its schema is ${found}, and "netkit.run/1" is needed`);
  }
  const { runSchema } = await import("../../report/schemas/run.ts");
  const checked = runSchema.safeParse(document);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw unusable(path, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "it breaks its schema"}`);
  }
  for (const [name, encoded] of Object.entries(checked.data.histograms)) {
    try {
      decodeHistogram(encoded);
    } catch (error) {
      throw unusable(path, `histograms.${name} is damaged`, error);
    }
  }
  return checked.data;
}

function unusable(path: string, why: string, cause?: unknown): NetkitError {
  return new NetkitError("file", "NK_BASELINE", `cannot use ${path} as a baseline`, {
    subject: path,
    why,
    next: "name a file that netkit flood --out FILE wrote",
    cause,
  });
}
