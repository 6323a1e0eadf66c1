/** What to send: the target of request j. Requests of a thread take the targets in turn. */

export interface Source {
  /** Number in `plan.targets` of request j of this thread. */
  target(j: number): number;
}

/** @param first target of request 0, so that the threads do not all begin with the same */
export function createSource(targets: number, first: number): Source {
  return { target: (j) => (first + j) % targets };
}
