/**
 * "Did you mean": the known word nearest to what was typed, or nothing when none is near.
 *
 * Distance is Damerau-Levenshtein in its optimal-string-alignment form: insert, delete, replace, and the swap
 * of two neighbours, which is the commonest slip of all, each cost 1.
 */

/** A third of the letters may be wrong; a word of one or two letters has to be off by one only. */
function tolerance(word: string): number {
  return Math.max(1, Math.floor(word.length / 3));
}

export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(row[j - 1]! + 1, last[j]! + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforeLast[j - 2]! + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

export function closest(word: string, known: Iterable<string>): string | undefined {
  return nearest(word, known)[0];
}

/** All that are equally near, and nearer than every other, in the order they are known. */
function nearest(word: string, known: Iterable<string>): readonly string[] {
  const typed = word.toLowerCase();
  let near: string[] = [];
  let least = tolerance(typed);
  for (const candidate of known) {
    // A beginning of three letters or more is a good guess however much is missing.
    const distance =
      typed.length >= 3 && candidate.startsWith(typed) ? 1 : editDistance(typed, candidate.toLowerCase());
    if (distance < least) near = [];
    if (distance <= least) near.push(candidate);
    least = Math.min(least, distance);
  }
  return near;
}

/** `did you mean --connections?`, or the fallback when nothing is near. */
export function didYouMean(
  word: string,
  known: Iterable<string>,
  show: (name: string) => string,
  fallback: string,
): string {
  const name = closest(word, known);
  return name === undefined ? fallback : `did you mean ${show(name)}?`;
}

/** `did you mean p90, p95 or p99?`: where several are equally near three of them, and nothing when none is. */
export function didYouMeanOneOf(word: string, known: Iterable<string>): string | undefined {
  const names = nearest(word, known).slice(0, 3);
  const last = names.pop();
  if (last === undefined) return undefined;
  return `did you mean ${names.length === 0 ? "" : `${names.join(", ")} or `}${last}?`;
}
