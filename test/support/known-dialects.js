// What a known server speaks, by peers that are not netkit's: each dialect calls back once a request is complete, with a
// function that answers it.
import { createSocket } from "node:dgram";
import { createServer as createHttp } from "node:http";
import { createServer as createHttp2, createSecureServer as createHttp2s } from "node:http2";
import { createServer as createHttps } from "node:https";
import { createServer } from "node:net";
import { createServer as createTls } from "node:tls";
import { WebSocketServer } from "ws";

/** What flood sends when nobody says otherwise. */
const MESSAGE_BYTES = 64;
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** @typedef {{ cert: string, key: string }} Credentials */
/** @typedef {(answer: () => void) => void} OnRequest */
/** @typedef {(onRequest: OnRequest, credentials: Credentials) => import("node:events").EventEmitter} Dialect */

/** Bytes in pieces: `next` gives what the first request takes, or -1 for more. */
function requests(onRequest, next, answer) {
  return (socket) => {
    let waiting = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
      for (let taken = next(waiting); taken !== -1; taken = next(waiting)) {
        const request = waiting.subarray(0, taken);
        waiting = waiting.subarray(taken);
        onRequest(() => {
          if (!socket.writableEnded) socket.write(answer(request));
        });
      }
    });
  };
}

function plain(listener) {
  return createServer({ noDelay: true }, listener);
}

function secure(listener, credentials) {
  return createTls({ ...credentials, noDelay: true, ALPNProtocols: ["http/1.1"] }, listener).on(
    "tlsClientError",
    () => {},
  );
}

const echo = (request) => request;
const headEnd = (bytes) => {
  const end = bytes.indexOf("\r\n\r\n");
  return end === -1 ? -1 : end + 4;
};
const block = (bytes) => (bytes.length < MESSAGE_BYTES ? -1 : MESSAGE_BYTES);
const frame = (bytes) => {
  if (bytes.length < 4) return -1;
  const end = 4 + bytes.readUInt32BE(0);
  return bytes.length < end ? -1 : end;
};

function streams(server, onRequest) {
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.resume();
    stream.on("end", () =>
      onRequest(() => {
        if (stream.destroyed) return;
        stream.respond({ ":status": 200 });
        stream.end("ok");
      }),
    );
  });
  return server;
}

function messages(server, onRequest) {
  new WebSocketServer({ server }).on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => onRequest(() => socket.send(data, { binary: isBinary })));
  });
  return server;
}

/** @type {Record<string, Dialect>} */
export const DIALECTS = {
  http: (onRequest) => plain(requests(onRequest, headEnd, () => OK)),
  https: (onRequest, credentials) =>
    secure(
      requests(onRequest, headEnd, () => OK),
      credentials,
    ),
  h2c: (onRequest) => streams(createHttp2(), onRequest),
  h2: (onRequest, credentials) => streams(createHttp2s(credentials), onRequest),
  ws: (onRequest) => messages(createHttp(), onRequest),
  wss: (onRequest, credentials) => messages(createHttps(credentials), onRequest),
  framed: (onRequest) => plain(requests(onRequest, frame, echo)),
  "framed+tls": (onRequest, credentials) => secure(requests(onRequest, frame, echo), credentials),
  tcp: (onRequest) => plain(requests(onRequest, block, echo)),
  tls: (onRequest, credentials) => secure(requests(onRequest, block, echo), credentials),
  udp: (onRequest) => {
    const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
    socket.on("message", (data, { port, address }) => onRequest(() => socket.send(data, port, address)));
    // As the servers of net have it.
    return Object.assign(socket, {
      listen: (port, host, _backlog, listening) => socket.bind(port, host, listening),
    });
  },
  /** A connection is the request, its handshake the answer. */
  handshake: (onRequest, credentials) => {
    const handshakes = secure((socket) => socket.on("error", () => {}), credentials);
    return plain((socket) => {
      socket.on("error", () => {});
      onRequest(() => handshakes.emit("connection", socket));
    });
  },
};
