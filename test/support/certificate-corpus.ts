/**
 * Certificates, chains and files, each sound or broken in one way, with the rules that must find it: what readers,
 * chain building and rules are tested on.
 */
import type { CorpusCase } from "./corpus/case.ts";
import { CHAIN_CASES } from "./corpus/chain-cases.ts";
import { ENCODING_CASES } from "./corpus/encoding-cases.ts";
import { FILE_CASES } from "./corpus/file-cases.ts";
import { FOREIGN_CASES } from "./corpus/foreign-cases.ts";
import { LEAF_CASES } from "./corpus/leaf-cases.ts";
import { TRANSPARENCY_CASES } from "./corpus/transparency-cases.ts";

export const CERTIFICATE_CORPUS: readonly CorpusCase[] = [
  ...LEAF_CASES,
  ...ENCODING_CASES,
  ...CHAIN_CASES,
  ...TRANSPARENCY_CASES,
  ...FILE_CASES,
  ...FOREIGN_CASES,
];
