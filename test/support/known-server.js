// A server whose true behaviour is known, in a process of its own: one mode and one dialect each.
//   node known-server.js MODE DIALECT   tells {port} by IPC; asked "started" it tells {started} once a request has come,
//                               "arrivals" {arrivals} (µs, hrtime clock), "waitsUs" {waitsUs}, how long answers waited
import { DIALECTS } from "./known-dialects.js";
import { misbehaving } from "./known-misbehaviour.js";

const [mode, dialect = "http"] = process.argv.slice(2);
const arrivals = [];
const waitsUs = [];
let startedAsked = false;
let served = 0;
let frozenUntilMs = 0;
let firstMs = 0;

/** Calls back `ms` after now by absolute time: timers may fire a little early or late. */
function after(ms, callback) {
  const from = performance.now();
  const look = () => {
    const waited = performance.now() - from;
    if (waited < ms) {
      setImmediate(look);
      return;
    }
    callback();
    waitsUs.push(Math.round(waited * 1000));
  };
  setTimeout(look, Math.max(0, ms - 1));
}

/** When a request is answered, by mode. */
const WHEN = {
  fast: (answer) => answer(),
  "50ms": (answer) => after(50, answer),
  // Every tenth answer takes 200 ms, the others 20 ms.
  mixed: (answer) => after(served++ % 10 === 9 ? 200 : 20, answer),
  /** Stands still from second 2 to second 4 after its first request. */
  frozen: (answer) => {
    const now = performance.now();
    if (firstMs === 0) firstMs = now;
    if (now - firstMs >= 2000 && frozenUntilMs === 0) frozenUntilMs = firstMs + 4000;
    if (now < frozenUntilMs) after(frozenUntilMs - now, answer);
    else answer();
  },
  silent: () => {},
};

function arrived() {
  if (arrivals.length === 0 && startedAsked) process.send({ started: true });
  arrivals.push(Number(process.hrtime.bigint()) / 1000);
}

const when = WHEN[mode];
const onRequest = (answer) => {
  arrived();
  when(answer);
};
const credentials = { cert: process.env.KNOWN_CERT, key: process.env.KNOWN_KEY };
const server = when === undefined ? misbehaving(mode, arrived) : DIALECTS[dialect](onRequest, credentials);
server.listen(0, "127.0.0.1", 4096, () => process.send({ port: server.address().port }));
process.on("message", (message) => {
  if (message === "arrivals") process.send({ arrivals });
  if (message === "waitsUs") process.send({ waitsUs });
  if (message === "started") {
    if (arrivals.length > 0) process.send({ started: true });
    startedAsked = true;
  }
});
process.on("disconnect", () => process.exit(0));
