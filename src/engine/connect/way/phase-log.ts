/**
 * The phases of one path, as they happen: each begins where the one before ended, so that they add up to the whole.
 *
 *     dns ─► connect ─► [proxy] ─► [upgrade] ─► [tls] ─► [greeting] ─► request ─► firstByte ─► transfer
 */
import type { Clock } from "../../../core/clock.ts";
import type { Phase, PhaseName } from "../result.ts";

interface OpenPhase {
  name: PhaseName;
  readonly startUs: number;
}

export class PhaseLog {
  readonly startUs: number;
  /** Told when a phase begins: the watchdog's. */
  onBegin: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #done: Phase[] = [];
  #current: OpenPhase | undefined;
  #endUs: number | undefined;

  constructor(clock: Clock, startUs = clock.nowUs()) {
    this.#clock = clock;
    this.startUs = startUs;
  }

  get current(): PhaseName | undefined {
    return this.#current?.name;
  }

  /** Ends what is under way and begins the next; the first one begins with the path. */
  begin(name: PhaseName): void {
    const isFirst = this.#done.length === 0 && this.#current === undefined;
    const startUs = isFirst ? this.startUs : this.#clock.nowUs();
    this.#close(startUs, false);
    this.#current = { name, startUs };
    this.onBegin?.();
  }

  /** What was said before TLS was no request but the way to TLS: all since `from` becomes `upgrade`. */
  becomeUpgrade(): void {
    const last = this.#done.findLastIndex(
      ({ name }) => name === "greeting" || name === "connect" || name === "proxy",
    );
    const spoken = this.#done.splice(last + 1);
    const start = spoken[0]?.startUs;
    if (start !== undefined) this.#current = { name: "upgrade", startUs: this.startUs + start };
    else if (this.#current !== undefined) this.#current.name = "upgrade";
  }

  end(atUs = this.#clock.nowUs()): void {
    this.#close(atUs, false);
    this.#endUs = atUs;
  }

  /** The path ended where the phase under way began: that one was only a wait for what need not come. */
  endBefore(): void {
    const endUs = this.#current?.startUs;
    this.#current = undefined;
    this.end(endUs);
  }

  /** The path ends in the phase under way. */
  fail(): void {
    const atUs = this.#clock.nowUs();
    this.#close(atUs, true);
    this.#endUs = atUs;
  }

  get phases(): readonly Phase[] {
    return this.#done;
  }

  get totalUs(): number {
    return (this.#endUs ?? this.#clock.nowUs()) - this.startUs;
  }

  #close(atUs: number, failed: boolean): void {
    if (this.#current === undefined) return;
    const { name, startUs } = this.#current;
    this.#done.push({
      name,
      startUs: startUs - this.startUs,
      durationUs: Math.max(0, atUs - startUs),
      failed,
    });
    this.#current = undefined;
  }
}
