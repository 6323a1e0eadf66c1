/**
 * Hellos that are odd but right, which a server has to put up with (RFC 8701, RFC 8446 §4.2.1, RFC 7685).
 */
import type { HelloSpec } from "../../../core/framing/tls/client-hello.ts";
import { EXTENSION, GREASE_CODES } from "../../../core/framing/tls/extension-types.ts";
import * as extension from "../../../core/framing/tls/extensions.ts";
import type { Answer } from "../facts.ts";
import { alertText, type HelloAnswer } from "./hello.ts";
import { type HelloVersion, WIRE_VERSION } from "./offers.ts";
import type { Outcome } from "./prober.ts";
import { judge } from "./verdict.ts";

export type Oddity = "grease" | "long" | "version";

export interface Tolerances {
  readonly greaseTolerant: Answer;
  readonly longHelloTolerant: Answer;
  readonly versionTolerant: Answer;
}

/**
 * Asks in an odd way. An alert to it is an answer only when the plain hello is answered right before, and the alert comes
 * again: a server that limits its rate may send one to anybody.
 *
 * @param ask sends the hello, plain (undefined) or odd
 */
export async function probeTolerance(
  ask: (oddity: Oddity | undefined) => Promise<Outcome<HelloAnswer>>,
  oddity: Oddity,
  version: HelloVersion,
): Promise<Answer> {
  const first = judgeTolerance(await ask(oddity), version);
  if (first.kind !== "refused") return first;
  const plain = judge(await ask(undefined), WIRE_VERSION[version]);
  if (plain.kind !== "offered") {
    return { kind: "inconclusive", why: `${first.how}, and the plain hello is not answered either` };
  }
  return judgeTolerance(await ask(oddity), version);
}

/** The plain hello was answered: whatever alert this one gets is about its oddity. */
function judgeTolerance(outcome: Outcome<HelloAnswer>, version: HelloVersion): Answer {
  if (outcome.kind === "done" && outcome.value.kind === "alert") {
    return { kind: "refused", how: alertText(outcome.value) };
  }
  return judge(outcome, WIRE_VERSION[version]);
}

export const ODDITIES: readonly Oddity[] = ["grease", "long", "version"];

/** Longer than any hello of today, post-quantum key shares and all; still one record. */
const LONG_HELLO_BYTES = 8192;
/** What would come after TLS 1.3. */
const NEXT_VERSION = 0x0305;

/** SSLv3 has no extensions: there is no place for any of it but the version number. */
export function withOddity(spec: HelloSpec, oddity: Oddity, version: HelloVersion): HelloSpec {
  switch (oddity) {
    case "version":
      return withUnknownVersion(spec, version);
    case "grease":
      return version === "SSLv3" ? spec : withGrease(spec);
    case "long":
      return version === "SSLv3" ? spec : withPadding(spec);
  }
}

/**
 * TLS ≤ 1.2: a client_version above all that use that field; the server answers with its own highest
 * (RFC 5246 §E.1, RFC 8446 §4.2.1). TLS 1.3: a version that does not exist yet.
 */
function withUnknownVersion(spec: HelloSpec, version: HelloVersion): HelloSpec {
  if (version !== "TLSv1.3") return { ...spec, legacyVersion: WIRE_VERSION["TLSv1.3"] };
  const versions = extension.supportedVersions([NEXT_VERSION, WIRE_VERSION["TLSv1.3"]]);
  return { ...spec, extensions: spec.extensions.map((one) => (one.type === versions.type ? versions : one)) };
}

/** Values that mean nothing, in front and at the end: suite, extension, group, and version for TLS 1.3. */
function withGrease(spec: HelloSpec): HelloSpec {
  const [suiteCode, groupCode, first, last] = GREASE_CODES as readonly [number, number, number, number];
  const extensions = spec.extensions.map((one) => {
    if (one.type !== EXTENSION.supportedGroups) return one;
    const list = Buffer.concat([Buffer.alloc(2), code(groupCode), one.body.subarray(2)]);
    list.writeUInt16BE(list.length - 2, 0);
    return { ...one, body: list };
  });
  return {
    ...spec,
    suites: [suiteCode, ...spec.suites],
    extensions: [extension.grease(first), ...extensions, extension.grease(last, Buffer.from([0]))],
  };
}

function withPadding(spec: HelloSpec): HelloSpec {
  const others = spec.extensions.filter(({ type }) => type !== EXTENSION.padding);
  return { ...spec, extensions: [...others, extension.padding(LONG_HELLO_BYTES)] };
}

function code(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
