/**
 * What a message costs to read: HTTP/1.1 heads that are known, heads that are new, chunked bodies, frames.
 *
 * Bytes come in chunks of 64 KiB, as from a socket, with messages straddling their ends. Needs `npm run build`
 * first.
 *
 *     node test/bench/framing.bench.js
 */
const BUILD = process.env.NETKIT_BENCH_BUILD ?? new URL("../../dist/", import.meta.url).href;
const { HeadMemo } = await import(`${BUILD}core/framing/http1/head-memo.js`);
const { RequestParser } = await import(`${BUILD}core/framing/http1/request-parser.js`);
const { ResponseParser } = await import(`${BUILD}core/framing/http1/response-parser.js`);
const { LengthPrefixedDecoder, encodeFrame } = await import(`${BUILD}core/framing/length-prefixed.js`);

const CHUNK_BYTES = 64 * 1024;
const ROUND_MS = 300;
const ROUNDS = 7;

const REQUEST = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
const RESPONSE =
  "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Mon, 23 Nov 2026 02:30:18 GMT\r\nContent-Type: text/plain\r\n" +
  "Content-Length: 13\r\nConnection: keep-alive\r\n\r\nhello, world\n";

/** Reads all of `bytes` in chunks through one reused buffer; tells how many messages ended in it. */
function reader(parser, endKind) {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  return (bytes) => {
    let ended = 0;
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      parser.feed(buffer, 0, bytes.copy(buffer, 0, at, Math.min(bytes.length, at + CHUNK_BYTES)));
      for (;;) {
        const { kind } = parser.next();
        if (kind === endKind) ended++;
        else if (kind === "need-more") break;
        else if (kind === "violation") throw new Error(JSON.stringify(parser.next()));
      }
    }
    return ended;
  };
}

function report(name, messages, expected, read) {
  const rates = [];
  for (let round = 0; round <= ROUNDS; round++) {
    let ended = 0;
    const beganMs = performance.now();
    let tookMs = 0;
    while (tookMs < ROUND_MS) {
      const count = read(messages);
      if (count !== expected) throw new Error(`${name}: ${count} of ${expected} messages`);
      ended += count;
      tookMs = performance.now() - beganMs;
    }
    // The first round warms up.
    if (round > 0) rates.push(ended / (tookMs / 1000));
  }
  const median = rates.toSorted((left, right) => left - right)[ROUNDS >> 1];
  const ns = (1e9 / median).toFixed(0);
  console.log(
    `${name.padEnd(52)}${(median / 1e6).toFixed(2).padStart(8)} million/s ${ns.padStart(6)} ns each`,
  );
}

const times = (count, make) =>
  Buffer.from(Array.from({ length: count }, (_, i) => make(i)).join(""), "latin1");
const COUNT = 20_000;
const unique = (text) => (i) => text.replace("\r\n", `\r\nX-Request-Id: ${1e9 + i}\r\n`);
const chunked = (size) =>
  times(Math.ceil(2e6 / size), () => `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`).toString("latin1");

report(
  "requests, identical (memo)",
  times(COUNT, () => REQUEST),
  COUNT,
  reader(new RequestParser({ memo: new HeadMemo() }), "end"),
);
report(
  "responses, identical (memo)",
  times(COUNT, () => RESPONSE),
  COUNT,
  reader(new ResponseParser({ memo: new HeadMemo() }), "end"),
);
report(
  "responses, two kinds in turn (memo)",
  times(COUNT, (i) => (i % 2 === 0 ? RESPONSE : RESPONSE.replace("text/plain", "text/xhtml"))),
  COUNT,
  reader(new ResponseParser({ memo: new HeadMemo() }), "end"),
);
report(
  "requests, each with a head of its own (memo missed)",
  times(COUNT, unique(REQUEST)),
  COUNT,
  reader(new RequestParser({ memo: new HeadMemo() }), "end"),
);
report(
  "responses, each with a head of its own (memo missed)",
  times(COUNT, unique(RESPONSE)),
  COUNT,
  reader(new ResponseParser({ memo: new HeadMemo() }), "end"),
);
for (const size of [64, 4096]) {
  const body = chunked(size);
  const head = RESPONSE.slice(0, RESPONSE.indexOf("Content-Length"));
  const message = `${head}Transfer-Encoding: chunked\r\n\r\n${body}0\r\n\r\n`;
  const chunks = Math.ceil(2e6 / size);
  const read = reader(new ResponseParser({ memo: new HeadMemo() }), "end");
  report(`chunks of ${size} bytes`, Buffer.from(message, "latin1"), chunks, (bytes) => read(bytes) * chunks);
}
for (const size of [64, 1024]) {
  const frames = Buffer.concat(Array.from({ length: COUNT }, () => encodeFrame(Buffer.alloc(size))));
  report(`frames of ${size} bytes, whole`, frames, COUNT, reader(new LengthPrefixedDecoder(), "frame"));
}

/** Heap of things that are made and kept, each in bytes. */
function heapEach(make) {
  const kept = new Array(20_000);
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < kept.length; i++) kept[i] = make();
  globalThis.gc();
  return ((process.memoryUsage().heapUsed - before) / kept.length).toFixed(0);
}
if (globalThis.gc !== undefined) {
  const memo = new HeadMemo();
  const idle = () => {
    const parser = new RequestParser({ memo });
    parser.feed(Buffer.from(REQUEST), 0, REQUEST.length);
    while (parser.next().kind !== "need-more");
    return parser;
  };
  console.log(`idle request parser, after a request: ${heapEach(idle)} bytes of heap`);
  console.log(`idle frame decoder: ${heapEach(() => new LengthPrefixedDecoder())} bytes of heap`);
} else {
  console.log("memory of an idle parser: run with --expose-gc");
}
