/**
 * STARTTLS injection (CVE-2011-0411 and its kin): a server that keeps what it had read behind STARTTLS takes
 * commands that somebody put there in the clear for commands sent under TLS.
 *
 * A command is sent in one piece with STARTTLS, and another one under TLS. The first answer under TLS tells which
 * of them the server answers; both are harmless, and no time-out is involved. Cost: one connection.
 */
import { RECORD } from "../../../core/framing/tls/record.ts";
import type { Answer } from "../facts.ts";
import type { Upgrade } from "../plan.ts";
import { Closings, closingText } from "./closings.ts";
import { canComplete } from "./handshake/cipher-spec.ts";
import { openClassic } from "./handshake/classic-flight.ts";
import { finishClassic } from "./handshake/classic-handshake.ts";
import { modernClientMessages } from "./handshake/client-certificate.ts";
import { finishModern, openModern } from "./handshake/modern-handshake.ts";
import { RecordLayer } from "./handshake/record-layer.ts";
import { makeHello } from "./hello.ts";
import type { KnownServer } from "./known.ts";
import type { Link } from "./link.ts";
import { modernOffer } from "./modern-offer.ts";
import {
  inconclusive,
  type NoHandshake,
  OFFERED,
  reasonOf,
  refused,
  retryIfUnclear,
} from "./no-handshake.ts";
import type { Prober } from "./prober.ts";
import { UpgradeRefused } from "./upgrade/refusal.ts";

interface Bait {
  /** Sent in the clear, behind STARTTLS. */
  readonly injected: string;
  /** How an answer to it begins. */
  readonly taken: RegExp;
  /** Sent under TLS, and how an answer to that begins. */
  readonly asked: string;
  readonly answered: RegExp;
}

/** Answers differ by code or tag, whatever the server's words. */
const BAITS: Partial<Record<Upgrade, Bait>> = {
  smtp: { injected: "NOOP\r\n", taken: /^250/, asked: "QUIT\r\n", answered: /^221/ },
  imap: { injected: "inj NOOP\r\n", taken: /^inj /, asked: "own LOGOUT\r\n", answered: /^(\* BYE|own )/ },
  pop3: { injected: "NETKIT\r\n", taken: /^-ERR/, asked: "QUIT\r\n", answered: /^\+OK/ },
  ftp: { injected: "NETKIT\r\n", taken: /^5\d\d/, asked: "QUIT\r\n", answered: /^221/ },
};

/** Longer than the first line of any answer. */
const MAX_ANSWER_BYTES = 4096;

/** Undefined where the question does not arise. */
export async function probeInjection(prober: Prober, known: KnownServer): Promise<Answer | undefined> {
  const bait = BAITS[prober.upgrading];
  if (bait === undefined || (known.modern === undefined && known.classic === undefined)) return undefined;
  const closings = new Closings();
  const outcome = await prober.exchange(
    "STARTTLS injection",
    async (link) => {
      try {
        return await injectInto(prober, link, known, bait);
      } catch (error) {
        // Dovecot hangs up on a command behind STARTTLS; without one it goes on, as every other probe has seen.
        const closing = closings.confirm(error);
        if (closing === "timeout" || closing === "busy") throw error;
        return refused(`${closingText(closing)} on a command behind STARTTLS`);
      }
    },
    "by-dialogue",
  );
  return outcome.kind === "done" ? outcome.value : outcome;
}

async function injectInto(prober: Prober, link: Link, known: KnownServer, bait: Bait): Promise<Answer> {
  try {
    await prober.upgrade(link, bait.injected);
  } catch (error) {
    // It has said yes to STARTTLS alone on every other connection.
    if (error instanceof UpgradeRefused) return refused("turns down STARTTLS with a command behind it");
    throw error;
  }
  if (link.hasUnread) return refused("answers the command in the clear, before TLS");
  const secured = await secure(prober, link, known);
  if (!(secured instanceof RecordLayer)) return inconclusive(reasonOf(secured));
  secured.send(RECORD.applicationData, Buffer.from(bait.asked, "latin1"));
  const line = await firstLine(secured);
  if (bait.taken.test(line)) return OFFERED;
  if (bait.answered.test(line)) return refused("answers only what came under TLS");
  return inconclusive(`an answer that fits neither command: ${JSON.stringify(line.slice(0, 60))}`);
}

/** A handshake to its end, without a client certificate. @throws LinkLost */
async function secure(
  prober: Prober,
  link: Link,
  { modern, classic }: KnownServer,
): Promise<RecordLayer | NoHandshake> {
  const offer = modern === undefined ? undefined : modernOffer(prober, modern);
  if (offer !== undefined) {
    const handshake = retryIfUnclear(await openModern(link, offer));
    if (handshake.kind !== "handshake") return handshake;
    const { flight, transcript, schedule } = handshake;
    const messages = modernClientMessages(flight.request, undefined, transcript, schedule.hash);
    finishModern(handshake, { messages, goodbye: false });
    return handshake.layer;
  }
  if (classic === undefined)
    return { kind: "unsupported", why: "the server's groups cannot be computed here" };
  const suites = classic.suites.filter(canComplete);
  if (suites.length === 0) return { kind: "unsupported", why: "the server's suites cannot be computed here" };
  const layer = new RecordLayer(link, link.recordVersion, false);
  const flight = retryIfUnclear(
    await openClassic(layer, makeHello(prober, { version: classic.version, suites, alpn: [] })),
  );
  if (flight.kind !== "flight") return flight;
  const result = retryIfUnclear(await finishClassic(layer, flight));
  return result.kind === "handshake" ? layer : result;
}

/** Of what the server says under TLS; what comes without a line's end is cut. @throws LinkLost */
async function firstLine(layer: RecordLayer): Promise<string> {
  let text = "";
  while (!text.includes("\n") && text.length < MAX_ANSWER_BYTES) {
    const event = await layer.next();
    if (event.kind === "alert" || event.kind === "violation") break;
    // Tickets come first, as handshake messages.
    if (event.kind === "record") text += event.payload.toString("latin1");
  }
  return text.slice(0, text.includes("\n") ? text.indexOf("\n") : undefined).trim();
}
