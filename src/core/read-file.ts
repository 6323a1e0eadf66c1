/**
 * A file, whole, whatever kind of file it is: a regular one, or a pipe (`<(…)`) whose writer may be slow or gone.
 *
 * Guarantees: at most `maxBytes` are kept; a pipe, and its writer, are waited for without a thread, so that an abort ends
 * the wait at once; a folder or a device, which has no end, is refused.
 */
import { Buffer } from "node:buffer";
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Socket } from "node:net";
import { NetkitError, wrapSystemError } from "./errors.ts";

export interface ReadFileOptions {
  readonly maxBytes: number;
  /** What such a file is at most, for the message: "a certificate file". */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/** @throws NetkitError of stage `file`: NK_FILE_READ, NK_FILE_TOO_LARGE, NK_FILE_NOT_A_FILE; the signal's reason */
export async function readBoundedFile(path: string, options: ReadFileOptions): Promise<Buffer> {
  try {
    // Without this flag opening a pipe that nobody writes to would hold a thread, and with it the end of the process.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    // The socket of a pipe closes it.
    if (stat.isFIFO()) return await readPipe(path, fd, options);
    closeSync(fd);
    if (!stat.isFile()) throw notAFile(path, stat.isDirectory() ? "a folder" : "a device");
    if (stat.size > options.maxBytes) throw tooLarge(path, options);
    // A file of /proc has size 0 and content nevertheless.
    const bytes = await readFile(path);
    if (bytes.length > options.maxBytes) throw tooLarge(path, options);
    return bytes;
  } catch (error) {
    throw error instanceof NetkitError || error === options.signal?.reason ? error : unreadable(path, error);
  }
}

async function readPipe(path: string, fd: number, options: ReadFileOptions): Promise<Buffer> {
  const { signal, maxBytes } = options;
  signal?.throwIfAborted();
  const stream = new Socket({
    fd,
    readable: true,
    writable: false,
    ...(signal === undefined ? {} : { signal }),
  });
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(path, options);
    }
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
  return Buffer.concat(chunks);
}

function unreadable(path: string, cause: unknown): NetkitError {
  const wrapped = wrapSystemError(cause, "read", path);
  return new NetkitError("file", "NK_FILE_READ", wrapped.message, {
    subject: path,
    why: wrapped.why,
    next: "check the path and the rights",
    cause,
  });
}

function tooLarge(path: string, { maxBytes, what }: ReadFileOptions): NetkitError {
  return new NetkitError("file", "NK_FILE_TOO_LARGE", `${path} is larger than ${what} can be`, {
    subject: path,
    why: `it has more than ${maxBytes} bytes`,
    next: "check the path",
  });
}

function notAFile(path: string, what: string): NetkitError {
  return new NetkitError("file", "NK_FILE_NOT_A_FILE", `could not read ${path}`, {
    subject: path,
    why: `it is ${what}`,
    next: "name a file",
  });
}
