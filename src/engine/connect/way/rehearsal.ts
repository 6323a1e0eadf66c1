/**
 * Goes the whole way a few times before the one that counts: loading and compiling cost a first path some 10 ms, which
 * are the program's and not the network's.
 *
 * Against servers of its own on loopback, which answer HTTP; under TLS by a pre-shared key, so that no certificate
 * has to be made. Where the path may come to HTTP/2, that is spoken too, without TLS: its library alone costs 2 ms.
 * Nothing leaves this machine, and nothing is kept.
 */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer as createHttp2 } from "node:http2";
import { createServer as createPlain, type Server, type Socket } from "node:net";
import { createServer as createTls } from "node:tls";
import { parseEndpoint } from "../../../core/endpoint.ts";
import type { ConnectPlan } from "../plan.ts";
import { probeFor } from "../probes/catalog.ts";
import { http2 } from "../probes/http2.ts";

const ROUNDS = 3;
const TIMEOUT_MS = 300;
const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok";
const KEY = Buffer.from("rehearsal");
const PSK = { ciphers: "PSK-AES128-GCM-SHA256", maxVersion: "TLSv1.2" } as const;

type RehearsedScheme = "http" | "https" | "h2c";

/**
 * @param run carries out a plan, once
 * @returns when it is warm; never rejects: what cannot be rehearsed is slower the first time
 */
export async function rehearse(plan: ConnectPlan, run: (plan: ConnectPlan) => Promise<void>): Promise<void> {
  const { tls } = plan.endpoint;
  const server: Server = tls
    ? createTls({ ...PSK, pskCallback: () => KEY }, answer)
    : createPlain((socket) => answer(socket));
  await rehearseAt(server, tls ? "https" : "http", plan, run);
  if (probeFor(plan.endpoint, plan, tls ? "h2" : undefined) !== http2) return;
  await rehearseAt(
    createHttp2((_, response) => response.end("ok")),
    "h2c",
    plan,
    run,
  );
}

async function rehearseAt(
  server: Server,
  scheme: RehearsedScheme,
  plan: ConnectPlan,
  run: (plan: ConnectPlan) => Promise<void>,
): Promise<void> {
  server.on("error", () => undefined).on("tlsClientError", () => undefined);
  try {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as { port: number };
    const rehearsed = planFor(plan, scheme, port);
    for (let round = 0; round < ROUNDS; round++) await run(rehearsed);
  } catch {
    // No loopback, no descriptor: the path itself will tell.
  } finally {
    server.close();
  }
}

function answer(socket: Socket): void {
  socket.on("error", () => undefined);
  socket.on("data", () => socket.write(ANSWER)).on("end", () => socket.end());
}

function planFor(plan: ConnectPlan, scheme: RehearsedScheme, port: number): ConnectPlan {
  const endpoint = parseEndpoint(`${scheme}://127.0.0.1:${port}/`, "connect");
  const psk = { ...PSK, pskCallback: () => ({ psk: KEY, identity: "netkit" }) };
  const ms = TIMEOUT_MS;
  return {
    endpoint,
    resolver: { kind: "system" },
    overrides: [],
    family: undefined,
    localAddress: undefined,
    unixSocket: undefined,
    proxy: undefined,
    tls: endpoint.tls ? { insecure: true, alpn: ["http/1.1"], ...psk } : {},
    http: undefined,
    request: { method: "GET", headers: [], body: undefined },
    timeouts: { resolveMs: ms, connectMs: ms, proxyMs: ms, secureMs: ms, answerMs: ms },
    attemptDelayMs: plan.attemptDelayMs,
    slowMs: plan.slowMs,
    mode: { kind: "once" },
  };
}
