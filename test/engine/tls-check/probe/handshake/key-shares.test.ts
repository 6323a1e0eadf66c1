// Key exchange in every group that can be computed.
import { checkPrimeSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  finiteField,
  isFiniteField,
} from "../../../../../src/engine/tls-check/probe/handshake/finite-fields.ts";
import { digest } from "../../../../../src/engine/tls-check/probe/handshake/key-schedule.ts";
import {
  COMPUTABLE_GROUPS,
  fieldPair,
  makeKeyShare,
  stripLeadingZeros,
} from "../../../../../src/engine/tls-check/probe/handshake/key-shares.ts";
import { group } from "../../../../../src/engine/tls-check/registry/groups.ts";

/** Bytes of a public key on the wire. */
const KEY_BYTES: ReadonlyMap<number, number> = new Map<number, number>([
  ...([
    [0x1d, 32],
    [0x1e, 56],
    [0x16, 65],
    [0x17, 65],
    [0x18, 97],
    [0x19, 133],
  ] as const),
  ...([
    [0x1a, 65],
    [0x1b, 97],
    [0x1c, 129],
    [0x1f, 65],
    [0x20, 97],
    [0x21, 129],
  ] as const),
  ...([
    [0x100, 256],
    [0x101, 384],
    [0x102, 512],
    [0x103, 768],
    [0x104, 1024],
  ] as const),
]);

describe("key shares", () => {
  // The two largest finite fields take a second and are the same code.
  const groups = COMPUTABLE_GROUPS.filter((code) => code !== 0x103 && code !== 0x104);

  test.each(groups.map((code) => [group(code)?.name ?? String(code), code] as const))(
    "%s is agreed on by both sides",
    (_, code) => {
      const [ours, theirs] = [makeKeyShare(code)!, makeKeyShare(code)!];
      expect(ours.publicKey).toHaveLength(KEY_BYTES.get(code)!);
      const secret = ours.agree(theirs.publicKey)!;
      expect(secret).toEqual(theirs.agree(ours.publicKey));
      expect(secret.length).toBeGreaterThanOrEqual(32);
      expect(ours.publicKey).not.toEqual(theirs.publicKey);
    },
  );

  test.each([0x1d, 0x17, 0x18, 0x1e, 0x100])("group %i takes no key that is none", (code) => {
    const share = makeKeyShare(code)!;
    const length = share.publicKey.length;
    // All zeros: a point of small order, no point at all, or no element of the group.
    expect(share.agree(Buffer.alloc(length))).toBeUndefined();
    // Short numbers are elements of a finite field, too; the number 1 is not worth having.
    expect(share.agree(isFiniteField(code) ? Buffer.from([1]) : Buffer.alloc(3, 4))).toBeUndefined();
  });

  test("post-quantum groups cannot be computed, and say so", () => {
    for (const code of [0x11ec, 0x11eb, 0x11ed, 0x0201, 0x0a0a]) expect(makeKeyShare(code)).toBeUndefined();
  });

  test("leading zeros go, but not all of a number", () => {
    expect(stripLeadingZeros(Buffer.from([0, 0, 1, 0]))).toEqual(Buffer.from([1, 0]));
    expect(stripLeadingZeros(Buffer.from([9]))).toEqual(Buffer.from([9]));
  });

  test("parameters that are none to compute with are refused", () => {
    expect(fieldPair(Buffer.alloc(8, 0), Buffer.from([2]))).toBeUndefined();
    expect(fieldPair(Buffer.from([1]), Buffer.from([2]))).toBeUndefined();
  });
});

describe("finite fields of RFC 7919", () => {
  // SHA-256 of the primes that OpenSSL has under the same names.
  test.each([
    [0x0100, 2048, "9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966"],
    [0x0101, 3072, "0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17"],
    [0x0102, 4096, "4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e"],
    [0x0103, 6144, "227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7"],
    [0x0104, 8192, "770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833"],
  ])("group %i is the well-known prime of %i bits", (code, bits, sha256) => {
    const { prime, generator } = finiteField(code);
    expect(prime).toHaveLength(bits / 8);
    expect(generator).toEqual(Buffer.from([2]));
    expect(digest("sha256", prime).toString("hex")).toBe(sha256);
  });

  test("the smallest is a safe prime", () => {
    const prime = BigInt(`0x${finiteField(0x0100).prime.toString("hex")}`);
    expect(checkPrimeSync(prime, { checks: 4 })).toBe(true);
    expect(checkPrimeSync((prime - 1n) / 2n, { checks: 4 })).toBe(true);
  });

  test("other groups are no finite fields", () => {
    expect(isFiniteField(0x001d)).toBe(false);
    expect(() => finiteField(0x001d)).toThrow(RangeError);
  });
});
