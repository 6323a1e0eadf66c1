// CBC records read without the care that RFC 5246 §6.2.3.2 asks for, TLS 1.1 and 1.2. Reading only.
import { createDecipheriv } from "node:crypto";
import type { CipherSpec } from "../../../../../src/engine/tls-check/probe/handshake/cipher-spec.ts";
import { hmac } from "../../../../../src/engine/tls-check/probe/handshake/key-schedule.ts";
import type { WriteKeys } from "../../../../../src/engine/tls-check/probe/handshake/prf.ts";
import {
  type RecordCipher,
  recordPrefix,
} from "../../../../../src/engine/tls-check/probe/handshake/record-cipher.ts";

export type Carelessness = "unchecked" | "oracle" | "nothing-checked";

export function carelessCipher({ protection }: CipherSpec, keys: WriteKeys, how: Carelessness): RecordCipher {
  if (protection.kind !== "cbc") throw new Error("no CBC suite");
  const { algorithm, blockBytes, macBytes, macHash } = protection;
  let sequence = 0n;
  const broken = (what: string) => ({ kind: "violation", what, section: "" }) as const;
  return {
    seal: () => {
      throw new Error("it only reads");
    },
    open: (type, version, payload) => {
      const iv = payload.subarray(0, blockBytes);
      const decipher = createDecipheriv(algorithm, keys.key, iv).setAutoPadding(false);
      const plain = Buffer.concat([decipher.update(payload.subarray(blockBytes)), decipher.final()]);
      const length = plain.at(-1)! + 1;
      const end = plain.length - length;
      if (end < macBytes) return broken("length");
      const paddingFits = plain.subarray(end).every((byte) => byte === length - 1);
      if (how === "oracle" && !paddingFits) return broken("padding");
      const content = plain.subarray(0, end - macBytes);
      const mac = hmac(macHash, keys.mac, recordPrefix(sequence++, type, version, content.length), content);
      if (how !== "nothing-checked" && !mac.equals(plain.subarray(content.length, end))) return broken("mac");
      return { kind: "opened", type, content };
    },
  };
}
