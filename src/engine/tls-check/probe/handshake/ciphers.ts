/**
 * Which record cipher a suite has, and how much of the key block it takes.
 */
import { VERSION } from "../../../../core/framing/tls/record.ts";
import { ClassicAeadCipher, ModernCipher } from "./aead-cipher.ts";
import { CbcCipher } from "./cbc-cipher.ts";
import { cipherSpec } from "./cipher-spec.ts";
import type { KeySizes, WriteKeys } from "./prf.ts";
import type { RecordCipher } from "./record-cipher.ts";

/** @throws RangeError for a suite that `cipherSpec` does not know. */
export function modernCipher(suiteCode: number, trafficSecret: Uint8Array): ModernCipher {
  const spec = cipherSpec(suiteCode);
  if (spec?.protection.kind !== "aead") throw new RangeError(`no TLS 1.3 suite: ${suiteCode}`);
  return new ModernCipher(spec.protection, spec.hash, trafficSecret);
}

/** For TLS 1.0 to 1.2. @throws RangeError for a suite that `cipherSpec` does not know. */
export function classicCipher(
  suiteCode: number,
  version: number,
  keys: WriteKeys,
  encryptThenMac: boolean,
): RecordCipher {
  const protection = cipherSpec(suiteCode)?.protection;
  if (protection === undefined) throw new RangeError(`no suite to be completed here: ${suiteCode}`);
  if (protection.kind === "aead") return new ClassicAeadCipher(protection, keys, version);
  return new CbcCipher(protection, keys, version, encryptThenMac);
}

/** Sizes in the key block; before TLS 1.1 a CBC suite takes its first IV from there, later none at all. */
export function keySizes(suiteCode: number, version: number): KeySizes {
  const protection = cipherSpec(suiteCode)?.protection;
  if (protection === undefined) throw new RangeError(`no suite to be completed here: ${suiteCode}`);
  const { keyBytes } = protection;
  if (protection.kind === "aead") return { macBytes: 0, keyBytes, ivBytes: protection.fixedIvBytes };
  const ivBytes = version < VERSION.tls11 ? protection.blockBytes : 0;
  return { macBytes: protection.macBytes, keyBytes, ivBytes };
}
