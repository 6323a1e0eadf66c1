/** Files and standard input that a plan needs, whole and before the run. */
import { readFile } from "node:fs/promises";
import { NetkitError, wrapSystemError } from "../../core/errors.ts";

/** `-` is standard input. @throws NetkitError of stage `file` (exit 2). */
export async function readInput(path: string): Promise<Uint8Array> {
  if (path !== "-") {
    try {
      return await readFile(path);
    } catch (error) {
      const wrapped = wrapSystemError(error, "read", path);
      throw new NetkitError("file", "NK_FILE_READ", wrapped.message, {
        subject: path,
        why: wrapped.why,
        next: "check the path and the rights",
        cause: error,
      });
    }
  }
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
