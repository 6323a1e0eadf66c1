/** `--hold`: connections that are opened and kept, and what means nothing beside it. */
import type { Endpoint } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";

/** Flags about requests: there are none. */
const STRANGERS = [
  "rate",
  "arrival",
  "requests",
  "depth",
  "new-connection",
  "requests-per-connection",
  "handshake-only",
  "method",
  "body",
  "body-file",
  "size",
] as const;

/** What a stream sends over and over. */
const OF_BLOCKS: ReadonlySet<string> = new Set(["body", "body-file", "size"]);

export type HoldSettings = { readonly hold?: boolean | undefined } & {
  readonly [flag in (typeof STRANGERS)[number]]?: unknown;
};

/** @throws NetkitError `NK_USAGE` for what has no connection to hold, and for flags of requests */
export function refuseBesideHold(settings: HoldSettings, { protocol }: Endpoint, streams = false): void {
  if (streams && settings.hold === true) {
    throw usageError("--hold asks nothing, and a stream is all bytes", "leave out one of them", "--hold");
  }
  if (protocol === "udp") {
    throw usageError("--hold means nothing to udp:", "leave it out: datagrams have no connection", "--hold");
  }
  const stranger = STRANGERS.find(
    (flag) => settings[flag] !== undefined && settings[flag] !== false && !(streams && OF_BLOCKS.has(flag)),
  );
  if (stranger === undefined) return;
  if (streams) {
    throw usageError(
      `a stream of bytes has no requests, so --${stranger} means nothing`,
      "leave it out",
      `--${stranger}`,
    );
  }
  throw usageError(
    `--hold asks nothing on its connections, so --${stranger} means nothing`,
    `leave out one of them; a load over many connections is -c 20000 --rate 1000/s`,
    `--${stranger}`,
  );
}
