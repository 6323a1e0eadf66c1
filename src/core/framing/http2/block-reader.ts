/**
 * Gathers the fragments of a header block and decodes it. A block equal to the last one is not decoded again where
 * equal bytes must mean equal fields, as the dynamic table is what it was: comparing gives the same HeaderBlock object.
 */
import { Buffer } from "node:buffer";
import { ERROR, type Http2Violation, violation } from "./codes.ts";
import { type BlockRole, type HeaderBlock, headerBlock } from "./header-block.ts";
import { HpackDecoder } from "./hpack/decoder.ts";
import type { SessionLimits } from "./limits.ts";

const ALWAYS = -1;

export class BlockReader {
  /** Blocks that were recognised and blocks that were decoded. */
  recognised = 0;
  decoded = 0;
  readonly #decoder: HpackDecoder;
  readonly #limits: SessionLimits;
  #fragments: Buffer[] = [];
  #gathered = 0;
  #memo: Buffer = Buffer.alloc(0);
  #memoBlock: HeaderBlock | null = null;
  /** The table's `changes` that the memo holds for; ALWAYS for a block that has nothing to do with the table. */
  #memoChanges = ALWAYS;

  constructor(limits: SessionLimits) {
    this.#limits = limits;
    this.#decoder = new HpackDecoder(limits.headerTableBytes, limits.maxListBytes);
  }

  /** Keeps a copy of a fragment; false when the block grows beyond its bounds. */
  gather(buffer: Buffer, start: number, end: number): boolean {
    this.#gathered += end - start;
    if (this.#gathered > this.#limits.maxBlockBytes) return false;
    if (this.#fragments.length > this.#limits.maxContinuations) return false;
    this.#fragments.push(Buffer.from(buffer.subarray(start, end)));
    return true;
  }

  readGathered(role: BlockRole): HeaderBlock | Http2Violation {
    const whole = Buffer.concat(this.#fragments);
    this.#fragments = [];
    this.#gathered = 0;
    return this.read(whole, 0, whole.length, role);
  }

  read(buffer: Buffer, start: number, end: number, role: BlockRole): HeaderBlock | Http2Violation {
    if (role !== "trailers" && this.#memoBlock !== null && this.#isMemo(buffer, start, end)) {
      this.recognised++;
      return this.#memoBlock;
    }
    this.decoded++;
    const result = this.#decoder.decode(buffer, start, end);
    if (result.kind === "broken") return violation(ERROR.compression, result.section, result.why);
    if (result.kind === "too-large") {
      return violation(ERROR.enhanceYourCalm, "10.5.1", "a header list above the bound");
    }
    const block = headerBlock(result.fields, role);
    if (role !== "trailers" && result.repeats !== "never") {
      this.#memo = Buffer.from(buffer.subarray(start, end));
      this.#memoBlock = block;
      this.#memoChanges = result.repeats === "always" ? ALWAYS : this.#decoder.changes;
    }
    return block;
  }

  #isMemo(buffer: Buffer, start: number, end: number): boolean {
    const memo = this.#memo;
    if (memo.length !== end - start) return false;
    if (this.#memoChanges !== ALWAYS && this.#memoChanges !== this.#decoder.changes) return false;
    for (let i = 0; i < memo.length; i++) if (memo[i] !== buffer[start + i]) return false;
    return true;
  }
}
