/**
 * The first hello: is there TLS at all, and which is the highest version? It offers TLS 1.0 to 1.3 and the
 * usual suites, so that a server of today answers with a HelloRetryRequest or with its whole flight of TLS 1.2.
 *
 * Cost: one connection. Without an answer, up to four more that offer little: some servers and middleboxes
 * choke on long lists or on versions they do not know.
 */
import type { HelloSpec } from "../../../core/framing/tls/client-hello.ts";
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import * as extension from "../../../core/framing/tls/extensions.ts";
import type { ServerHello } from "../../../core/framing/tls/server-messages.ts";
import { type HelloAnswer, hello, makeHello } from "./hello.ts";
import {
  CURVES,
  chunksOf,
  GROUPS_13,
  type HelloVersion,
  SCHEMES,
  SUITES_13,
  SUITES_PER_HELLO,
  suitesOf,
  versionOf,
  WIRE_VERSION,
} from "./offers.ts";
import type { Prober } from "./prober.ts";
import type { KeyExchangeSighting, Sightings } from "./sightings.ts";

export type Contact =
  /** `highest`: what the server chose among TLS 1.0 to 1.3; undefined when it said no, or got a short hello. */
  | {
      readonly kind: "tls";
      readonly highest: HelloVersion | undefined;
      readonly hello: ServerHello | undefined;
      /** Group and scheme, where the flight told them. */
      readonly exchange: KeyExchangeSighting;
      /** Suites that one hello may carry here. */
      readonly suitesPerHello: number;
    }
  /** Nothing that came was TLS, or nothing came. */
  | { readonly kind: "silent"; readonly why: string };

/** For servers that answer nothing longer. */
const SHORT_LIST = 32;
const SHORT_HELLO_VERSIONS: readonly HelloVersion[] = ["TLSv1.2", "TLSv1.0", "SSLv3"];

export async function makeContact(prober: Prober, sightings: Sightings): Promise<Contact> {
  const spec = contactHello(prober);
  const outcome = await hello(prober, "first hello", spec, "done");
  if (outcome.kind === "done") return contactOf(outcome.value, spec, prober, sightings);
  // No connection, no upgrade, or no time: a shorter hello changes nothing.
  if (prober.unreachable?.code.startsWith("NK_TLS_") === false) return { kind: "silent", why: outcome.why };
  for (const version of SHORT_HELLO_VERSIONS) {
    const short = makeHello(prober, {
      version,
      suites: suitesOf(version).slice(0, SHORT_LIST),
      groups: CURVES.slice(0, 4),
      schemes: SCHEMES.slice(0, SHORT_LIST),
      alpn: [],
      without: [
        EXTENSION.signatureAlgorithmsCert,
        EXTENSION.encryptThenMac,
        EXTENSION.signedCertificateTimestamp,
      ],
    });
    const answer = await hello(prober, `short hello ${version}`, short, "done");
    if (answer.kind === "done" && isTls(answer.value, prober))
      return { ...UNDECIDED, suitesPerHello: SHORT_LIST };
  }
  return { kind: "silent", why: outcome.why };
}

const NOTHING_TOLD: KeyExchangeSighting = { group: undefined, scheme: undefined };

/** There is TLS, and nothing else is known. */
const UNDECIDED = {
  kind: "tls",
  highest: undefined,
  hello: undefined,
  exchange: NOTHING_TOLD,
  suitesPerHello: SUITES_PER_HELLO,
} as const;

function isTls(answer: HelloAnswer, prober: Prober): boolean {
  return answer.kind !== "violation" || prober.heardTls;
}

function contactOf(answer: HelloAnswer, spec: HelloSpec, prober: Prober, sightings: Sightings): Contact {
  if (answer.kind === "violation" && !prober.heardTls) return { kind: "silent", why: answer.what };
  if (answer.kind !== "server-hello") return UNDECIDED;
  const exchange = sightings.note(spec, prober.serverName, answer);
  return { ...UNDECIDED, highest: versionOf(answer.hello.version), hello: answer.hello, exchange };
}

/** TLS 1.3 and all before it in one hello, as browsers do it; the key_share is empty. */
export function contactHello(prober: Prober): HelloSpec {
  const versions = (["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1.0"] as const).map(
    (version) => WIRE_VERSION[version],
  );
  return makeHello(prober, {
    version: "TLSv1.3",
    suites: [...SUITES_13, ...chunksOf(suitesOf("TLSv1.2"))[0]!],
    groups: GROUPS_13,
    extensions: [
      extension.encryptThenMac(),
      extension.sessionTicket(),
      extension.renegotiationInfo(),
      extension.ecPointFormats(),
      extension.heartbeat(),
      extension.supportedVersions(versions),
    ],
  });
}
