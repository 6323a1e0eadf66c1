/**
 * The wire that probes speak over: a stream whose reads and writes move the phases of the path.
 *
 *     write ──► `request`     sent ──► `firstByte`     a byte ──► `transfer`         a phase begins once; what is
 *     the first write ends `greeting`                  secure ──► `upgrade`, `tls`   said later belongs to the last
 *
 * Guarantees: reading is pulled, so what nobody takes stays in the kernel; what a probe may read is bounded in bytes,
 * and in time by the path's watchdog, through the signal. The stream gets a listener only at the first read, so that a
 * library may have it whole.
 */
import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { NetkitError, wrapSystemError } from "../../../core/errors.ts";
import { isTlsError, translateTlsError } from "../../../core/tls/errors.ts";
import type { ProbeWire } from "../probes/probe.ts";
import type { PhaseLog } from "./phase-log.ts";
import type { Note } from "./trace.ts";

export interface WireOptions {
  readonly subject: string;
  readonly host: string;
  /** Undefined when nobody traces. */
  readonly note: Note | undefined;
  /** TLS on the way: the stream under it, secured. */
  readonly secure: (plain: Duplex) => Promise<TLSSocket>;
  /** Bytes that a probe may read in all. Default 1 GiB and a little: a body may be large, and is not kept. */
  readonly maxReadBytes?: number | undefined;
}

const MAX_READ_BYTES = 1025 * 1024 * 1024;
const MAX_LINE_BYTES = 64 * 1024;

export class SocketWire implements ProbeWire, Disposable {
  readonly subject: string;
  /** Ends every wait; set anew for every request. */
  signal: AbortSignal;
  readonly #options: WireOptions;
  #phases: PhaseLog;
  #stream: Duplex;
  #secured: TLSSocket | undefined;
  #unread: Buffer[] = [];
  #readBytes = 0;
  #ended = false;
  #error: Error | undefined;
  readonly #onError = (error: Error): void => {
    this.#error ??= error;
  };

  constructor(
    stream: Duplex,
    secured: TLSSocket | undefined,
    phases: PhaseLog,
    options: WireOptions,
    signal: AbortSignal,
  ) {
    this.signal = signal;
    this.#phases = phases;
    this.subject = options.subject;
    this.#options = options;
    this.#stream = stream;
    this.#secured = secured;
    stream.on("error", this.#onError);
  }

  /** A second request on the same connection has phases of its own. */
  follow(phases: PhaseLog): void {
    this.#phases = phases;
    this.#readBytes = 0;
  }

  get stream(): Duplex {
    return this.#stream;
  }

  get secured(): boolean {
    return this.#secured !== undefined;
  }

  get alpn(): string | undefined {
    const alpn = this.#secured?.alpnProtocol;
    return typeof alpn === "string" ? alpn : undefined;
  }

  async write(bytes: Uint8Array | string, what = "bytes"): Promise<void> {
    const phases = this.#phases;
    const { signal } = this;
    signal.throwIfAborted();
    if (phases.current === "greeting" || phases.current === undefined) phases.begin("request");
    const chunk = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    this.#options.note?.({ layer: "application", direction: "out", what, bytes: chunk });
    if (this.#error !== undefined) throw this.#failure(this.#error);
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#stream.write(chunk, (error) => {
        signal.removeEventListener("abort", onAbort);
        if (error == null) resolve();
        else reject(this.#failure(this.#error ?? error));
      });
    });
  }

  sent(): void {
    const phases = this.#phases;
    if (phases.current !== "firstByte" && phases.current !== "transfer") phases.begin("firstByte");
  }

  mark(event: "sent" | "first-byte"): void {
    if (event === "sent") this.sent();
    else this.#firstByte();
  }

  async read(what = "bytes"): Promise<Uint8Array | undefined> {
    const kept = this.#unread.shift();
    if (kept !== undefined) return kept;
    const chunk = await this.#next();
    if (chunk === undefined) return undefined;
    this.#firstByte();
    this.#options.note?.({ layer: "application", direction: "in", what, bytes: chunk });
    this.#readBytes += chunk.length;
    const most = this.#options.maxReadBytes ?? MAX_READ_BYTES;
    if (this.#readBytes > most) {
      throw new NetkitError("protocol", "NK_PROTOCOL_ENDLESS", `the answer of ${this.subject} does not end`, {
        subject: this.subject,
        why: `more than ${most} bytes came`,
        next: "ask for something smaller",
      });
    }
    return chunk;
  }

  async readExactly(bytes: number, what?: string): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let have = 0;
    while (have < bytes) {
      const chunk = await this.read(what);
      if (chunk === undefined) throw this.#cut();
      parts.push(chunk);
      have += chunk.length;
    }
    const all = Buffer.concat(parts);
    this.unread(all.subarray(bytes));
    return all.subarray(0, bytes);
  }

  async readLine(what?: string): Promise<string> {
    let line = Buffer.alloc(0);
    for (;;) {
      const chunk = await this.read(what);
      if (chunk === undefined) throw this.#cut();
      line = Buffer.concat([line, chunk]);
      const end = line.indexOf(0x0a);
      if (end < 0) {
        if (line.length <= MAX_LINE_BYTES) continue;
        throw new NetkitError("protocol", "NK_PROTOCOL_NO_LINE", `${this.subject} sent no line of text`, {
          subject: this.subject,
          why: `${line.length} bytes came without a line's end`,
          next: "check that the port speaks this protocol; tcp: shows its bytes as they are",
        });
      }
      this.unread(line.subarray(end + 1));
      const text = line.subarray(0, line[end - 1] === 0x0d ? end - 1 : end);
      return text.toString("utf8");
    }
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#unread.unshift(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  /** What was read and not used, for whoever reads the stream from here on. */
  takeUnread(): Buffer {
    return Buffer.concat(this.#unread.splice(0));
  }

  async secure(): Promise<void> {
    const { secure } = this.#options;
    const phases = this.#phases;
    if (this.#unread.length > 0) {
      // RFC 3207 section 4.2 and its kin: what came before TLS may be anybody's.
      throw new NetkitError("protocol", "NK_PROTOCOL_BEFORE_TLS", `${this.subject} sent bytes ahead of TLS`, {
        subject: this.subject,
        why: "they came behind its agreement to TLS, in the clear",
        next: "look at the server, or at who stands between: this is how commands are injected",
      });
    }
    phases.becomeUpgrade();
    phases.begin("tls");
    const plain = this.#stream;
    plain.off("error", this.#onError);
    const secured = await secure(plain);
    this.#secured = secured;
    this.#stream = secured;
    secured.on("error", this.#onError);
    phases.begin("request");
  }

  note(text: string): void {
    this.#options.note?.({ layer: "application", direction: "note", what: text, bytes: undefined });
  }

  /** Nothing is read any more; the stream stays open. */
  [Symbol.dispose](): void {
    this.#stream.off("error", this.#onError);
    // What it still reports has no reader.
    this.#stream.on("error", () => undefined);
  }

  #firstByte(): void {
    const phases = this.#phases;
    if (phases.current === "firstByte" || phases.current === "request") phases.begin("transfer");
  }

  #next(): Promise<Buffer | undefined> {
    const stream = this.#stream;
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        stream.off("readable", onReadable).off("end", onEnd).off("close", onClose).off("error", onError);
        signal.removeEventListener("abort", onAbort);
      };
      const onReadable = (): void => {
        const chunk = stream.read() as Buffer | null;
        if (chunk === null) return;
        leave();
        resolve(chunk);
      };
      const onEnd = (): void => {
        this.#ended = true;
        leave();
        resolve(undefined);
      };
      const onError = (error: Error): void => {
        leave();
        reject(this.#failure(error));
      };
      const onClose = (): void => {
        if (this.#error === undefined) onEnd();
        else onError(this.#error);
      };
      const onAbort = (): void => {
        leave();
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      if (this.#error !== undefined) return reject(this.#failure(this.#error));
      if (this.#ended || stream.readableEnded) return resolve(undefined);
      if (stream.destroyed) return onClose();
      stream.on("readable", onReadable).on("end", onEnd).on("close", onClose).on("error", onError);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #cut(): NetkitError {
    const silent = this.#readBytes === 0;
    const code = silent ? "NK_PROTOCOL_SILENT" : "NK_PROTOCOL_CUT";
    const message = silent
      ? `${this.subject} hung up without an answer`
      : `the answer of ${this.subject} was cut`;
    return new NetkitError("protocol", code, message, {
      subject: this.subject,
      why: silent
        ? "it closed the connection before it sent a byte"
        : `it closed the connection after ${this.#readBytes} bytes, in the middle of its answer`,
      next: "look at the server's log; a limit, a crash or another protocol on that port ends like this",
    });
  }

  #failure(error: Error): NetkitError {
    if (isTlsError(error)) return translateTlsError(error, this.#options.host);
    return wrapSystemError(error, "talk to", this.subject);
  }
}
