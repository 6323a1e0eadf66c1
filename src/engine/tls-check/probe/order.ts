/**
 * Whose order counts, and the order of suites that were found in several chunks.
 */
import type { Preference } from "../facts.ts";
import { chachaLast } from "./offers.ts";

/**
 * The other way round, to be offered. ChaCha20 goes last all the same, since some servers take it from whoever leads
 * with it; unless that would lead with the same suite as before, and so tell nothing.
 */
export function reversedForOrder(forward: readonly number[]): readonly number[] {
  const reversed = [...forward].reverse();
  const careful = chachaLast(reversed);
  return careful[0] === forward[0] ? reversed : careful;
}

/**
 * @param forward what both sides can, in the order the server picked it when it was offered in ours
 * @param reversed the same, as it was offered the other way round
 * @param pick what the server chose of that; undefined when it gave no answer
 */
export function preferenceOf(
  forward: readonly number[],
  reversed: readonly number[],
  pick: number | undefined,
): Preference {
  if (forward.length === 1) return "one-choice";
  if (pick === undefined || forward.length === 0) return "unknown";
  if (pick === forward[0]) return "server";
  return pick === reversed[0] ? "client" : "unknown";
}

/**
 * One list from several, each in the server's order: the server is shown two suites at a time. What belongs
 * behind a whole list costs one connection for all of it, anything else one and a binary search.
 * @param choose offers both; undefined = no answer, and the rest is appended as it stands
 */
export async function mergeByChoice(
  lists: readonly (readonly number[])[],
  choose: (pair: readonly [number, number]) => Promise<number | undefined>,
): Promise<readonly number[]> {
  let merged: readonly number[] = lists[0] ?? [];
  for (const list of lists.slice(1)) merged = await insertAll(merged, list, choose);
  return merged;
}

async function insertAll(
  into: readonly number[],
  list: readonly number[],
  choose: (pair: readonly [number, number]) => Promise<number | undefined>,
): Promise<readonly number[]> {
  const merged = [...into];
  // Nothing of the list belongs in front of what came before it in the list.
  let from = 0;
  for (const [index, code] of list.entries()) {
    let low = from;
    let high = merged.length;
    let at = high - 1;
    while (low < high) {
      const pick = await choose([code, merged[at]!]);
      if (pick === undefined) return [...merged, ...list.slice(index)];
      if (pick === code) high = at;
      else low = at + 1;
      at = Math.floor((low + high) / 2);
    }
    if (low === merged.length) return [...merged, ...list.slice(index)];
    merged.splice(low, 0, code);
    from = low + 1;
  }
  return merged;
}
