/**
 * "Offer all, remove the chosen one", along several dimensions with the same hellos: while the suites are
 * told one by one, the same answers tell groups, signature schemes and ALPN names.
 *
 * N accepted suites cost N + 1 hellos, and each other dimension, when the suites outnumber it, only the one
 * that shows it exhausted:
 *
 *     suites  groups  schemes   answer
 *     A B C   x y     s t       A, x, s          first picks: all three are noted
 *     B C     y       t         B, y, t
 *     C       (full)  (full)    C                groups are through (found all that were offered), …
 *
 * A server that has run out of groups answers as if it had run out of suites that need one. So an answer
 * that might come from what was left out is asked again with one dimension in full: if that brings the
 * expected kind of answer back, that dimension is exhausted; if none does, the answer meant the suites.
 */
import type { Dimension } from "./dimension.ts";

export type Step =
  /** A dimension that is absent was not told by this answer. */
  | { readonly kind: "picked"; readonly values: ReadonlyMap<Dimension, number> }
  /** `blame`: the server said itself which dimension it was. */
  | { readonly kind: "refused"; readonly how: string; readonly blame?: Dimension | undefined }
  | { readonly kind: "unclear"; readonly why: string };

/** One hello; `offer` says what goes into it. */
export type Ask = (offer: (dimension: Dimension) => readonly number[]) => Promise<Step>;

/**
 * Runs the primary dimension to its end, the others as far as they come with it. Afterwards the primary is
 * complete or cut, and each of the others complete, open or paused.
 */
export async function enumerate(primary: Dimension, others: readonly Dimension[], ask: Ask): Promise<void> {
  while (primary.open) {
    const reduced = others.filter((other) => other.reduced);
    const step = await ask((dimension) => dimension.offered);
    if (isPlain(step, reduced)) note(step, primary, others);
    else if (step.kind === "refused" && step.blame !== undefined) blame(step.blame, step.how, primary);
    else if (reduced.length > 0) await clarify(step, primary, others, reduced, ask);
    else if (step.kind === "refused") primary.finish();
    else if (step.kind === "unclear") primary.cut(step.why);
  }
}

/** For what is left of one dimension when the others no longer matter. */
export async function enumerateRest(dimension: Dimension, ask: Ask): Promise<void> {
  dimension.resume();
  await enumerate(dimension, [], ask);
}

type Picked = Extract<Step, { kind: "picked" }>;

/** A pick that nothing left out of the hello can have bent. */
function isPlain(step: Step, reduced: readonly Dimension[]): step is Picked {
  return step.kind === "picked" && reduced.every((other) => other.optional || step.values.has(other));
}

function note(step: Picked, primary: Dimension, others: readonly Dimension[]): void {
  const pick = step.values.get(primary);
  if (pick === undefined && primary.optional) {
    primary.finish();
    return;
  }
  if (pick === undefined || !primary.take(pick)) {
    primary.cut("the server chose something that was not offered");
    return;
  }
  for (const other of others) {
    if (!other.open) continue;
    const value = step.values.get(other);
    if (value !== undefined) {
      // Chosen again although it was left out: what it does has nothing to do with what we offer.
      if (!other.take(value)) other.finish();
    } else if (other.optional) {
      other.finish();
    }
  }
}

/** The server named what it misses; asking again without that restriction costs one hello. */
function blame(dimension: Dimension, how: string, primary: Dimension): void {
  if (dimension.complete) primary.cut(`it was refused again: ${how}`);
  else dimension.finish();
}

async function clarify(
  step: Step,
  primary: Dimension,
  others: readonly Dimension[],
  reduced: readonly Dimension[],
  ask: Ask,
): Promise<void> {
  let last = step;
  if (step.kind !== "unclear") {
    for (const candidate of reduced) {
      last = await ask((dimension) => (dimension === candidate ? dimension.all : dimension.offered));
      if (
        isPlain(
          last,
          reduced.filter((other) => other !== candidate),
        ) &&
        last.values.has(candidate)
      ) {
        candidate.finish();
        note(last, primary, others);
        return;
      }
    }
  }
  for (const other of reduced) other.pause();
  // With one candidate the hello above was this one already.
  if (reduced.length > 1 || step.kind === "unclear") last = await ask((dimension) => dimension.offered);
  if (last.kind === "picked") note(last, primary, others);
  else if (last.kind === "refused") primary.finish();
  else primary.cut(last.why);
}
