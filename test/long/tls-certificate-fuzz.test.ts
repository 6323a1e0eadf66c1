/**
 * Mutations of every case of the corpus: bits turned, bytes cut off, lengths changed, pieces doubled. Whatever comes
 * out is read and analysed without a throw and without a hang; the seed makes each run the same.
 */
import { describe, expect, test } from "vitest";
import { analyseChain } from "../../src/engine/tls-check/certificates/analyse.ts";
import { parseCertificate } from "../../src/engine/tls-check/certificates/certificate.ts";
import type { Certificate, FileFacts } from "../../src/engine/tls-check/certificates/model.ts";
import { readOcspResponse } from "../../src/engine/tls-check/certificates/ocsp.ts";
import { readItems } from "../../src/engine/tls-check/certificates/read-file.ts";
import { readSctList } from "../../src/engine/tls-check/certificates/sct.ts";
import { CERTIFICATE_CORPUS } from "../support/certificate-corpus.ts";
import type { CorpusCase, Made } from "../support/corpus/case.ts";
import { AT } from "../support/corpus/maker.ts";

const ROUNDS = 20;
/** A few kilobytes that take longer hang, also on a busy machine; passwords may ask for five seconds of work. */
const SLOW_MS = 15_000;

/** xorshift32: small, and the same everywhere. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }
}

type Mutation = (source: Buffer, dice: Dice) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  (source, dice) => {
    source[dice.below(source.length)]! ^= 1 << dice.below(8);
    return source;
  },
  (source, dice) => {
    for (let count = 0; count < 8; count++) source[dice.below(source.length)] = dice.below(256);
    return source;
  },
  (source, dice) => source.subarray(0, dice.below(source.length)),
  // A length octet somewhere: the byte after something that looks like a tag.
  (source, dice) => {
    const tags = [...source.keys()].filter((at) =>
      [0x02, 0x03, 0x04, 0x06, 0x30, 0x31, 0xa0, 0xa3].includes(source[at]!),
    );
    const at = tags[dice.below(Math.max(1, tags.length))] ?? 0;
    source[Math.min(at + 1, source.length - 1)] = [0, 1, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xff][
      dice.below(9)
    ]!;
    return source;
  },
  (source, dice) => {
    const from = dice.below(source.length);
    const piece = source.subarray(from, from + dice.below(64));
    return Buffer.concat([source.subarray(0, from), piece, piece, source.subarray(from + piece.length)]);
  },
  (source, dice) => {
    const from = dice.below(source.length);
    return Buffer.concat([source.subarray(0, from), source.subarray(from + 1 + dice.below(16))]);
  },
];

function mutate(source: Uint8Array, dice: Dice): Buffer {
  let mutant: Buffer = Buffer.from(source);
  for (let count = 1 + dice.below(3); count > 0 && mutant.length > 0; count--) {
    mutant = MUTATIONS[dice.below(MUTATIONS.length)]!(mutant, dice);
  }
  return mutant;
}

function analyse(certificates: readonly Certificate[], made: Made, staple: Uint8Array | undefined): void {
  if (certificates.length === 0) return;
  const served = {
    certificates,
    version: "TLSv1.3",
    keyType: "other",
    serverName: undefined,
    stapledOcsp: staple,
    tlsScts: undefined,
  } as const;
  const analysis = analyseChain(certificates, {
    where: "fuzz",
    served,
    name: "www.example.org",
    atMs: AT.getTime(),
    extraAuthorities: certificates.slice(1),
    mozillaAuthorities: [],
    ctLogs: made.kind === "chain" ? (made.ctLogs ?? new Map()) : new Map(),
  });
  expect(analysis.leaf).toBe(certificates[0]);
}

function certificatesIn({ items }: FileFacts): readonly Certificate[] {
  return items.filter((item) => item.kind === "certificate");
}

function tryOnce(made: Made, dice: Dice): void {
  if (made.kind === "files") {
    for (const { bytes } of made.files) {
      const facts = readItems(mutate(bytes, dice), { path: "fuzz", password: made.password });
      analyse(certificatesIn(facts), made, undefined);
    }
    return;
  }
  const mutants = made.sent.map((der) => mutate(der, dice));
  const read = mutants.map((der) => parseCertificate(der));
  // The sound ones stay in, so that mutants meet an issuer that is right.
  const sound = made.sent.slice(1).map((der) => parseCertificate(der));
  const certificates = [...read, ...sound].filter((one) => one.kind === "certificate");
  const staple = made.staple === undefined ? undefined : mutate(made.staple, dice);
  analyse(certificates, made, staple);
  if (made.tlsScts !== undefined) readSctList(mutate(made.tlsScts, dice));
  const [leaf, issuer] = certificates;
  if (staple !== undefined && leaf !== undefined)
    readOcspResponse(staple, { certificate: leaf, issuer, source: "stapled" });
  for (const mutant of mutants) readItems(mutant, { path: "fuzz" });
}

/** Password files are slow on purpose: a few rounds each. */
function rounds(made: Made): number {
  return made.kind === "files" && made.password !== undefined ? 4 : ROUNDS;
}

describe("mutations of every case are read without a throw and without a hang", () => {
  test.for(CERTIFICATE_CORPUS.map((one, index) => [one.name, one, index] as const))(
    "%s",
    async ([, one, index], context) => {
      const made = await (one as CorpusCase).make();
      if (made === undefined) return context.skip("the program that makes this case is not installed");
      for (let round = 0; round < rounds(made); round++) {
        const began = performance.now();
        tryOnce(made, new Dice(index * 1000 + round + 1));
        expect(performance.now() - began).toBeLessThan(SLOW_MS);
      }
    },
  );
});
