/**
 * Listens to an AbortSignal on behalf of any number of waiters with one event listener.
 *
 * `addEventListener` searches the whole list for a duplicate, so ten thousand waiters on one shared signal
 * would cost fifty million steps, and node would warn of a leak after ten. Here a signal has one watch, and
 * a watch has a set: joining and leaving cost O(1). The listener is there only while someone waits.
 */
export interface Cancellable {
  /** Called once, with the signal's reason; the member has left the watch by then. */
  cancel(reason: unknown): void;
}

class SignalWatch {
  readonly members = new Set<Cancellable>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  handleEvent(): void {
    // In the order of joining. Cancelling one may answer others of this watch; they leave it as ever.
    for (const member of this.members) {
      this.members.delete(member);
      member.cancel(this.#signal.reason);
    }
    watches.delete(this.#signal);
  }
}

const watches = new WeakMap<AbortSignal, SignalWatch>();

/** `signal` must not have been aborted yet. */
export function watchAbort(signal: AbortSignal, member: Cancellable): void {
  let watch = watches.get(signal);
  if (watch === undefined) {
    watch = new SignalWatch(signal);
    watches.set(signal, watch);
    signal.addEventListener("abort", watch, { once: true });
  }
  watch.members.add(member);
}

/** Harmless for one that has left already. */
export function unwatchAbort(signal: AbortSignal, member: Cancellable): void {
  const watch = watches.get(signal);
  if (watch === undefined || !watch.members.delete(member) || watch.members.size > 0) return;
  watches.delete(signal);
  signal.removeEventListener("abort", watch);
}
