// A server whose true behaviour is known, in a process of its own: raw sockets, one mode each.
//   node known-server.js MODE   tells {port} by IPC; asked "started" it tells {started} once a request has come,
//                               "arrivals" {arrivals} (µs, hrtime clock), "waitsUs" {waitsUs}, how long answers waited
import { createServer } from "node:net";

const [mode] = process.argv.slice(2);
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const FAIL = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno";
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

function answer(socket) {
  switch (mode) {
    case "fast":
      socket.write(OK);
      break;
    case "50ms":
      after(50, () => socket.write(OK));
      break;
    case "mixed":
      // Every tenth answer takes 200 ms, the others 20 ms.
      after(served++ % 10 === 9 ? 200 : 20, () => socket.write(OK));
      break;
    case "frozen": {
      // Stands still from second 2 to second 4 after its first request.
      const now = performance.now();
      if (firstMs === 0) firstMs = now;
      if (now - firstMs >= 2000 && frozenUntilMs === 0) frozenUntilMs = firstMs + 4000;
      if (now < frozenUntilMs) after(frozenUntilMs - now, () => socket.write(OK));
      else socket.write(OK);
      break;
    }
    case "silent":
      break;
    case "500":
      socket.write(FAIL);
      break;
    case "close-each":
      socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
      break;
    case "close-every-7":
      if (++served % 7 === 0)
        socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
      else socket.write(OK);
      break;
    case "garbage":
      socket.write("SSH-2.0-OpenSSH_9.2\r\n");
      break;
    default:
      throw new Error(`unknown mode ${mode}`);
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  let waiting = "";
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    waiting += chunk.toString("latin1");
    for (let end = waiting.indexOf("\r\n\r\n"); end !== -1; end = waiting.indexOf("\r\n\r\n")) {
      waiting = waiting.slice(end + 4);
      if (arrivals.length === 0 && startedAsked) process.send({ started: true });
      arrivals.push(Number(process.hrtime.bigint()) / 1000);
      if (!socket.writableEnded) answer(socket);
    }
  });
});
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
