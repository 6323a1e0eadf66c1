/**
 * One protocol on one open connection: what to write, and what the bytes that come mean. It knows no socket, no TLS
 * and no time of its own; `SocketDriver` is the other half of a driver.
 *
 *   begin() ─► (waiting for the peer's greeting ─ line.ready() ─►) send, flush, read … ─► a Loss
 */
import type { Buffer } from "node:buffer";
import type { DriverEvents, Failure, Loss } from "./driver.ts";

/** What a conversation has of its connection. */
export interface Line {
  /** For the events that it tells. */
  readonly slot: number;
  /** The generator closed it while it was being told something: nothing more is to be said. */
  readonly closed: boolean;
  /** Bytes written that the system has not taken: the peer does not read them. */
  readonly queued: number;
  /** @param taken called when the system has them */
  write(bytes: Buffer, taken?: (error?: Error | null) => void): void;
  /** Both sides have greeted each other: requests may go. */
  ready(nowUs: number): void;
  /** Nothing is left to do here, and no byte of the peer will say so: the connection is finished with this turn. */
  over(): void;
}

export type Telling = Pick<DriverEvents, "answered" | "failed" | "settled" | "room" | "sent">;

export interface Conversation {
  /** The connection is open: writes what comes before the first request. True when requests may go at once. */
  begin(): boolean;
  /** As `Driver.send`. */
  send(target: number, seat: number): number;
  flush(): void;
  /** The first `bytes` of `buffer` have come; they are the caller's again afterwards. Why it ended, if it did. */
  read(buffer: Buffer, bytes: number, nowUs: number): Loss | undefined;
  /** The peer has ended its side. */
  ended(nowUs: number): Loss;
  /** As `Driver.abandon`. */
  abandon(seat: number): boolean;
  /** Its connection is over, whoever ended it. */
  gone?(nowUs: number): void;
}

/**
 * Starts a conversation on a line, once it is connected and secured.
 * @param negotiated what both sides agreed on by ALPN (RFC 7301); undefined for nothing. A Loss: no conversation.
 */
export type Protocol = (line: Line, tell: Telling, negotiated: string | undefined) => Conversation | Loss;

export function failed(kind: string, example: string): Extract<Loss, { kind: "failed" }> {
  return { kind: "failed", failure: { kind, example } };
}

/** The peer closed while a request waited, or in the middle of an answer. */
export function closedBy(midAnswer: boolean): ReturnType<typeof failed> {
  return midAnswer
    ? failed("closed-mid-answer", "the peer closed the connection in the middle of an answer")
    : failed("closed", "the peer closed the connection while a request waited for its answer");
}

export const WRONG_ANSWER: Failure = {
  kind: "wrong-answer",
  example: "the answer is not what was sent",
};
