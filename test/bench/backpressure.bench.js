/**
 * What waiting costs: semaphore, channel and rate limiter, free and with many callers in the queue.
 *
 * The figures per operation must not grow with the number of waiters. Needs `npm run build` first.
 *
 *     node test/bench/backpressure.bench.js
 */
const BUILD = process.env.NETKIT_BENCH_BUILD ?? new URL("../../dist/", import.meta.url).href;
const { Semaphore } = await import(`${BUILD}core/backpressure/semaphore.js`);
const { Channel } = await import(`${BUILD}core/backpressure/channel.js`);
const { RateLimiter } = await import(`${BUILD}core/backpressure/rate-limiter.js`);

const ROUNDS = 7;

async function nanoseconds(operations, run) {
  const samples = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const beganMs = performance.now();
    await run(operations);
    // The first round warms up.
    if (round > 0) samples.push(((performance.now() - beganMs) * 1e6) / operations);
  }
  return samples.toSorted((left, right) => left - right)[ROUNDS >> 1];
}

async function report(name, operations, run) {
  const ns = await nanoseconds(operations, run);
  console.log(`${name.padEnd(58)}${ns.toFixed(0).padStart(8)} ns`);
}

await report("semaphore: tryAcquire and release", 1_000_000, (operations) => {
  const semaphore = new Semaphore(4);
  for (let done = 0; done < operations; done++) semaphore.tryAcquire().release();
});
await report("semaphore: await acquire and release, free", 500_000, async (operations) => {
  const semaphore = new Semaphore(4);
  for (let done = 0; done < operations; done++) (await semaphore.acquire()).release();
});
for (const waiters of [1000, 10_000, 100_000]) {
  await report(`semaphore: ${waiters} waiters on one signal, served`, waiters, async (operations) => {
    const semaphore = new Semaphore(1);
    const { signal } = new AbortController();
    const held = await semaphore.acquire();
    const all = Array.from({ length: operations }, () =>
      semaphore.acquire(signal).then((permit) => permit.release()),
    );
    held.release();
    await Promise.all(all);
  });
  await report(`semaphore: ${waiters} waiters on one signal, cancelled`, waiters, async (operations) => {
    const semaphore = new Semaphore(1);
    const controller = new AbortController();
    await semaphore.acquire();
    const all = Array.from({ length: operations }, () => semaphore.acquire(controller.signal));
    controller.abort("left");
    await Promise.allSettled(all);
  });
}
await report("channel: trySend and tryReceive", 1_000_000, (operations) => {
  const channel = new Channel(64);
  for (let done = 0; done < operations; done++) {
    channel.trySend(done);
    channel.tryReceive();
  }
});
await report("channel: a producer and a consumer, capacity 64", 300_000, async (operations) => {
  const channel = new Channel(64);
  const producing = (async () => {
    for (let done = 0; done < operations; done++) await channel.send(done);
    channel.close();
  })();
  let received = 0;
  for await (const _value of channel) received++;
  await producing;
  if (received !== operations) throw new Error(`${received} of ${operations} arrived`);
});
await report("rate limiter: tryTake", 1_000_000, (operations) => {
  const limiter = new RateLimiter({ ratePerSecond: 1e6, burst: 100 });
  for (let done = 0; done < operations; done++) limiter.tryTake();
});

const RATE = 50_000;
const limiter = new RateLimiter({ ratePerSecond: RATE });
const beganMs = performance.now();
for (let done = 0; done < RATE; done++) await limiter.take();
const achieved = RATE / ((performance.now() - beganMs) / 1000);
console.log(`rate limiter: ${RATE}/s asked, ${achieved.toFixed(1)}/s achieved over a second`);
