/**
 * ROBOT: a server with RSA key exchange that answers a well-padded secret otherwise than a badly padded one
 * is an oracle by which recorded sessions can be decrypted and signatures forged (Bleichenbacher 1998; RFC 5246
 * §7.4.7.1 tells how to be none).
 *
 * Five secrets are sent, in two ways: with change_cipher_spec and a Finished that cannot be decrypted whatever
 * the secret was, and with nothing but a fatal alert behind the ClientKeyExchange, at which a server that has
 * not objected by then closes without a word. A sound server answers all five alike, either way.
 *
 * Cost: ten connections; none without RSA key exchange. Differences are confirmed with ten more.
 */
import {
  constants,
  type KeyObject,
  publicEncrypt,
  randomBytes,
  randomInt,
  X509Certificate,
} from "node:crypto";
import { ALERT, ALERT_LEVEL, alertName } from "../../../../core/framing/tls/alerts.ts";
import { vector16 } from "../../../../core/framing/tls/byte-writer.ts";
import { encodeHandshake, HANDSHAKE } from "../../../../core/framing/tls/handshake.ts";
import { encodeRecord, RECORD } from "../../../../core/framing/tls/record.ts";
import type { Answer } from "../../facts.ts";
import { suite } from "../../registry/suites.ts";
import { Closings } from "../closings.ts";
import { classicCertificate } from "../handshake/client-certificate.ts";
import { makeHello } from "../hello.ts";
import { type Link, LinkLost } from "../link.ts";
import { inconclusive, NO_CERTIFICATE, OFFERED, reasonOf, refused } from "../no-handshake.ts";
import type { ClassicProbe } from "../sessions12.ts";
import { type AnswerClass, compareAnswers, type Round } from "./answer-classes.ts";
import { openClear } from "./clear-flight.ts";
import { ROBOT_VECTORS, type RobotVector, robotBlock } from "./robot-vectors.ts";

export interface RobotFinding {
  readonly answer: Answer;
  /** `strong`: tells the badly padded ones apart, too, and so decrypts quickly. */
  readonly oracle: "weak" | "strong" | undefined;
}

type Way = "with Finished" | "without Finished";

const WAYS: readonly Way[] = ["with Finished", "without Finished"];
const SILENCE_MS = 3000;
/** Fits the blocks of every cipher, and is longer than any nonce and tag. */
const SEALED_BYTES = 64;
const MIN_MODULUS_BITS = 512;

export async function probeRobot(probe: ClassicProbe): Promise<RobotFinding> {
  const { known } = probe;
  const none = (answer: Answer): RobotFinding => ({ answer, oracle: undefined });
  const suites = known.suites.filter(hasRsaKeyExchange);
  if (suites.length === 0) return none(refused("no suite with RSA key exchange is accepted"));
  // Its ClientKeyExchange has another form (RFC 6101 §5.6.7.1).
  if (known.version === "SSLv3") return none(inconclusive("SSLv3 is not looked at"));
  let answers = "";
  for (const way of WAYS) {
    const comparison = await compareAnswers(ROBOT_VECTORS, (vector) => ask(probe, suites, vector, way));
    switch (comparison.kind) {
      case "same":
        answers += `${answers === "" ? "" : ", "}${way}: ${comparison.answer}`;
        break;
      case "different":
        return { answer: OFFERED, oracle: strengthOf(comparison.answers) };
      case "unsteady":
      case "inconclusive":
        return none(inconclusive(comparison.why));
    }
  }
  return none(refused(`one answer to every padding (${answers})`));
}

/** When only the right one stands out, nothing tells which part of a wrong one was right. */
function strengthOf(answers: Round<RobotVector>): "weak" | "strong" {
  const wrongStart = answers.get("wrong-start");
  const alike = answers.get("misplaced-zero") === wrongStart && answers.get("no-zero") === wrongStart;
  return alike ? "weak" : "strong";
}

export function hasRsaKeyExchange(code: number): boolean {
  const facts = suite(code);
  return facts?.keyExchange === "RSA" && facts.authentication === "RSA" && !facts.export;
}

async function ask(
  probe: ClassicProbe,
  suites: readonly number[],
  vector: RobotVector,
  way: Way,
): Promise<AnswerClass | { readonly why: string }> {
  const { prober, known } = probe;
  const spec = makeHello(prober, { version: known.version, suites });
  const closings = new Closings();
  const outcome = await prober.exchange(`ROBOT, ${vector}, ${way}`, async (link) => {
    const flight = await openClear(prober, link, spec);
    if (flight.kind !== "clear-flight") return { why: reasonOf(flight) };
    const key = rsaKey(flight.chain[0]);
    if (key === undefined) return { why: "the server's certificate has no RSA key that can be used here" };
    const message = keyExchange(vector, key, spec.legacyVersion);
    const wire = flight.hello.version;
    const clear = flight.asks ? Buffer.concat([classicCertificate(probe.identity), message]) : message;
    link.trace?.("sent", `ClientKeyExchange, ${vector}`, message);
    link.send(Buffer.concat([encodeRecord(RECORD.handshake, wire, clear), ...rest(way, wire)]));
    const waitMs = Math.min(SILENCE_MS, prober.limits.timeoutMs);
    const answer = await readClass(link, way, closings, waitMs);
    // It may be the empty certificate that was refused, and nothing behind it ever looked at.
    if (flight.asks && probe.identity === undefined && isRefusalOfClient(answer)) {
      return { why: "the server requires a client certificate" };
    }
    return answer;
  });
  return outcome.kind === "done" ? outcome.value : { why: outcome.why };
}

function rest(way: Way, wire: number): readonly Buffer[] {
  if (way === "without Finished") {
    return [encodeRecord(RECORD.alert, wire, Buffer.from([ALERT_LEVEL.fatal, ALERT.internal_error]))];
  }
  return [
    encodeRecord(RECORD.changeCipherSpec, wire, Buffer.from([1])),
    encodeRecord(RECORD.handshake, wire, randomBytes(SEALED_BYTES)),
  ];
}

/** The first alert is the answer; without one, how the connection ends. @throws LinkLost the first time */
async function readClass(link: Link, way: Way, closings: Closings, waitMs: number): Promise<AnswerClass> {
  try {
    const answer = await link.nextHandshake(waitMs);
    if (answer.kind === "alert") return `alert ${answer.name}`;
    if (answer.kind === "violation") return "broken TLS";
    return `${answer.kind} ${answer.type}`;
  } catch (error) {
    // After our alert the end is what was asked for, and whether as FIN or as RST is chance.
    const ended = error instanceof LinkLost && (error.how === "eof" || error.how === "reset");
    if (way === "without Finished" && ended) return "closes";
    return closings.confirm(error);
  }
}

function isRefusalOfClient(answer: AnswerClass): boolean {
  return NO_CERTIFICATE.some((description) => answer === `alert ${alertName(description)}`);
}

interface RsaKey {
  readonly key: KeyObject;
  readonly bits: number;
}

function rsaKey(leaf: Buffer | undefined): RsaKey | undefined {
  try {
    const key = new X509Certificate(leaf ?? "").publicKey;
    const bits = key.asymmetricKeyType === "rsa" ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
    return bits < MIN_MODULUS_BITS ? undefined : { key, bits };
  } catch {
    // OpenSSL cannot read it, so nothing can be encrypted to it.
    return undefined;
  }
}

function keyExchange(vector: RobotVector, { key, bits }: RsaKey, version: number): Buffer {
  const block = robotBlock(vector, bits, version, nonZeroBytes);
  const encrypted = publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
  return encodeHandshake(HANDSHAKE.clientKeyExchange, vector16(encrypted));
}

function nonZeroBytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => randomInt(1, 256)));
}
