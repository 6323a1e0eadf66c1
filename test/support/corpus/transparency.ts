/** Logs that sign timestamps and responders that sign OCSP answers, for the corpus. */
import { createHash, sign } from "node:crypto";
import type { CtLog } from "../../../src/engine/tls-check/certificates/sct-verify.ts";
import {
  ctx,
  ctxRaw,
  type Der,
  elementsIn,
  generalizedTime,
  int,
  nul,
  octetString,
  oid,
  seq,
  split,
} from "../der-writer.ts";
import { type Signer, signed, signer, type TestKey, testKey } from "./keys.ts";
import { days, extension, type Issued, leaf, OID, type Recipe } from "./maker.ts";

export interface TestLog {
  readonly id: Buffer;
  readonly key: TestKey;
}

export function testLog(name: string, key: TestKey = testKey("p256", `log ${name}`)): TestLog {
  return { id: createHash("sha256").update(key.spki).digest(), key };
}

export function logList(...logs: readonly TestLog[]): ReadonlyMap<string, CtLog> {
  return new Map(
    logs.map((log, index) => [log.id.toString("hex"), { name: `log ${index + 1}`, spki: log.key.spki }]),
  );
}

function uint(value: number, octets: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out.subarray(8 - octets);
}

export const certificateEntry = (der: Uint8Array): Buffer =>
  Buffer.concat([uint(0, 2), uint(der.length, 3), der]);

export const precertificateEntry = (tbs: Uint8Array, issuer: TestKey): Buffer =>
  Buffer.concat([uint(1, 2), createHash("sha256").update(issuer.spki).digest(), uint(tbs.length, 3), tbs]);

export interface SctOptions {
  readonly at?: Date;
  readonly by?: TestKey;
}

/** One SignedCertificateTimestamp (RFC 6962 §3.2). */
export function sct(
  log: TestLog,
  entry: Uint8Array,
  { at = days(-30), by = log.key }: SctOptions = {},
): Buffer {
  const stamp = uint(at.getTime(), 8);
  const data = Buffer.concat([Uint8Array.of(0, 0), stamp, entry, uint(0, 2)]);
  const signature = sign("sha256", data, by.privateKey);
  const scheme = Uint8Array.of(4, by.kind.startsWith("rsa") ? 1 : 3);
  return Buffer.concat([
    Uint8Array.of(0),
    log.id,
    stamp,
    uint(0, 2),
    scheme,
    uint(signature.length, 2),
    signature,
  ]);
}

export function sctList(...scts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(scts.flatMap((one) => [uint(one.length, 2), one]));
  return Buffer.concat([uint(body.length, 2), body]);
}

/** A leaf with timestamps in it: made once without them for the logs to sign, then with them. */
export function timestampedLeaf(recipe: Recipe, issuer: Issued, make: (entry: Uint8Array) => Buffer): Der {
  const fixed: Recipe = {
    serial: int(Buffer.from("51525354555657585960616263646566", "hex")),
    ...recipe,
    issuer,
  };
  const bare = leaf(fixed).der;
  const tbs = elementsIn(split(bare).body)[0]!;
  const list = extension(OID.scts, octetString(make(precertificateEntry(tbs, issuer.key))));
  return leaf({ ...fixed, extensions: { ...fixed.extensions, [OID.scts]: list } }).der;
}

export type OcspStatus = "good" | "revoked" | "unknown";

export interface ResponseRecipe {
  readonly certificate: Uint8Array;
  readonly issuer: Issued;
  readonly status?: OcspStatus;
  readonly signer?: Signer;
  readonly certificates?: readonly Uint8Array[];
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date;
  readonly serial?: Der;
  readonly scts?: Buffer;
}

const sha1 = (bytes: Uint8Array): Buffer => createHash("sha1").update(bytes).digest();
const keyBitsOf = (spki: Der): Buffer => split(elementsIn(split(spki).body)[1]!).body.subarray(1);

function serialOf(certificate: Uint8Array): Der {
  const tbs = elementsIn(split(elementsIn(split(certificate).body)[0]!).body);
  return tbs[0]![0] === 0xa0 ? tbs[1]! : tbs[0]!;
}

/** An OCSPResponse (RFC 6960 §4.2.1). */
export function ocspResponse(recipe: ResponseRecipe): Der {
  const { issuer, status = "good" } = recipe;
  const id = seq(
    seq(oid("1.3.14.3.2.26"), nul()),
    octetString(sha1(issuer.subject)),
    octetString(sha1(keyBitsOf(issuer.key.spki))),
    recipe.serial ?? serialOf(recipe.certificate),
  );
  const revoked = ctx(1, generalizedTime(days(-5)), ctx(0, int(1, 0x0a)));
  const verdict = status === "good" ? ctxRaw(0, "") : status === "revoked" ? revoked : ctxRaw(2, "");
  const extensions =
    recipe.scts === undefined
      ? []
      : [ctx(1, seq(extension("1.3.6.1.4.1.11129.2.4.5", octetString(recipe.scts))))];
  const thisUpdate = recipe.thisUpdate ?? days(-1);
  const single = seq(
    id,
    verdict,
    generalizedTime(thisUpdate),
    ctx(0, generalizedTime(recipe.nextUpdate ?? days(6))),
    ...extensions,
  );
  const body = seq(
    ctx(2, octetString(sha1(keyBitsOf(issuer.key.spki)))),
    generalizedTime(thisUpdate),
    seq(single),
  );
  const certificates = recipe.certificates === undefined ? [] : [ctx(0, seq(...recipe.certificates))];
  const basic = signed(body, recipe.signer ?? signer(issuer.key), ...certificates);
  return seq(int(0, 0x0a), ctx(0, seq(oid("1.3.6.1.5.5.7.48.1.1"), octetString(basic))));
}

/** A response that is only an error (RFC 6960 §2.3). */
export const ocspFailure = (status: number): Der => seq(int(status, 0x0a));
