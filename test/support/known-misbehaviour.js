// HTTP/1.1 answers that are failures, or ends: one way each, for every request.
import { createServer } from "node:net";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const LAST = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

/** What is done with the socket for request number `nth` of the server, from 1. */
const WAYS = {
  500: (socket) => socket.write("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno"),
  "close-each": (socket) => socket.end(LAST),
  "close-every-7": (socket, nth) => (nth % 7 === 0 ? socket.end(LAST) : socket.write(OK)),
  garbage: (socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"),
};

export function misbehaving(way, arrived) {
  const answer = WAYS[way];
  if (answer === undefined) throw new Error(`unknown mode ${way}`);
  let served = 0;
  return createServer({ noDelay: true }, (socket) => {
    let waiting = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      waiting += chunk.toString("latin1");
      for (let end = waiting.indexOf("\r\n\r\n"); end !== -1; end = waiting.indexOf("\r\n\r\n")) {
        waiting = waiting.slice(end + 4);
        arrived();
        if (!socket.writableEnded) answer(socket, ++served);
      }
    });
  });
}
