/**
 * Raw bytes: what the server says of itself within a moment, or after the bytes it was given. Silence is an answer
 * too, since a connection that stands was asked for; one that is closed at once is not.
 */
import { Buffer } from "node:buffer";
import type { Probe, ProbeWire } from "./probe.ts";
import { peerOf, silent } from "./unexpected.ts";

/** Of a banner, as it is shown. */
const SHOWN_BYTES = 512;

export const tcp: Probe = {
  id: "tcp",
  protocol: "raw",
  greets: true,
  reusable: false,
  async run(wire, plan) {
    const { body } = plan.request;
    if (body !== undefined && body.length > 0) {
      await wire.write(body, `${body.length} bytes`);
      wire.sent();
    }
    const answer = await readWithin(wire, plan.patienceMs);
    if (answer === "silence") {
      wire.note(`no byte came within ${plan.patienceMs} ms`);
      return { kind: "banner", text: null, bytes: 0 };
    }
    if (answer === undefined) throw silent(peerOf(wire, plan, "anything"));
    return { kind: "banner", text: bannerText(answer), bytes: answer.length };
  },
};

async function readWithin(wire: ProbeWire, patienceMs: number): Promise<Uint8Array | undefined | "silence"> {
  const reading = wire.read("banner");
  // Given up, it ends with the wire, and nobody waits for how.
  reading.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<"silence">((resolve) => {
    timer = setTimeout(resolve, patienceMs, "silence");
  });
  try {
    return await Promise.race([reading, patience]);
  } finally {
    clearTimeout(timer);
  }
}

/** Without its line end; what cannot be shown is escaped. */
export function bannerText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString("utf8").trimEnd();
  const escaped = text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029\ufffd]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return bytes.length > SHOWN_BYTES ? `${escaped}…` : escaped;
}
