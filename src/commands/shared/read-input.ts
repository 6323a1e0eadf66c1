/** Files and standard input that a plan needs, whole and before the run. */
import { NetkitError } from "../../core/errors.ts";
import { readBoundedFile } from "../../core/read-file.ts";

/** More than any request, list or certificate that somebody means to give. */
const MAX_INPUT_BYTES = 1024 * 1024 * 1024;

/** `-` is standard input. @throws NetkitError of stage `file` (exit 2). */
export async function readInput(path: string): Promise<Uint8Array> {
  if (path !== "-") return await readBoundedFile(path, { maxBytes: MAX_INPUT_BYTES, what: "an input" });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_INPUT_BYTES) {
      throw new NetkitError("file", "NK_FILE_TOO_LARGE", "standard input is larger than an input can be", {
        subject: "-",
        why: `it has more than ${MAX_INPUT_BYTES} bytes`,
        next: "check what is piped in",
      });
    }
  }
  return Buffer.concat(chunks);
}
