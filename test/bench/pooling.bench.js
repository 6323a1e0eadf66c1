/**
 * Checkout and return of an idle resource: netkit's pool against tarn and generic-pool, in one process.
 *
 * The sides alternate over several rounds, so that a slow moment of the machine hits all of them; the median
 * of each counts. Every side awaits its checkout, as an application does. Needs `npm run build` first.
 *
 *     node test/bench/pooling.bench.js
 */
import genericPool from "generic-pool";
import tarn from "tarn";

const BUILD = process.env.NETKIT_BENCH_BUILD ?? new URL("../../dist/", import.meta.url).href;
const { Pool } = await import(`${BUILD}core/pooling/pool.js`);

const ROUNDS = 9;
const OPERATIONS = 500_000;
const MAX = 8;
const factory = { create: () => ({}), destroy() {} };

const ours = new Pool(factory, { max: MAX });
const tracked = new Pool(factory, { max: MAX, leaks: { thresholdMs: 10_000 } });
const tarnPool = new tarn.Pool({ create: () => ({}), destroy() {}, min: 0, max: MAX });
const generic = genericPool.createPool({ create: async () => ({}), async destroy() {} }, { max: MAX });

async function leases(pool, operations) {
  for (let done = 0; done < operations; done++) {
    const lease = await pool.lease();
    if (lease.resource === undefined) throw new Error("a lease without a resource");
    lease.release();
  }
}

/** One round of each side; `run` does the given number of checkouts and returns. */
const sides = [
  { name: "netkit lease()", run: (operations) => leases(ours, operations) },
  { name: "netkit lease(), leak tracking", run: (operations) => leases(tracked, operations) },
  {
    name: "netkit tryLease()",
    run: async (operations) => {
      for (let done = 0; done < operations; done++) ours.tryLease().release();
    },
  },
  {
    name: "tarn",
    run: async (operations) => {
      for (let done = 0; done < operations; done++) {
        const resource = await tarnPool.acquire().promise;
        tarnPool.release(resource);
      }
    },
  },
  {
    name: "generic-pool",
    run: async (operations) => {
      for (let done = 0; done < operations; done++) {
        const resource = await generic.acquire();
        generic.release(resource);
      }
    },
  },
];

function median(values) {
  return values.toSorted((left, right) => left - right)[values.length >> 1];
}

async function perSecond(side) {
  const beganMs = performance.now();
  await side.run(OPERATIONS);
  return (OPERATIONS / (performance.now() - beganMs)) * 1000;
}

const rates = new Map(sides.map((side) => [side.name, []]));
for (const side of sides) await perSecond(side);
for (let round = 0; round < ROUNDS; round++) {
  for (const side of sides) {
    rates.get(side.name).push(await perSecond(side));
    // Lets sweeps and the other pool's upkeep run between the rounds, outside of what is measured.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waiters in the queue at once: the time of one must not depend on how many there are. */
async function contendedNs(waiters) {
  const pool = new Pool(factory, { max: 1 });
  const first = await pool.lease();
  const signal = new AbortController().signal;
  const beganMs = performance.now();
  const all = Array.from({ length: waiters }, () => pool.lease(signal).then((lease) => lease.release()));
  first.release();
  await Promise.all(all);
  const elapsedMs = performance.now() - beganMs;
  await pool.close();
  return (elapsedMs * 1e6) / waiters;
}

const base = median(rates.get("netkit lease()"));
console.log(`checkout and return, uncontended, median of ${ROUNDS} rounds`);
for (const [name, values] of rates) {
  const rate = median(values);
  const millions = (rate / 1e6).toFixed(2).padStart(7);
  console.log(`  ${name.padEnd(30)}${millions} M/s   lease() is ${(base / rate).toFixed(2)} x`);
}
await contendedNs(1000);
console.log("one slot, waiters queued at once on one signal, per lease");
for (const waiters of [1000, 10_000, 100_000]) {
  console.log(
    `  ${String(waiters).padStart(7)} waiters ${(await contendedNs(waiters)).toFixed(0).padStart(6)} ns`,
  );
}

await Promise.all([
  ours.close(),
  tracked.close(),
  tarnPool.destroy(),
  generic.drain().then(() => generic.clear()),
]);
