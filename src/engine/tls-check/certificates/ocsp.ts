/**
 * OCSP (RFC 6960): the request for one certificate, and what a response says of it: status, dates, and whether
 * the authority or one it delegated signed it.
 */
import { createHash } from "node:crypto";
import { parseCertificate } from "./certificate.ts";
import type { OcspFacts } from "./chain.ts";
import { reasonName } from "./crl.ts";
import { context, type Element, Fields, fieldsOf, Oddities, readElement, TAG } from "./der/element.ts";
import { time } from "./der/time.ts";
import { integerBytes, octets, oid, sameBytes, smallInteger, wholeBits } from "./der/values.ts";
import { derElement, derOid, derSequence } from "./der/write.ts";
import { readExtensionList } from "./extensions.ts";
import type { Certificate, PublicKey, SignedTimestamp } from "./model.ts";
import { EKU, EXT } from "./oids.ts";
import { readSctList } from "./sct.ts";
import { algorithmOid, hashName } from "./signature-algorithms.ts";
import { readSigned, type Signed } from "./signed.ts";
import { reading } from "./unreadable.ts";
import { signedBy, verifySignature } from "./verify-signature.ts";

const BASIC_RESPONSE = "1.3.6.1.5.5.7.48.1.1";
const SHA1 = "1.3.14.3.2.26";
/** Certificates in a response that may be its signer's; more are not looked at. */
const MAX_SIGNERS = 5;

/** RFC 6960 §4.2.1; 4 is not used. */
const FAILURES: Readonly<Record<number, string>> = {
  1: "malformedRequest",
  2: "internalError",
  3: "tryLater",
  5: "sigRequired",
  6: "unauthorized",
};

export interface OcspQuestion {
  readonly certificate: Certificate;
  /** Undefined = unknown: the signature cannot be verified, and only the serial number is compared. */
  readonly issuer: Certificate | undefined;
  readonly source: OcspFacts["source"];
}

export interface OcspAnswer {
  readonly facts: OcspFacts;
  /** From the extension of RFC 6962 §3.3. */
  readonly scts: readonly SignedTimestamp[];
}

export function readOcspResponse(der: Uint8Array, question: OcspQuestion): OcspAnswer {
  const answer = reading("OCSP response", () => readResponse(readElement(der, new Oddities()), question));
  return "facts" in answer ? answer : failure(question, `it cannot be read: ${answer.why}`);
}

function failure(question: OcspQuestion, detail: string): OcspAnswer {
  const facts: OcspFacts = {
    status: "unreadable",
    source: question.source,
    producedMs: undefined,
    nextUpdateMs: undefined,
    signatureValid: undefined,
    detail,
  };
  return { facts, scts: [] };
}

function readResponse(root: Element, question: OcspQuestion): OcspAnswer {
  const outer = fieldsOf(root, "OCSP response");
  const status = smallInteger(outer.required(TAG.enumerated, "status"), TAG.enumerated);
  if (status !== 0) return failure(question, `the responder says ${FAILURES[status] ?? `error ${status}`}`);
  const wrapped = fieldsOf(outer.required(context(0), "response").inner(), "OCSP response");
  const type = oid(wrapped.required(TAG.oid, "type"));
  if (type !== BASIC_RESPONSE) return failure(question, `it is of the unknown type ${type}`);
  const signed = readSigned(wrapped.required(TAG.octetString, "response").inner(), "OCSP response");
  const body = fieldsOf(signed.body, "OCSP response");
  body.optional(context(0));
  body.optional(context(1), context(2));
  const producedMs = time(body.required(TAG.generalizedTime, "date"), false);
  const responses = body.required(TAG.sequence, "answers");
  const single = findAnswer(responses, question);
  const signatureValid = checkSignature(signed, question.issuer, producedMs);
  if (single === undefined) {
    const { facts } = failure(question, "it answers for another certificate");
    return { facts: { ...facts, producedMs, signatureValid }, scts: [] };
  }
  return {
    facts: {
      ...single.verdict,
      source: question.source,
      producedMs,
      nextUpdateMs: single.nextUpdateMs,
      signatureValid,
    },
    scts: single.scts,
  };
}

interface SingleAnswer {
  readonly verdict: Pick<OcspFacts, "status" | "detail">;
  readonly nextUpdateMs: number | undefined;
  readonly scts: readonly SignedTimestamp[];
}

function findAnswer(responses: Element, question: OcspQuestion): SingleAnswer | undefined {
  for (const response of responses.children()) {
    const fields = fieldsOf(response, "answer");
    if (!isFor(fields.required(TAG.sequence, "certificate id"), question)) continue;
    const verdict = readStatus(fields.required(undefined, "status"));
    const thisUpdateMs = time(fields.required(TAG.generalizedTime, "thisUpdate"), false);
    const next = fields.optional(context(0));
    const extensions = fields.optional(context(1));
    const detail = verdict.detail ?? `as of ${new Date(thisUpdateMs).toISOString()}`;
    return {
      verdict: { ...verdict, detail },
      nextUpdateMs: next === undefined ? undefined : time(next.inner(), false),
      scts: extensions === undefined ? [] : sctsIn(extensions.inner()),
    };
  }
  return undefined;
}

function isFor(id: Element, { certificate, issuer }: OcspQuestion): boolean {
  const fields = fieldsOf(id, "certificate id");
  const hash = hashName(algorithmOid(fields.required(TAG.sequence, "hash")));
  const nameHash = octets(fields.required(TAG.octetString, "name hash"));
  const keyHash = octets(fields.required(TAG.octetString, "key hash"));
  const serial = integerBytes(fields.required(TAG.integer, "serial number"));
  if (!sameBytes(serial, serialBytes(certificate))) return false;
  if (issuer === undefined) return true;
  if (hash === undefined) return false;
  return (
    sameBytes(nameHash, digest(hash, issuer.subject.der)) &&
    sameBytes(keyHash, digest(hash, keyBits(issuer.publicKey)))
  );
}

function readStatus(element: Element): Pick<OcspFacts, "status" | "detail"> {
  switch (element.tag) {
    case context(0, false):
      return { status: "good", detail: undefined };
    case context(1): {
      const fields = new Fields(element, "revocation");
      const atMs = time(fields.required(TAG.generalizedTime, "date"), false);
      const reason = fields.optional(context(0));
      const why = reason === undefined ? "" : `: ${reasonName(smallInteger(reason.inner(), TAG.enumerated))}`;
      return { status: "revoked", detail: `revoked on ${new Date(atMs).toISOString().slice(0, 10)}${why}` };
    }
    default:
      return { status: "unknown", detail: "the responder does not know the certificate" };
  }
}

function sctsIn(list: Element): readonly SignedTimestamp[] {
  for (const { oid: identifier, element } of readExtensionList(list, "answer")) {
    if (identifier === EXT.ocspSctList) return readSctList(octets(element.inner())).scts;
  }
  return [];
}

/**
 * By the authority itself, or by a certificate in the response that it issued for the purpose (RFC 6960
 * §4.2.2.2) and that was valid when the response was made.
 */
function checkSignature(
  signed: Signed,
  issuer: Certificate | undefined,
  producedMs: number,
): boolean | undefined {
  if (issuer === undefined) return undefined;
  const by = (key: PublicKey): boolean | undefined =>
    verifySignature(signed.algorithm, key, signed.body.bytes, signed.signature);
  const direct = by(issuer.publicKey);
  if (direct === true) return true;
  const delegates = certificatesIn(signed).filter(
    (delegate) =>
      (delegate.extendedKeyUsage?.includes(EKU.ocspSigning) ?? false) &&
      delegate.notBeforeMs <= producedMs &&
      producedMs <= delegate.notAfterMs &&
      signedBy(delegate, issuer.publicKey) === true,
  );
  const verdicts = delegates.map((delegate) => by(delegate.publicKey));
  if (verdicts.includes(true)) return true;
  return direct === undefined && !verdicts.includes(false) ? undefined : false;
}

function certificatesIn(signed: Signed): Certificate[] {
  const list = signed.rest.optional(context(0))?.inner();
  const found: Certificate[] = [];
  if (list === undefined) return found;
  for (const element of list.children()) {
    const certificate = parseCertificate(element.bytes);
    if (certificate.kind === "certificate") found.push(certificate);
    if (found.length === MAX_SIGNERS) break;
  }
  return found;
}

/** A request without nonce, so that responders may answer from their cache (RFC 5019 §2.1). */
export function buildOcspRequest(certificate: Certificate, issuer: Certificate): Uint8Array {
  const id = derSequence(
    derSequence(derOid(SHA1), derElement(TAG.null)),
    derElement(TAG.octetString, digest("sha1", issuer.subject.der)),
    derElement(TAG.octetString, digest("sha1", keyBits(issuer.publicKey))),
    derElement(TAG.integer, serialBytes(certificate)),
  );
  return derSequence(derSequence(derSequence(derSequence(id))));
}

/** The serial number as encoded: the third-last facts drop its sign byte, and negative ones have none. */
function serialBytes(certificate: Certificate): Uint8Array {
  const fields = fieldsOf(readElement(certificate.tbs, new Oddities()), "certificate");
  fields.optional(context(0));
  return fields.required(TAG.integer, "serial number").body;
}

/** The key itself, without its algorithm (RFC 6960 §4.1.1). */
function keyBits(key: PublicKey): Uint8Array {
  const fields = fieldsOf(readElement(key.spki, new Oddities()), "public key");
  fields.required(TAG.sequence, "algorithm");
  return wholeBits(fields.required(TAG.bitString, "key"), "key");
}

function digest(hash: string, bytes: Uint8Array): Buffer {
  return createHash(hash).update(bytes).digest();
}
