/**
 * SSLv2: one hello that offers every kind of cipher; the server's hello lists all that it accepts, and carries
 * its certificate. Cost: one connection.
 *
 * Servers without SSLv2 mostly answer with an alert of TLS, which is a no. Those that just close the connection
 * leave the question open, however often they do it.
 */
import { encodeSslv2Hello, parseSslv2ServerHello } from "../../../core/framing/tls/sslv2.ts";
import type { Answer, ProtocolFacts } from "../facts.ts";
import { SSLV2_KINDS } from "../registry/suites.ts";
import { alertText, exchangeOrClosing, REFUSES_BY_CLOSING } from "./hello.ts";
import { type Link, Unclear } from "./link.ts";
import type { Prober } from "./prober.ts";
import { type Readers, type Sightings, servedChain } from "./sightings.ts";
import { isRefusal } from "./verdict.ts";

/** More than a hello with a certificate can have in a record of SSLv2. */
const MAX_BYTES = 32 * 1024 + 3;

interface Sslv2Answer {
  readonly answer: Answer;
  readonly kinds: readonly number[];
  readonly certificate: Buffer | undefined;
}

export async function probeSslv2(
  prober: Prober,
  sightings: Sightings,
  readers: Readers,
): Promise<ProtocolFacts> {
  const spec = encodeSslv2Hello(SSLV2_KINDS.map(({ code }) => code));
  const outcome = await exchangeOrClosing(prober, "SSLv2", async (link) => {
    link.trace?.("sent", `ClientHello SSLv2, ${SSLV2_KINDS.length} kinds of cipher`, spec);
    link.send(spec);
    return readSslv2Answer(link);
  });
  const { answer, kinds, certificate } =
    outcome.kind === "done"
      ? outcome.value
      : withoutKinds(outcome.kind === "closed" ? { kind: "refused", how: REFUSES_BY_CLOSING } : outcome);
  if (certificate !== undefined && certificate.length > 0) {
    const circumstances = { serverName: undefined, stapledOcsp: undefined, tlsScts: undefined };
    sightings.addChain(servedChain(readers, [certificate], { version: "SSLv2", ...circumstances }));
  }
  const complete = answer.kind !== "inconclusive";
  // The client chooses among the kinds that the server lists.
  const preference = kinds.length > 1 ? "client" : kinds.length === 1 ? "one-choice" : "unknown";
  return { version: "SSLv2", answer, suites: kinds, complete, preference, chachaForMobile: undefined };
}

async function readSslv2Answer(link: Link): Promise<Sslv2Answer> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    bytes = Buffer.concat([bytes, await link.read()]);
    const parsed = parseSslv2ServerHello(bytes);
    switch (parsed.kind) {
      case "need-more":
        if (bytes.length > MAX_BYTES) throw new Unclear("the answer to SSLv2 does not end");
        continue;
      case "tls":
        link.unread(bytes);
        return withoutKinds(await readTlsAnswer(link));
      case "server-hello":
        link.trace?.("received", `ServerHello SSLv2, ${parsed.kinds.length} kinds of cipher`, bytes);
        return { answer: { kind: "offered" }, kinds: parsed.kinds, certificate: parsed.certificate };
      case "error":
        return withoutKinds({ kind: "refused", how: `SSLv2 error ${parsed.code}` });
      case "violation":
        return withoutKinds({ kind: "inconclusive", why: `the answer is no SSLv2: ${parsed.what}` });
    }
  }
}

/** What comes in records of SSLv3 or TLS is not SSLv2, an alert says so in as many words. */
async function readTlsAnswer(link: Link): Promise<Answer> {
  const message = await link.nextHandshake();
  if (message.kind === "message") return { kind: "refused", how: "answered in a later version" };
  if (message.kind === "alert") {
    if (isRefusal(message)) return { kind: "refused", how: alertText(message) };
    return { kind: "inconclusive", why: alertText(message) };
  }
  return { kind: "inconclusive", why: "the answer is neither SSLv2 nor a hello of TLS" };
}

function withoutKinds(answer: Answer): Sslv2Answer {
  return { answer, kinds: [], certificate: undefined };
}
