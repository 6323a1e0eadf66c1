// What this machine can do at 1,000 ticks a second: sleeps until each tick and notes when it truly woke up.
//   node metronome.js MS   beats for so long, then tells {wokeUs} by IPC: µs after the first tick, tick by tick
const TICK_US = 1000;
const ticks = Number(process.argv[2]);
const word = new Int32Array(new SharedArrayBuffer(4));
const wokeUs = [];
const startMs = performance.now() + 5;
for (let tick = 0; tick < ticks; tick++) {
  const dueMs = startMs + (tick * TICK_US) / 1000;
  for (let gapMs = dueMs - performance.now(); gapMs > 0; gapMs = dueMs - performance.now())
    Atomics.wait(word, 0, 0, gapMs);
  wokeUs.push(Math.round((performance.now() - startMs) * 1000));
}
process.send({ wokeUs }, () => process.disconnect());
