// serve's echoes against others of one kind: WebSocket against the ws package's server, UDP against a plain dgram
// echo, the raw sink against a bare socket reader. Servers on core 0, one client for both on core 1, in turn.
import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { background, median, number, pinned } from "./rig.js";

const SELF = fileURLToPath(import.meta.url);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const CONNECTIONS = 10;
const DEPTH = 16;

/** A client's text frame of 64 bytes; a mask of zeros leaves them as they are. */
const FRAME = Buffer.concat([Buffer.from([0x81, 0x80 | 64, 0, 0, 0, 0]), Buffer.alloc(64, "x")]);
const ANSWER_BYTES = 66;
const OPENING =
  "GET / HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** Loops that drive a port until `running()` is false; each tells how much it counted. */
const CLIENTS = {
  async websocket(port, running) {
    let count = 0;
    const batch = Buffer.concat(Array.from({ length: DEPTH }, () => FRAME));
    const one = () =>
      new Promise((done) => {
        const socket = connect({ port, host: "127.0.0.1", noDelay: true });
        let opened = false;
        let waiting = 0;
        socket.write(OPENING);
        socket.on("data", (chunk) => {
          if (!opened) {
            opened = true;
            socket.write(batch);
            return;
          }
          waiting += chunk.length;
          const answers = Math.floor(waiting / ANSWER_BYTES);
          waiting -= answers * ANSWER_BYTES;
          count += answers;
          if (!running()) {
            socket.destroy();
            done();
          } else if (answers > 0) {
            socket.write(answers === DEPTH ? batch : batch.subarray(0, answers * FRAME.length));
          }
        });
      });
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
    return count;
  },
  async udp(port, running) {
    let count = 0;
    const socket = createSocket("udp4");
    const bytes = Buffer.alloc(64, "x");
    await new Promise((done) => {
      socket.connect(port, "127.0.0.1", () => {
        for (let at = 0; at < 64; at++) socket.send(bytes);
      });
      socket.on("message", () => {
        count++;
        if (running()) socket.send(bytes);
        else done();
      });
    });
    socket.close();
    return count;
  },
  async sink(port, running) {
    let count = 0;
    const bytes = Buffer.alloc(256 * 1024);
    await new Promise((done) => {
      const socket = connect({ port, host: "127.0.0.1" });
      const push = () => {
        count += bytes.length;
        if (running()) socket.write(bytes, push);
        else socket.destroy();
      };
      socket.on("close", done);
      push();
    });
    return count;
  },
};

const say = (port) => console.log(`listening ${port}`);

/** What runs in a process of its own: `node serve-echo.bench.js --role netkit ws://127.0.0.1:0`. */
const ROLES = {
  async netkit(url) {
    const { startServer } = await import("../../dist/engine/serve/server.js");
    const { servePlan } = await import("../../dist/engine/serve/plan.js");
    const { parseEndpoint } = await import("../../dist/core/endpoint.js");
    const server = await startServer(servePlan([{ endpoint: parseEndpoint(url, "serve") }]));
    say(server.listeners[0].port);
  },
  async websocket() {
    const { WebSocketServer } = await import("ws");
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" }, () => say(server.address().port));
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.on("message", (data, binary) => socket.send(data, { binary }));
    });
  },
  udp() {
    const socket = createSocket("udp4");
    socket.on("message", (bytes, { port, address }) => socket.send(bytes, port, address));
    socket.bind(0, "127.0.0.1", () => say(socket.address().port));
  },
  sink() {
    const server = createServer((socket) => socket.on("error", () => {}).resume());
    server.listen(0, "127.0.0.1", () => say(server.address().port));
  },
  async client(kind, port) {
    const began = performance.now();
    const count = await CLIENTS[kind](Number(port), () => performance.now() - began < SECONDS * 1000);
    console.log(`rate ${(count * 1000) / (performance.now() - began)}`);
    process.exit(0);
  },
};

async function measure(kind, ...role) {
  const server = await background(0, process.execPath, [SELF, "--role", ...role], "\n");
  const port = /listening (\d+)/.exec(server.stdout)[1];
  const { stdout } = await pinned(1, process.execPath, [SELF, "--role", "client", kind, port]);
  await server.stop();
  return Number(/rate (\S+)/.exec(stdout)[1]);
}

const COMPARED = [
  ["websocket", "ws://127.0.0.1:0", "64-byte echoes/s, depth 16, against ws"],
  ["udp", "udp://127.0.0.1:0", "64-byte echoes/s, depth 64, against dgram"],
  ["sink", "tcp://127.0.0.1:0/sink", "bytes/s, against a bare reader"],
];

if (process.argv[2] === "--role") {
  await ROLES[process.argv[3]](...process.argv.slice(4));
} else {
  for (const [kind, url, what] of COMPARED) {
    const ours = [];
    const theirs = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await measure(kind, "netkit", url));
      theirs.push(await measure(kind, kind));
    }
    const [mine, other] = [median(ours), median(theirs)];
    console.log(`${kind}: ${number(mine)} to ${number(other)}, ratio ${(mine / other).toFixed(2)} (${what})`);
  }
}
