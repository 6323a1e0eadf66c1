/**
 * The start that probes of the clear part of a handshake have in common: a hello, and the server's flight up to
 * its ServerHelloDone.
 */
import { encodeClientHello, type HelloSpec } from "../../../../core/framing/tls/client-hello.ts";
import { HANDSHAKE } from "../../../../core/framing/tls/handshake.ts";
import { parseCertificate12, type ServerHello } from "../../../../core/framing/tls/server-messages.ts";
import { describeHello } from "../describe.ts";
import { readAnswer } from "../hello.ts";
import type { Link, LinkAlert, LinkViolation } from "../link.ts";
import type { Prober } from "../prober.ts";

export interface ClearFlight {
  readonly kind: "clear-flight";
  readonly hello: ServerHello;
  /** DER, leaf first. */
  readonly chain: readonly Buffer[];
  /** The server asks for a client certificate. */
  readonly asks: boolean;
}

/** @throws LinkLost, Unclear */
export async function openClear(
  prober: Prober,
  link: Link,
  spec: HelloSpec,
): Promise<ClearFlight | LinkAlert | LinkViolation> {
  const encoded = encodeClientHello(spec);
  link.trace?.("sent", describeHello(spec), encoded);
  link.sendHandshake(encoded, spec.recordVersion);
  const answer = await readAnswer(prober, link);
  if (answer.kind !== "server-hello") return answer;
  const { hello } = answer;
  let chain: readonly Buffer[] = [];
  let asks = false;
  for (;;) {
    const message = await link.nextHandshake();
    if (message.kind === "alert" || message.kind === "violation") return message;
    if (message.kind === "record") {
      return {
        kind: "violation",
        what: `a record of type ${message.type} before ServerHelloDone`,
        section: "RFC 5246 §7.3",
      };
    }
    if (message.type === HANDSHAKE.serverHelloDone) return { kind: "clear-flight", hello, chain, asks };
    if (message.type === HANDSHAKE.certificateRequest) asks = true;
    if (message.type !== HANDSHAKE.certificate) continue;
    const parsed = parseCertificate12(message.body);
    if (parsed.kind === "violation") return parsed;
    chain = parsed.chain;
  }
}
