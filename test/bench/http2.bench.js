/**
 * What HTTP/2 costs in memory: responses per second that a client session handles (HEADERS and a small DATA, ten
 * streams in flight), and requests per second that a server session answers. Needs `npm run build` first.
 *
 *     node test/bench/http2.bench.js
 */
const BUILD = process.env.NETKIT_BENCH_BUILD ?? new URL("../../dist/", import.meta.url).href;
const { FrameSink } = await import(`${BUILD}core/framing/http2/frame-sink.js`);
const { encodeHeaderBlock } = await import(`${BUILD}core/framing/http2/hpack/encoder.js`);
const { CLIENT_LIMITS, SERVER_LIMITS } = await import(`${BUILD}core/framing/http2/limits.js`);
const { Session } = await import(`${BUILD}core/framing/http2/session.js`);

const DEPTH = 10;
const ROUND_MS = 300;
const ROUNDS = 7;
const REQUEST = encodeHeaderBlock([
  ":method",
  "GET",
  ":scheme",
  "https",
  ":path",
  "/",
  ":authority",
  "a.test",
]);
const RESPONSE = encodeHeaderBlock([":status", "200", "content-type", "text/plain", "content-length", "13"]);
const BODY = Buffer.from("hello, world\n");
const nothing = () => {};
const silent = {
  headers: nothing,
  interim: nothing,
  data: nothing,
  trailers: nothing,
  failed: nothing,
  writable: nothing,
  settings: nothing,
  goaway: nothing,
  pong: nothing,
};

let answered = 0;
const client = new Session(
  "client",
  { ...silent, data: (_id, _buffer, _start, _end, last) => last && answered++ },
  new FrameSink(),
  CLIENT_LIMITS,
);
const server = new Session(
  "server",
  {
    ...silent,
    headers(id) {
      server.respond(id, RESPONSE, false);
      server.sendData(id, BODY, 0, BODY.length, true);
    },
  },
  new FrameSink(),
  SERVER_LIMITS,
);

let clientMs = 0;
let serverMs = 0;
/** Ten requests there and their answers back, each side timed. */
function turn() {
  const t0 = performance.now();
  for (let i = 0; i < DEPTH; i++) client.request(REQUEST, true);
  const requests = client.sink.take();
  const t1 = performance.now();
  check(server.receive(requests, 0, requests.length));
  const responses = server.sink.take();
  const t2 = performance.now();
  check(client.receive(responses, 0, responses.length));
  clientMs += t1 - t0 + (performance.now() - t2);
  serverMs += t2 - t1;
}
function check(wrong) {
  if (wrong !== null) throw new Error(JSON.stringify(wrong));
}

const rates = { client: [], server: [] };
for (let round = 0; round <= ROUNDS; round++) {
  answered = 0;
  clientMs = 0;
  serverMs = 0;
  let turns = 0;
  while (clientMs + serverMs < ROUND_MS) {
    turn();
    turns++;
  }
  if (answered !== turns * DEPTH) throw new Error(`${answered} of ${turns * DEPTH} answered`);
  if (round === 0) continue;
  rates.client.push(answered / clientMs / 1000);
  rates.server.push(answered / serverMs / 1000);
}
for (const [name, figures] of Object.entries(rates)) {
  const median = figures.toSorted((left, right) => left - right)[ROUNDS >> 1];
  console.log(`${name.padEnd(10)}${median.toFixed(2).padStart(8)} million/s at depth ${DEPTH}`);
}
