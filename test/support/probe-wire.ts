// A ProbeWire without a network: what the server says is a list of turns, cut as a test wants it, and what the probe
// says is kept.
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { parseEndpoint } from "../../src/core/endpoint.ts";
import { NetkitError } from "../../src/core/errors.ts";
import type { ProbePlan, ProbeWire } from "../../src/engine/connect/probes/probe.ts";

/** Bytes that come in one piece, unless cut; a function sees all that was written before it speaks. */
export type Turn = string | Uint8Array | ((written: Buffer) => string | Uint8Array);

export interface WireOptions {
  /** Pieces of at most so many bytes. */
  readonly every?: number;
  /** One more cut, after so many bytes of the server's. */
  readonly cutAt?: number;
  /** The server's end after so many bytes, whatever it had to say. */
  readonly endAt?: number;
  readonly alpn?: string;
  readonly secured?: boolean;
  /** What follows the last turn: the server's end, nothing for ever, or a time-out at once. */
  readonly after?: "end" | "nothing" | "time-out";
  readonly stream?: Duplex;
}

const MAX_LINE_BYTES = 64 * 1024;

export class ScriptedWire implements ProbeWire {
  readonly subject = "server.test:1234";
  readonly alpn: string | undefined;
  readonly stream: Duplex;
  /** In order: `> bytes`, `sent`, `mark …`, `secure`, `note …`. */
  readonly log: string[] = [];
  readonly #turns: Turn[];
  readonly #options: WireOptions;
  #secured: boolean;
  #turn = Buffer.alloc(0);
  #back = Buffer.alloc(0);
  #given = 0;
  #written: Buffer[] = [];

  constructor(turns: readonly Turn[], options: WireOptions = {}) {
    this.#turns = [...turns];
    this.#options = options;
    this.alpn = options.alpn;
    this.#secured = options.secured ?? false;
    this.stream = options.stream ?? new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  }

  get secured(): boolean {
    return this.#secured;
  }

  /** All that was written, as latin1. */
  get written(): string {
    return Buffer.concat(this.#written).toString("latin1");
  }

  get writtenBytes(): Buffer {
    return Buffer.concat(this.#written);
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    const chunk = Buffer.from(bytes as string);
    this.#written.push(chunk);
    this.log.push(`> ${chunk.toString("latin1")}`);
  }

  sent(): void {
    this.log.push("sent");
  }

  mark(event: string): void {
    this.log.push(`mark ${event}`);
  }

  note(text: string): void {
    this.log.push(`note ${text}`);
  }

  async secure(): Promise<void> {
    if (this.#back.length + this.#turn.length > 0) throw this.#error("VIOLATION");
    this.#secured = true;
    this.log.push("secure");
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#back.length > 0) {
      const back = this.#back;
      this.#back = Buffer.alloc(0);
      return back;
    }
    const { every = Number.POSITIVE_INFINITY, cutAt = 0, endAt = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#given >= endAt) return undefined;
    while (this.#turn.length === 0) {
      const turn = this.#turns.shift();
      if (turn === undefined) return this.#after();
      this.#turn = Buffer.from((typeof turn === "function" ? turn(this.writtenBytes) : turn) as string);
    }
    const upToCut = cutAt > this.#given ? cutAt - this.#given : Number.POSITIVE_INFINITY;
    const length = Math.min(this.#turn.length, every, upToCut, endAt - this.#given);
    const piece = this.#turn.subarray(0, length);
    this.#turn = this.#turn.subarray(length);
    this.#given += length;
    return Buffer.from(piece);
  }

  async readExactly(bytes: number): Promise<Uint8Array> {
    let kept = Buffer.alloc(0);
    while (kept.length < bytes) kept = Buffer.concat([kept, await this.#more()]);
    this.unread(kept.subarray(bytes));
    return kept.subarray(0, bytes);
  }

  async readLine(): Promise<string> {
    let kept = Buffer.alloc(0);
    for (;;) {
      const end = kept.indexOf(10);
      if (end >= 0) {
        this.unread(kept.subarray(end + 1));
        return kept.toString("utf8", 0, end).replace(/\r$/, "");
      }
      if (kept.length > MAX_LINE_BYTES) throw this.#error("TOO_LARGE");
      kept = Buffer.concat([kept, await this.#more()]);
    }
  }

  unread(bytes: Uint8Array): void {
    this.#back = Buffer.concat([bytes, this.#back]);
  }

  async #more(): Promise<Uint8Array> {
    const bytes = await this.read();
    if (bytes === undefined) throw this.#error(this.#given === 0 ? "SILENT" : "CUT");
    return bytes;
  }

  #after(): Promise<undefined> {
    switch (this.#options.after ?? "end") {
      case "end":
        return Promise.resolve(undefined);
      case "nothing":
        return new Promise(() => undefined);
      case "time-out":
        return Promise.reject(this.#error("TIMEOUT"));
    }
  }

  #error(what: string): NetkitError {
    return new NetkitError("protocol", `NK_PROTOCOL_${what}`, `${this.subject}: ${what}`);
  }
}

export function planOf(url: string, more: Partial<ProbePlan> = {}): ProbePlan {
  return {
    endpoint: parseEndpoint(url, "connect"),
    http: undefined,
    request: { method: "GET", headers: [], body: undefined },
    patienceMs: 10,
    ...more,
  };
}
