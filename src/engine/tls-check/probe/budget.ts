/**
 * The connections that one scan may open, counted as they are spent. When they are spent, they are spent:
 * nothing gives one back.
 */
export class Budget {
  readonly limit: number;
  #connections = 0;
  #retries = 0;

  /** @param limit whole number of connections, retries included */
  constructor(limit: number) {
    this.limit = limit;
  }

  get connections(): number {
    return this.#connections;
  }

  get retries(): number {
    return this.#retries;
  }

  /** Takes one; or takes none and says why. */
  spend(isRetry: boolean): string | undefined {
    if (this.#connections >= this.limit) return `the budget of ${this.limit} connections is spent`;
    this.#connections++;
    if (isRetry) this.#retries++;
    return undefined;
  }
}
