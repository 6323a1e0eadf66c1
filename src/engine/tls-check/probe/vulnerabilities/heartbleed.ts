/**
 * Heartbleed (CVE-2014-0160): a heartbeat request that announces more payload than it carries must be dropped
 * without an answer (RFC 6520 §4); affected servers fill up the answer from their memory.
 *
 * The request announces 256 bytes and carries none: enough to be told from padding, and too little to reach
 * far. Of the answer only the length is looked at; nothing of it is kept. It goes out after ServerHelloDone,
 * in the clear, with a fatal alert behind it, so that a server that drops it closes at once.
 *
 * Cost: none when the server is known not to take up the heartbeat extension; else one connection.
 */

import { ALERT, ALERT_LEVEL } from "../../../../core/framing/tls/alerts.ts";
import { EXTENSION } from "../../../../core/framing/tls/extension-types.ts";
import * as extension from "../../../../core/framing/tls/extensions.ts";
import { encodeRecord, RECORD } from "../../../../core/framing/tls/record.ts";
import type { Answer } from "../../facts.ts";
import { Closings, closingText } from "../closings.ts";
import { alertText, makeHello } from "../hello.ts";
import type { ClassicVersion } from "../known.ts";
import type { Link } from "../link.ts";
import { inconclusive, OFFERED, reasonOf, refused } from "../no-handshake.ts";
import type { Prober } from "../prober.ts";
import { openClear } from "./clear-flight.ts";

const REQUEST = 1;
const RESPONSE = 2;
const ANNOUNCED_BYTES = 256;
/** Type and length, before the payload. */
const HEADER_BYTES = 3;
const SILENCE_MS = 2000;

const NOT_TAKEN_UP = refused("the server does not take up the heartbeat extension");

export async function probeHeartbleed(
  prober: Prober,
  known: ClassicVersion,
  heartbeat: Answer | undefined,
): Promise<Answer> {
  if (heartbeat?.kind === "refused" || known.version === "SSLv3") return NOT_TAKEN_UP;
  const { version, suites } = known;
  const spec = makeHello(prober, { version, suites, extensions: [extension.heartbeat()] });
  const closings = new Closings();
  const outcome = await prober.exchange("Heartbleed", async (link): Promise<Answer> => {
    const flight = await openClear(prober, link, spec);
    if (flight.kind !== "clear-flight") return inconclusive(reasonOf(flight));
    if (!flight.hello.extensions.has(EXTENSION.heartbeat)) return NOT_TAKEN_UP;
    const request = Buffer.from([REQUEST, ANNOUNCED_BYTES >> 8, ANNOUNCED_BYTES & 0xff]);
    link.trace?.("sent", `heartbeat request of ${ANNOUNCED_BYTES} bytes that has none`, request);
    const wire = flight.hello.version;
    const goodbye = encodeRecord(RECORD.alert, wire, Buffer.from([ALERT_LEVEL.fatal, ALERT.internal_error]));
    link.send(Buffer.concat([encodeRecord(RECORD.heartbeat, wire, request), goodbye]));
    return readVerdict(link, closings, Math.min(SILENCE_MS, prober.limits.timeoutMs));
  });
  return outcome.kind === "done" ? outcome.value : outcome;
}

async function readVerdict(link: Link, closings: Closings, waitMs: number): Promise<Answer> {
  for (;;) {
    try {
      const message = await link.nextHandshake(waitMs);
      if (message.kind === "alert")
        return refused(message.description === 0 ? "drops the request" : alertText(message));
      if (message.kind === "violation") return inconclusive(message.what);
      if (message.kind !== "record" || message.type !== RECORD.heartbeat) continue;
      const leaks =
        message.payload[0] === RESPONSE && message.payload.length >= HEADER_BYTES + ANNOUNCED_BYTES;
      return leaks ? OFFERED : refused("answers without any payload");
    } catch (error) {
      // Closing is what our alert asks for; but a relay may have closed, and silence may be a stall: once is no answer.
      const closing = closings.confirm(error);
      if (closing === "timeout") return inconclusive("neither an answer nor an end came");
      return refused(closing === "reset" ? closingText(closing) : "drops the request");
    }
  }
}
