/** `--fan-out`: one WebSocket sends, `--connections` others listen. What means nothing beside it, and where the mark stands. */
import { Buffer } from "node:buffer";
import { usageError } from "../../core/errors.ts";
import { MARK_BYTES, MARK_PLACE } from "../../engine/flood/fan-out-plan.ts";

/** Flags of connections that come and go, of answers, and of threads: sender and listeners share one. */
const STRANGERS = [
  "echo",
  "data",
  "hold",
  "handshake-only",
  "new-connection",
  "requests-per-connection",
  "threads",
] as const;

export type FanOutSettings = { readonly "fan-out"?: boolean | undefined } & {
  readonly [flag in (typeof STRANGERS)[number]]?: unknown;
};

/** @throws NetkitError `NK_USAGE` for flags that a fan-out has no use for */
export function refuseBesideFanOut(settings: FanOutSettings): void {
  const stranger = STRANGERS.find(
    (flag) =>
      settings[flag] !== undefined &&
      settings[flag] !== false &&
      !(flag === "threads" && settings[flag] === 1),
  );
  if (stranger === undefined) return;
  const why =
    stranger === "threads"
      ? "one thread sends and listens, so that all receipts are timed by one clock"
      : "one connection sends, all others listen, and all of them stay";
  throw usageError(
    `--fan-out and --${stranger} cannot be used together`,
    `leave out one of them: ${why}`,
    `--${stranger}`,
  );
}

/** The message with room for its mark. @throws NetkitError `NK_USAGE` for one that is too short */
export function markedBody(body: Uint8Array): { readonly markAt: number; readonly body: Uint8Array } {
  const bytes = Buffer.from(body);
  const place = bytes.indexOf(MARK_PLACE, 0, "latin1");
  if (place !== -1) {
    const room = Buffer.alloc(MARK_BYTES, "0");
    return {
      markAt: place,
      body: Buffer.concat([bytes.subarray(0, place), room, bytes.subarray(place + MARK_PLACE.length)]),
    };
  }
  if (bytes.length >= MARK_BYTES) return { markAt: 0, body };
  throw usageError(
    `a message of ${bytes.length} bytes has no room for the ${MARK_BYTES} by which it is known again`,
    `use ${MARK_BYTES} bytes or more, which it replaces at the beginning, or write ${MARK_PLACE} where they may stand`,
    "--body",
  );
}
