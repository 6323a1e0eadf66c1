/**
 * Goes once through everything that a first resolution would pay for and later ones would not: loading, compiling
 * and first use cost some 5 to 10 ms, which are the program's and not the resolver's.
 *
 * It resolves a name with a socket of its own on loopback; nothing leaves this machine.
 */
import { createSocket, type RemoteInfo } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import type { ResolverPlan } from "../plan.ts";
import { resolve } from "./resolve.ts";

const ADDRESS = "127.0.0.1";
/** The second time is already near what it stays at. */
const ROUNDS = 2;
/** Far more than it takes; it may not hold up anything. */
const TIMEOUT_MS = 200;

/** To be awaited before a path begins. Never rejects: what cannot be warmed up is slower the first time. */
export async function warmUp(resolver: ResolverPlan): Promise<void> {
  try {
    if (resolver.kind === "system") {
      // Answered by the hosts file, or by the system itself (RFC 6761 section 6.3).
      await lookup("localhost", { family: 4, all: true, verbatim: true });
    }
    await resolveLocally();
  } catch {
    // No loopback, no descriptor: the path itself will tell.
  }
}

async function resolveLocally(): Promise<void> {
  const socket = createSocket("udp4");
  try {
    socket.bind(0, ADDRESS);
    await once(socket, "listening");
    socket.on("message", (query: Buffer, { port, address }: RemoteInfo) => {
      socket.send(denial(query), port, address);
    });
    const plan = {
      resolver: { kind: "dns", address: ADDRESS, port: socket.address().port },
      overrides: [],
      family: undefined,
      timeouts: { resolveMs: TIMEOUT_MS },
      tls: {},
    } as const;
    for (let round = 0; round < ROUNDS; round++) await resolve(plan, { host: "warm-up.invalid", port: 53 });
  } finally {
    socket.close();
  }
}

/** The question itself as a response that says NXDOMAIN. */
function denial(query: Buffer): Buffer {
  const answer = Buffer.from(query);
  answer[2] = answer[2]! | 0x80;
  answer[3] = (answer[3]! & 0xf0) | 3;
  return answer;
}
