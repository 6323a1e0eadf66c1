/**
 * One list of which the server picks one in each hello: suites, groups, signature schemes, ALPN names.
 * What was picked is left out of the next hello, until nothing of the rest is accepted.
 *
 *     open ──► complete     nothing of the rest is accepted: `found` is all there is, in the order picked
 *      │ ▲ └─► cut          the server gave no answer: there may be more
 *      ▼ │
 *     paused                offered in full for now, to be gone on with later
 */
export type DimensionState =
  | { readonly kind: "open" }
  | { readonly kind: "paused" }
  | { readonly kind: "complete" }
  | { readonly kind: "cut"; readonly why: string };

export class Dimension {
  readonly all: readonly number[];
  /** True when an answer without a pick means that nothing of the rest is accepted (ALPN). */
  readonly optional: boolean;
  /** In the order the server picked them. */
  readonly found: number[] = [];
  #left: readonly number[];
  #state: DimensionState = { kind: "open" };

  /** @param all codes in the order of our preference, without duplicates */
  constructor(all: readonly number[], optional = false) {
    this.all = all;
    this.#left = all;
    this.optional = optional;
    if (all.length === 0) this.#state = { kind: "complete" };
  }

  get state(): DimensionState {
    return this.#state;
  }

  get open(): boolean {
    return this.#state.kind === "open";
  }

  get complete(): boolean {
    return this.#state.kind === "complete";
  }

  /** Something is left out of the next hello. */
  get reduced(): boolean {
    return this.open && this.#left.length < this.all.length;
  }

  /** What the next hello offers. An optional one that is through is offered only what the server takes. */
  get offered(): readonly number[] {
    if (this.open) return this.#left;
    return this.optional && this.complete ? this.found : this.all;
  }

  /** Notes a pick. False when it was picked before, or is none of ours. */
  take(code: number): boolean {
    if (!this.#left.includes(code)) return false;
    this.found.push(code);
    this.#left = this.#left.filter((other) => other !== code);
    if (this.#left.length === 0) this.finish();
    return true;
  }

  /** Nothing of the rest is accepted. */
  finish(): void {
    if (this.#state.kind !== "cut") this.#state = { kind: "complete" };
  }

  cut(why: string): void {
    if (this.#state.kind !== "complete") this.#state = { kind: "cut", why };
  }

  pause(): void {
    if (this.open) this.#state = { kind: "paused" };
  }

  resume(): void {
    if (this.#state.kind === "paused") this.#state = { kind: "open" };
  }
}
