/** `--sink` and `--source`: bytes without requests, for the rate of a path. */
import { Buffer } from "node:buffer";
import type { Endpoint, SchemeFor } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import type { ProtocolPlan } from "../../engine/flood/plan.ts";
import type { ProtocolSettings } from "./protocol-plan.ts";

export interface StreamSettings {
  readonly sink?: boolean | undefined;
  readonly source?: boolean | undefined;
}

/** What iperf writes at once, and large enough that a call costs little for each byte. */
const BLOCK_BYTES = 128 * 1024;
/** Flags about requests and answers: there are none. */
const STRANGERS = [
  "echo",
  "frame-id",
  "answer-bytes",
  "answer-until",
  "answer-match",
  "handshake-only",
] as const;

/** Whether a flood is a stream: by its flags, or by a path that `serve` shows as its own (`tcp://host:port/sink`). */
export function isStream({ sink, source }: StreamSettings, { protocol, path }: Endpoint): boolean {
  return sink === true || source === true || (protocol === "raw" && (path === "/sink" || path === "/source"));
}

/** @throws NetkitError `NK_USAGE` where the scheme has requests, and for flags about them */
export function planStream(
  settings: StreamSettings & ProtocolSettings,
  { protocol, scheme, path }: Endpoint<SchemeFor<"flood">>,
  body: Uint8Array | undefined,
): { readonly protocol: ProtocolPlan; readonly block: Uint8Array | undefined } {
  const asked = settings.sink === true || settings.source === true;
  const flag = settings.sink === true ? "--sink" : "--source";
  if (protocol !== "raw") {
    throw usageError(
      `${flag} is for tcp: and tls:, not for ${scheme}:`,
      "leave it out, or flood tcp: or tls:",
      flag,
    );
  }
  const send = asked ? settings.sink === true : path === "/sink";
  const receive = asked ? settings.source === true : path === "/source";
  const stranger = STRANGERS.find((name) => settings[name] !== undefined && settings[name] !== false);
  if (stranger !== undefined) {
    throw usageError(
      `a stream of bytes has no requests, so --${stranger} means nothing`,
      "leave it out",
      `--${stranger}`,
    );
  }
  if (!send) {
    if (settings.size !== undefined || body !== undefined) {
      throw usageError(
        "--source sends nothing, so there is no size of it",
        "leave it out, or add --sink",
        "--size",
      );
    }
    return { protocol: { kind: "stream", send, receive }, block: undefined };
  }
  const block = body ?? Buffer.alloc(settings.size ?? BLOCK_BYTES, "0123456789abcdef");
  if (block.length === 0)
    throw usageError("a block of no bytes cannot be sent", "write it like --size 128KiB", "--size");
  return { protocol: { kind: "stream", send, receive }, block };
}
