/**
 * Java key stores, JKS (magic FEEDFEED) and JCEKS (CECECECE): certificates lie there in clear; keys are opened
 * when a password is given, else told as present. The formats are those of Java's `JavaKeyStore` and
 * `JceKeyStore`: big-endian, names in modified UTF-8.
 */
import { createHash } from "node:crypto";
import { DerFault } from "../der/element.ts";
import { harmless } from "../der/text.ts";
import type { PrivateKeyItem, Unreadable } from "../model.ts";
import { openJavaKey } from "../secrets/java-key.ts";
import { passwordMissing, passwordWrong, type Secret } from "../secrets/private-key.ts";
import { reading, unreadable } from "../unreadable.ts";

export interface StoreEntry {
  readonly where: string;
  readonly content: { readonly kind: "certificate"; readonly der: Uint8Array } | PrivateKeyItem | Unreadable;
}

const JKS = 0xfeedfeed;
const JCEKS = 0xcececece;

const KEY = 1;
const CERTIFICATE = 2;
const SECRET_KEY = 3;
const DIGEST_BYTES = 20;

/** Java hashes this into the digest over the whole store. */
const WHITENER = "Mighty Aphrodite";

export function javaStoreKind(bytes: Uint8Array): "JKS" | "JCEKS" | undefined {
  if (bytes.length < 12) return undefined;
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return magic === JKS ? "JKS" : magic === JCEKS ? "JCEKS" : undefined;
}

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at)
      throw new DerFault("the store ends inside an entry", this.#at);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  u16(): number {
    const at = this.#at;
    this.take(2);
    return this.#view.getUint16(at);
  }

  u32(): number {
    const at = this.#at;
    this.take(4);
    return this.#view.getUint32(at);
  }

  /** Modified UTF-8 differs from UTF-8 in NUL and in characters beyond the BMP, which names do not have. */
  text(): string {
    return harmless(Buffer.from(this.take(this.u16())).toString("utf8"));
  }

  block(): Uint8Array {
    return this.take(this.u32());
  }
}

export function readJavaStore(bytes: Uint8Array, secret: Secret): StoreEntry[] {
  const entries: StoreEntry[] = [];
  const kind = javaStoreKind(bytes) ?? "JKS";
  const intact = digestFits(bytes, secret.password);
  if (intact === false) entries.push({ where: `${kind} store`, content: passwordWrong(`${kind} store`) });
  const end = Math.max(0, bytes.length - DIGEST_BYTES);
  const fault = reading(`${kind} store`, () => readEntries(bytes.subarray(0, end), kind, secret, entries));
  if (fault !== undefined) entries.push({ where: `${kind} store`, content: fault });
  return entries;
}

function readEntries(bytes: Uint8Array, kind: string, secret: Secret, entries: StoreEntry[]): undefined {
  const cursor = new Cursor(bytes);
  cursor.u32();
  const version = cursor.u32();
  const count = cursor.u32();
  if (version !== 1 && version !== 2) {
    entries.push({
      where: `${kind} store`,
      content: unreadable(`${kind} store`, `it is of version ${version}, which does not exist`),
    });
    return undefined;
  }
  for (let number = 0; number < count; number++) {
    const tag = cursor.u32();
    const where = `${kind} entry "${cursor.text()}"`;
    cursor.take(8);
    if (tag === KEY) {
      entries.push({ where: `${where}, key`, content: keyOf(cursor.block(), secret) });
      const chainLength = cursor.u32();
      for (let position = 1; position <= chainLength; position++) {
        entries.push(certificateOf(cursor, version, `${where}, certificate ${position}`));
      }
    } else if (tag === CERTIFICATE) {
      entries.push(certificateOf(cursor, version, where));
    } else {
      const what = tag === SECRET_KEY ? "a secret key, a Java object" : `an entry of unknown kind ${tag}`;
      entries.push({
        where,
        content: unreadable("store entry", `${what}; what comes after it cannot be read either`),
      });
      return undefined;
    }
  }
}

function certificateOf(cursor: Cursor, version: number, where: string): StoreEntry {
  const type = version === 2 ? cursor.text() : "X.509";
  const der = cursor.block();
  if (type !== "X.509") return { where, content: unreadable("certificate", `a certificate of type ${type}`) };
  return { where, content: { kind: "certificate", der } };
}

function keyOf(locked: Uint8Array, secret: Secret): PrivateKeyItem | Unreadable {
  return secret.password === undefined
    ? passwordMissing("private key")
    : openJavaKey(locked, secret.password, secret.budget);
}

/** Undefined without a password: nothing to check it with. */
function digestFits(bytes: Uint8Array, password: string | undefined): boolean | undefined {
  if (password === undefined || bytes.length < DIGEST_BYTES) return undefined;
  const data = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  const digest = createHash("sha1")
    .update(Buffer.from(password, "utf16le").swap16())
    .update(WHITENER)
    .update(data)
    .digest();
  return digest.equals(bytes.subarray(bytes.length - DIGEST_BYTES));
}
