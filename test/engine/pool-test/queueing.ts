/** Oracles of the truth tests, written apart from the program's own theory. */

/** Mean wait in M/M/c by the Erlang B recursion, in the unit of `service`. */
export function erlangWait(rate: number, service: number, servers: number): number {
  const offered = rate * service;
  let blocking = 1;
  for (let n = 1; n <= servers; n++) blocking = (offered * blocking) / (n + offered * blocking);
  const delayed = blocking / (1 - (offered / servers) * (1 - blocking));
  return (delayed * service) / (servers - offered);
}

/** Mean wait in M/G/1 (Pollaczek–Khinchine); `variation` is the squared coefficient of variation of the service. */
export function pollaczekKhinchine(rate: number, service: number, variation: number): number {
  const load = rate * service;
  return ((1 + variation) / 2) * (load / (1 - load)) * service;
}

/**
 * Mean wait of exactly these arrivals and these services in the order of coming (Kiefer–Wolfowitz): what any
 * first-come first-served station must show, to the last bit, whatever the draw was.
 */
export function pathWait(
  arrivals: Iterable<number>,
  serviceUs: () => number,
  servers: number,
  fromUs: number,
  untilUs = Number.POSITIVE_INFINITY,
): { readonly mean: number; readonly count: number; readonly finished: number } {
  const freeAt = new Array<number>(servers).fill(0);
  let sum = 0;
  let count = 0;
  let finished = 0;
  for (const at of arrivals) {
    let first = 0;
    for (let n = 1; n < servers; n++) if (freeAt[n]! < freeAt[first]!) first = n;
    const begin = Math.max(at, freeAt[first]!);
    const end = begin + serviceUs();
    freeAt[first] = end;
    if (end >= fromUs && end < untilUs) finished++;
    if (at < fromUs) continue;
    sum += begin - at;
    count++;
  }
  return { mean: sum / count, count, finished };
}
