/**
 * The suites whose handshake this program can complete: what each means for keys and records, read from its
 * IANA name and checked against what this node's OpenSSL has.
 */
import { getCiphers } from "node:crypto";
import { suite } from "../../registry/suites.ts";
import type { HandshakeHash } from "./key-schedule.ts";

export interface AeadSpec {
  readonly kind: "aead";
  /** As node:crypto calls it. */
  readonly algorithm: string;
  readonly keyBytes: number;
  /** Part of the nonce that comes from the key block, TLS 1.2: 4, or 12 for ChaCha20 (RFC 7905 §2). */
  readonly fixedIvBytes: number;
  /** 16, or 8 for the suites named CCM_8. */
  readonly tagBytes: number;
}

export interface CbcSpec {
  readonly kind: "cbc";
  readonly algorithm: string;
  readonly keyBytes: number;
  readonly blockBytes: number;
  readonly macHash: "sha1" | "sha256" | "sha384" | "md5";
  readonly macBytes: number;
}

export interface CipherSpec {
  readonly code: number;
  readonly keyExchange: "tls13" | "ecdhe" | "dhe" | "rsa";
  readonly protection: AeadSpec | CbcSpec;
  /** Of the key schedule, or of the pseudo-random function of TLS 1.2. */
  readonly hash: HandshakeHash;
}

const MODERN = /^TLS_(?<cipher>(?:AES|CHACHA20)_.+)_(?<hash>SHA256|SHA384)$/;
const CLASSIC =
  /^TLS_(?<exchange>ECDHE|DHE|RSA)(?:_(?:RSA|ECDSA|DSS))?_WITH_(?<cipher>.+?)(?:_(?<hash>SHA|SHA256|SHA384|MD5))?$/;
const MAC_BYTES = { md5: 16, sha1: 20, sha256: 32, sha384: 48 } as const;
const AVAILABLE = new Set(getCiphers());
const known = new Map<number, CipherSpec | undefined>();

/** Undefined when its handshake cannot be completed here: RC4, export, PSK, GOST … */
export function cipherSpec(code: number): CipherSpec | undefined {
  if (!known.has(code)) known.set(code, readName(code));
  return known.get(code);
}

export function canComplete(code: number): boolean {
  return cipherSpec(code) !== undefined;
}

function readName(code: number): CipherSpec | undefined {
  const name = suite(code)?.name ?? "";
  const modern = MODERN.exec(name)?.groups;
  if (modern !== undefined) {
    const protection = aead(modern.cipher!);
    const hash = modern.hash === "SHA384" ? "sha384" : "sha256";
    return protection === undefined ? undefined : { code, keyExchange: "tls13", protection, hash };
  }
  const classic = CLASSIC.exec(name)?.groups;
  if (classic === undefined) return undefined;
  const protection = aead(classic.cipher!) ?? cbc(classic.cipher!, classic.hash);
  if (protection === undefined) return undefined;
  const keyExchange = classic.exchange!.toLowerCase() as "ecdhe" | "dhe" | "rsa";
  // TLS 1.2 uses SHA-256 unless the suite says more (RFC 5246 §5).
  return { code, keyExchange, protection, hash: classic.hash === "SHA384" ? "sha384" : "sha256" };
}

function aead(cipher: string): AeadSpec | undefined {
  if (cipher === "CHACHA20_POLY1305") {
    return available({
      kind: "aead",
      algorithm: "chacha20-poly1305",
      keyBytes: 32,
      fixedIvBytes: 12,
      tagBytes: 16,
    });
  }
  const parts = /^(AES|ARIA)_(128|256)_(GCM|CCM)(_8)?$/.exec(cipher);
  if (parts === null) return undefined;
  const algorithm = `${parts[1]}-${parts[2]}-${parts[3]}`.toLowerCase();
  const tagBytes = parts[4] === undefined ? 16 : 8;
  return available({ kind: "aead", algorithm, keyBytes: Number(parts[2]) / 8, fixedIvBytes: 4, tagBytes });
}

function cbc(cipher: string, mac: string | undefined): CbcSpec | undefined {
  if (mac === undefined) return undefined;
  const macHash = mac === "SHA" ? "sha1" : (mac.toLowerCase() as CbcSpec["macHash"]);
  const macBytes = MAC_BYTES[macHash];
  if (cipher === "3DES_EDE_CBC") {
    return available({
      kind: "cbc",
      algorithm: "des-ede3-cbc",
      keyBytes: 24,
      blockBytes: 8,
      macHash,
      macBytes,
    });
  }
  const parts = /^(AES|CAMELLIA|ARIA)_(128|256)_CBC$/.exec(cipher);
  if (parts === null) return undefined;
  const algorithm = `${parts[1]}-${parts[2]}-cbc`.toLowerCase();
  return available({
    kind: "cbc",
    algorithm,
    keyBytes: Number(parts[2]) / 8,
    blockBytes: 16,
    macHash,
    macBytes,
  });
}

function available<T extends AeadSpec | CbcSpec>(spec: T): T | undefined {
  return AVAILABLE.has(spec.algorithm) ? spec : undefined;
}
