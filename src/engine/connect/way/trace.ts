/**
 * What passed at each layer, for `--trace`: told as it happens, nothing is kept. Without a sink nothing is made.
 *
 * Secrets are masked here, so that no sink has to know them: header fields and parameters by their names, messages by
 * what they are called (`AUTH`, `password`).
 */
import { Buffer } from "node:buffer";
import { isSecretName, MASK, maskText, maskUrl } from "../../../core/secrets.ts";

export type TraceLayer = "dns" | "tcp" | "udp" | "proxy" | "tls" | "application";

export interface TraceLine {
  /** Microseconds since the path began. */
  readonly atUs: number;
  readonly layer: TraceLayer;
  readonly direction: "out" | "in" | "note";
  /** What it is, in words. */
  readonly what: string;
  /** To be read at once: a view that may be written to afterwards. */
  readonly bytes: Uint8Array | undefined;
}

export type Trace = (line: TraceLine) => void;

/** A line before it has its time. */
export type Note = (line: Omit<TraceLine, "atUs">) => void;

export function maskedLine<L extends Omit<TraceLine, "atUs">>(line: L): L {
  const { what, bytes } = line;
  return { ...line, what: maskText(what), bytes: bytes && maskedBytes(what, bytes) };
}

const HEAD = /^(?:[A-Z]+ \S+ HTTP\/1\.\d|HTTP\/1\.\d \d{3})/;

function maskedBytes(what: string, bytes: Uint8Array): Uint8Array {
  if (isSecretName(what)) return Buffer.from(MASK);
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!HEAD.test(all.toString("latin1", 0, 8192))) return bytes;
  const end = all.indexOf("\r\n\r\n");
  const head = all.toString("latin1", 0, end < 0 ? all.length : end).split("\r\n");
  const shown = head.map((line, index) => (index === 0 ? maskedStart(line) : maskedField(line)));
  return Buffer.concat([Buffer.from(shown.join("\r\n"), "utf8"), end < 0 ? NOTHING : all.subarray(end)]);
}

const NOTHING = Buffer.alloc(0);

function maskedStart(line: string): string {
  return line.split(" ").map(maskUrl).join(" ");
}

function maskedField(line: string): string {
  const colon = line.indexOf(":");
  if (colon > 0 && isSecretName(line.slice(0, colon))) return `${line.slice(0, colon)}: ${MASK}`;
  return maskText(line);
}
