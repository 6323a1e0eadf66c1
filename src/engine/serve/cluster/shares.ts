/**
 * How the permits of `maxConnections` are dealt to the workers: each may keep what it has and gets an even part of
 * what is left. Together the shares are never more than `total`, unless the workers hold more already.
 */

/**
 * @param open connections of each worker now
 * @param round whoever gets one more where it does not come out even is another one in each round: with fewer
 * permits than workers, a client that waits at any of them is let in some time
 */
export function dealShares(total: number, open: readonly number[], round: number): number[] {
  const left = Math.max(0, total - open.reduce((sum, count) => sum + count, 0));
  const part = Math.floor(left / open.length);
  const rest = left % open.length;
  return open.map((count, at) => count + part + ((at + round) % open.length < rest ? 1 : 0));
}
