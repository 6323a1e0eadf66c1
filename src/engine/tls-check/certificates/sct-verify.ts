/**
 * Are the certificate's timestamps signed by the logs they name (RFC 6962 §3.2)? A timestamp inside a certificate
 * was given for the precertificate: the same body without the timestamps, with a hash of the issuer's key.
 */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import type { SctCheck } from "./chain.ts";
import { context, DerFault, Oddities, readElement } from "./der/element.ts";
import { oid } from "./der/values.ts";
import { derElement, derSequence } from "./der/write.ts";
import type { Certificate, SignedTimestamp } from "./model.ts";
import { EXT } from "./oids.ts";

export interface CtLog {
  readonly name: string;
  readonly spki: Uint8Array;
}

export interface Timestamped {
  readonly source: SctCheck["source"];
  readonly scts: readonly SignedTimestamp[];
}

const X509_ENTRY = 0;
const PRECERT_ENTRY = 1;

/** @param issuer undefined = unknown; what was given for the precertificate cannot be verified then. */
export function checkScts(
  leaf: Certificate,
  issuer: Certificate | undefined,
  lists: readonly Timestamped[],
  logs: ReadonlyMap<string, CtLog>,
): SctCheck[] {
  return lists.flatMap(({ source, scts }) => {
    // Rebuilt once per list, and only when there is a log to ask.
    let entry: Uint8Array | undefined;
    return scts.map((sct): SctCheck => {
      const log = logs.get(sct.logId);
      if (log !== undefined)
        entry ??= source === "certificate" ? precertificateEntry(leaf, issuer) : certificateEntry(leaf);
      return {
        logId: sct.logId,
        logName: log?.name,
        source,
        valid: log === undefined || entry === undefined ? undefined : signedByLog(sct, entry, log),
        timestampMs: sct.timestampMs,
      };
    });
  });
}

function certificateEntry(leaf: Certificate): Uint8Array {
  return Buffer.concat([uint(X509_ENTRY, 2), uint(leaf.der.length, 3), leaf.der]);
}

function precertificateEntry(leaf: Certificate, issuer: Certificate | undefined): Uint8Array | undefined {
  const tbs = issuer === undefined ? undefined : withoutTimestamps(leaf.tbs);
  if (issuer === undefined || tbs === undefined) return undefined;
  const keyHash = createHash("sha256").update(issuer.publicKey.spki).digest();
  return Buffer.concat([uint(PRECERT_ENTRY, 2), keyHash, uint(tbs.length, 3), tbs]);
}

/** The body with the extension of timestamps cut out and the lengths around it corrected. */
function withoutTimestamps(tbs: Uint8Array): Uint8Array | undefined {
  try {
    const fields: Uint8Array[] = [];
    for (const field of readElement(tbs, new Oddities()).children()) {
      if (field.tag !== context(3)) {
        fields.push(field.bytes);
        continue;
      }
      const kept: Uint8Array[] = [];
      for (const extension of field.inner().children()) {
        const [identifier] = extension.children();
        if (identifier === undefined || oid(identifier) !== EXT.sctList) kept.push(extension.bytes);
      }
      fields.push(derElement(context(3), derSequence(Buffer.concat(kept))));
    }
    return derSequence(Buffer.concat(fields));
  } catch (fault) {
    if (fault instanceof DerFault) return undefined;
    throw fault;
  }
}

function signedByLog(sct: SignedTimestamp, entry: Uint8Array, log: CtLog): boolean | undefined {
  const key = logKey(log);
  if (key === undefined || sct.version !== 0) return undefined;
  // RFC 6962 §2.1.4: logs sign with SHA-256, and nothing else.
  if (!sct.signatureAlgorithm.endsWith("-with-sha256")) return false;
  // A moment that a double cannot hold is no moment that a log has signed.
  if (!Number.isSafeInteger(sct.timestampMs)) return false;
  const signed = Buffer.concat([
    Uint8Array.of(sct.version, 0),
    uint(sct.timestampMs, 8),
    entry,
    uint(sct.extensions.length, 2),
    sct.extensions,
  ]);
  try {
    return verify("sha256", signed, key, sct.signature);
  } catch {
    return undefined;
  }
}

const keys = new WeakMap<CtLog, { readonly key: KeyObject | undefined }>();

function logKey(log: CtLog): KeyObject | undefined {
  const known = keys.get(log);
  if (known !== undefined) return known.key;
  let key: KeyObject | undefined;
  try {
    key = createPublicKey({ key: Buffer.from(log.spki), format: "der", type: "spki" });
  } catch {
    // A log list with a broken key: its timestamps stay unverified, which the result says.
    key = undefined;
  }
  keys.set(log, { key });
  return key;
}

function uint(value: number, octets: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out.subarray(8 - octets);
}
