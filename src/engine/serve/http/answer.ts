/**
 * Answers that depend on nothing but the request's head, as bytes that are ready to be written.
 *
 * An Answer is the status, the fields and the body; a PreparedAnswer is an Answer as one client gets it
 * (method, version, keep-alive), serialised once and again when the Date changes, once a second. Buffers that
 * were handed out are never changed: a slow socket may still hold one.
 */
import { STATUS_CODES } from "node:http";

export interface Answer {
  readonly status: number;
  /** Without Content-Length, Date and Connection. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

const NOTHING = new Uint8Array(0);

export function textAnswer(status: number, text: string, headers: Answer["headers"] = []): Answer {
  const body = Buffer.from(text, "utf8");
  return { status, headers: [["Content-Type", "text/plain; charset=utf-8"], ...headers], body };
}

export function jsonAnswer(status: number, value: unknown, headers: Answer["headers"] = []): Answer {
  const body = Buffer.from(`${JSON.stringify(value, null, 2)}\n`, "utf8");
  return { status, headers: [["Content-Type", "application/json"], ...headers], body };
}

/** One request more than max-in-flight. */
export function overloaded(): Answer {
  return jsonAnswer(503, { error: "too many requests in flight" }, [["Retry-After", "1"]]);
}

export function emptyAnswer(status: number, headers: Answer["headers"] = []): Answer {
  return { status, headers, body: NOTHING };
}

/** RFC 9110 §6.4.1 and §15.3.5: 1xx, 204 and 304 have no content, whatever the method. */
export function statusHasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}

/** The Date field (RFC 9110 §6.6.1), made anew when the second changes. */
export class DateField {
  /** Changes with `value`. */
  epoch = 0;
  value = "";
  /** `Date: …\r\n` */
  line = "";
  #nextUs = 0;

  /** To be called now and then with the process clock; cheap until the second is over. */
  update(nowUs: number): void {
    if (nowUs < this.#nextUs) return;
    const wallMs = Date.now();
    this.#nextUs = nowUs + (1000 - (wallMs % 1000)) * 1000;
    this.value = new Date(wallMs).toUTCString();
    this.line = `Date: ${this.value}\r\n`;
    this.epoch++;
  }
}

/** Whether the connection goes on after the answer, and how the client has to be told. */
export type Persistence =
  /** HTTP/1.1 goes on unless told otherwise. */
  | "implicit"
  /** HTTP/1.0 clients that asked for it. */
  | "keep-alive"
  | "close";

export function connectionField(persistence: Persistence): string {
  return persistence === "implicit" ? "" : `Connection: ${persistence}\r\n`;
}

export function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n`;
}

function headBytes(answer: Answer, persistence: Persistence, dateLine: string): string {
  let text = statusLine(answer.status);
  for (const [name, value] of answer.headers) text += `${name}: ${value}\r\n`;
  // A 204 must not have it (RFC 9110 §8.6); a 304 would have to give the length of a 200.
  if (statusHasBody(answer.status)) text += `Content-Length: ${answer.body.length}\r\n`;
  return `${text}${connectionField(persistence)}${dateLine}\r\n`;
}

export class PreparedAnswer {
  readonly answer: Answer;
  readonly #withBody: boolean;
  readonly #date: DateField;
  #going: Buffer | undefined;
  #goingEpoch = -1;
  #closing: Buffer | undefined;
  #closingEpoch = -1;

  constructor(answer: Answer, method: string, date: DateField) {
    this.answer = answer;
    this.#withBody = method !== "HEAD" && statusHasBody(answer.status);
    this.#date = date;
  }

  /** The whole answer. `going` is the persistence of the client's choice and must not vary between calls. */
  bytes(going: "implicit" | "keep-alive"): Buffer {
    if (this.#going === undefined || this.#goingEpoch !== this.#date.epoch) {
      this.#going = this.#serialise(going);
      this.#goingEpoch = this.#date.epoch;
    }
    return this.#going;
  }

  /** The same with `Connection: close`. */
  closingBytes(): Buffer {
    if (this.#closing === undefined || this.#closingEpoch !== this.#date.epoch) {
      this.#closing = this.#serialise("close");
      this.#closingEpoch = this.#date.epoch;
    }
    return this.#closing;
  }

  #serialise(persistence: Persistence): Buffer {
    const head = Buffer.from(headBytes(this.answer, persistence, this.#date.line), "latin1");
    return this.#withBody && this.answer.body.length > 0 ? Buffer.concat([head, this.answer.body]) : head;
  }
}
