// Known primes: each derived from its definition, or given in full, and truly prime.
import { Buffer } from "node:buffer";
import { checkPrimeSync, getDiffieHellman } from "node:crypto";
import { describe, expect, test } from "vitest";
import { KNOWN_PRIMES, knownPrime } from "../../../../src/engine/tls-check/registry/dh-primes.ts";
import { BUILT_IN_PRIMES } from "./built-in-primes.ts";

const MODP = [
  ["modp1", "RFC 2409 group 1"],
  ["modp2", "RFC 2409 group 2"],
  ["modp5", "RFC 3526 group 5"],
  ["modp14", "RFC 3526 group 14"],
  ["modp15", "RFC 3526 group 15"],
  ["modp16", "RFC 3526 group 16"],
  ["modp17", "RFC 3526 group 17"],
  ["modp18", "RFC 3526 group 18"],
] as const;

/** The offset X of each size in RFC 7919 appendix A. */
const FFDHE = [
  [2048, 560_316],
  [3072, 2_625_351],
  [4096, 5_736_041],
  [6144, 15_705_020],
  [8192, 10_965_728],
] as const;

/** ⌊2^bits · e⌋, from the series of 1/n!. */
function eTimes2To(bits: number): bigint {
  let term = 1n << BigInt(bits + 64);
  let sum = 0n;
  for (let n = 1n; term > 0n; n++) {
    sum += term;
    term /= n;
  }
  return sum >> 64n;
}

const compact = (text: string) => text.replace(/\s/g, "");

test.each(MODP)("%s of node is %s", (name, known) => {
  expect(knownPrime(getDiffieHellman(name).getPrime("hex"))).toBe(known);
});

test.each(FFDHE)("ffdhe%i follows from e by RFC 7919", (bits, offset) => {
  const size = BigInt(bits);
  const prime = (1n << size) - (1n << (size - 64n)) + ((eTimes2To(bits - 130) + BigInt(offset)) << 64n) - 1n;
  expect(knownPrime(prime.toString(16))).toBe(`RFC 7919 ffdhe${bits}`);
});

describe.each(Object.entries(BUILT_IN_PRIMES))("%s", (name, text) => {
  const hex = compact(text);

  test("is known by its prime", () => {
    expect(knownPrime(hex)).toBe(name);
  });

  test("is prime, and as long as it says", () => {
    const bits = /(\d+) bits$/.exec(name)?.[1];
    if (bits !== undefined) expect(BigInt(`0x${hex}`).toString(2).length).toBe(Number(bits));
    expect(checkPrimeSync(Buffer.from(hex, "hex"))).toBe(true);
  });
});

test("there is a test for every name", () => {
  const tested = [
    ...MODP.map(([, known]) => known),
    ...FFDHE.map(([bits]) => `RFC 7919 ffdhe${bits}`),
    ...Object.keys(BUILT_IN_PRIMES),
  ];
  expect([...KNOWN_PRIMES].sort()).toEqual(tested.sort());
});

test("leading zeros and the case of letters do not matter, and others are not known", () => {
  const hex = getDiffieHellman("modp14").getPrime("hex");
  expect(knownPrime(`00${hex.toUpperCase()}`)).toBe("RFC 3526 group 14");
  expect(knownPrime(`0${hex}`)).toBe("RFC 3526 group 14");
  expect([knownPrime(""), knownPrime("fb"), knownPrime(`${hex}00`)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
