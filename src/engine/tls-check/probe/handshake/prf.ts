/**
 * The pseudo-random function of TLS 1.0 to 1.2 and what is made with it: master secret, key block, Finished
 * (RFC 5246 §5, §6.3, §7.4.9, §8.1; RFC 2246 §5; RFC 7627 §4).
 */
import { ByteReader } from "../../../../core/framing/tls/byte-reader.ts";
import { digest, type HandshakeHash, hmac } from "./key-schedule.ts";

/** TLS 1.2 names its hash by the suite; before, MD5 and SHA-1 are combined. */
export type PrfHash = HandshakeHash | "md5-sha1";

export const MASTER_BYTES = 48;
export const VERIFY_DATA_BYTES = 12;

export function prf(
  hash: PrfHash,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  lengthBytes: number,
): Buffer {
  const labelled = Buffer.concat([Buffer.from(label, "latin1"), seed]);
  if (hash !== "md5-sha1") return expand(hash, secret, labelled, lengthBytes);
  // Halves of the secret, which share a byte when its length is odd (RFC 2246 §5).
  const half = Math.ceil(secret.length / 2);
  const output = expand("md5", secret.subarray(0, half), labelled, lengthBytes);
  const other = expand("sha1", secret.subarray(secret.length - half), labelled, lengthBytes);
  for (let at = 0; at < lengthBytes; at++) output[at]! ^= other[at]!;
  return output;
}

/** P_hash. */
function expand(hash: string, secret: Uint8Array, seed: Uint8Array, lengthBytes: number): Buffer {
  const blocks: Buffer[] = [];
  let chain: Uint8Array = seed;
  for (let length = 0; length < lengthBytes; length += blocks.at(-1)!.length) {
    chain = hmac(hash, secret, chain);
    blocks.push(hmac(hash, secret, chain, seed));
  }
  return Buffer.concat(blocks).subarray(0, lengthBytes);
}

/** Of handshake messages, as Finished and the extended master secret take it. */
export function transcriptHash(hash: PrfHash, messages: readonly Uint8Array[]): Buffer {
  if (hash !== "md5-sha1") return digest(hash, ...messages);
  return Buffer.concat([digest("md5", ...messages), digest("sha1", ...messages)]);
}

export function masterSecret(
  hash: PrfHash,
  premaster: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): Buffer {
  return prf(hash, premaster, "master secret", Buffer.concat([clientRandom, serverRandom]), MASTER_BYTES);
}

/** @param sessionHash of the messages up to ClientKeyExchange */
export function extendedMasterSecret(hash: PrfHash, premaster: Uint8Array, sessionHash: Uint8Array): Buffer {
  return prf(hash, premaster, "extended master secret", sessionHash, MASTER_BYTES);
}

export interface WriteKeys {
  readonly mac: Buffer;
  readonly key: Buffer;
  readonly iv: Buffer;
}

export interface KeySizes {
  readonly macBytes: number;
  readonly keyBytes: number;
  readonly ivBytes: number;
}

export function keyBlock(
  hash: PrfHash,
  master: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
  { macBytes, keyBytes, ivBytes }: KeySizes,
): { readonly client: WriteKeys; readonly server: WriteKeys } {
  const seed = Buffer.concat([serverRandom, clientRandom]);
  const block = prf(hash, master, "key expansion", seed, 2 * (macBytes + keyBytes + ivBytes));
  const reader = new ByteReader(block);
  const take = (bytes: number): Buffer => reader.take(bytes);
  const [clientMac, serverMac] = [take(macBytes), take(macBytes)];
  const [clientKey, serverKey] = [take(keyBytes), take(keyBytes)];
  const [clientIv, serverIv] = [take(ivBytes), take(ivBytes)];
  return {
    client: { mac: clientMac, key: clientKey, iv: clientIv },
    server: { mac: serverMac, key: serverKey, iv: serverIv },
  };
}

/** `verify_data` of Finished. */
export function verifyData(
  hash: PrfHash,
  master: Uint8Array,
  side: "client" | "server",
  messages: readonly Uint8Array[],
): Buffer {
  return prf(hash, master, `${side} finished`, transcriptHash(hash, messages), VERIFY_DATA_BYTES);
}
