// Connections of flood's driver that end in every way there is, against netkit's own server and a peer that follows
// a script. Shared by the quick ownership test and the long one under test/long.
import { once } from "node:events";
import { type AddressInfo, createServer as createPlain, type Server, type Socket } from "node:net";
import { createServer as createSecure } from "node:tls";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";
import { Connector } from "../../../src/engine/flood/connector.ts";
import { createProtocol } from "../../../src/engine/flood/drivers/catalog.ts";
import type { DriverEvents } from "../../../src/engine/flood/drivers/driver.ts";
import { SocketDriver } from "../../../src/engine/flood/drivers/socket-driver.ts";
import type { RunningServer } from "../../../src/engine/serve/running.ts";
import { serve } from "../serve/local-server.ts";
import { makePlan } from "./plan.ts";

export type Scheme = "http" | "https";

interface Ending {
  /** What `serve` is asked for; or what a scripted peer says to any request, and whether it goes then. */
  readonly peer: { readonly asked: string } | { readonly says: string; readonly goes: boolean } | "nobody";
  /** When this side leaves, as the generator does at the end of a run or at a time-out. */
  readonly leave?: "opening" | "expired" | "waiting" | "in a body" | "answered";
  /** `200` answered; `finished` as the peer announced; `left` by this side; else the kind of failure. */
  readonly outcome: string;
}

const OK = "HTTP/1.1 200 OK\r\n";

const ENDINGS = {
  "answered, then left": { peer: { asked: "/" }, leave: "answered", outcome: "200" },
  "left while opening": { peer: { asked: "/" }, leave: "opening", outcome: "left" },
  "not open in time": { peer: { asked: "/" }, leave: "expired", outcome: "left" },
  "no answer in time": { peer: { asked: "/hang" }, leave: "waiting", outcome: "left" },
  "left in the middle of an answer": {
    peer: { asked: "/bytes/300000" },
    leave: "in a body",
    outcome: "left",
  },
  "closed without an answer": { peer: { asked: "/close" }, outcome: "closed" },
  "reset without an answer": { peer: { asked: "/reset" }, outcome: "connect-reset" },
  "closed in the middle of an answer": {
    peer: { says: `${OK}Content-Length: 9\r\n\r\nhalf`, goes: true },
    outcome: "closed-mid-answer",
  },
  "answered up to the end": { peer: { says: `${OK}\r\nall there is`, goes: true }, outcome: "finished" },
  "the last answer, and the end": {
    peer: { says: `${OK}Connection: close\r\nContent-Length: 0\r\n\r\n`, goes: true },
    outcome: "finished",
  },
  "the last answer, and no end": {
    peer: { says: `${OK}Connection: close\r\nContent-Length: 0\r\n\r\n`, goes: false },
    outcome: "finished",
  },
  "another protocol": { peer: { says: "SSH-2.0-OpenSSH_9.2\r\n", goes: false }, outcome: "protocol" },
  refused: { peer: "nobody", outcome: "connect-refused" },
} as const satisfies Readonly<Record<string, Ending>>;
export type EndingName = keyof typeof ENDINGS;

export const NAMES = Object.keys(ENDINGS) as EndingName[];
export const OUTCOMES = Object.fromEntries(NAMES.map((name) => [name, ENDINGS[name].outcome]));

/** The driver waits this long for a peer that announced the end and does not close; see its LINGER_MS. */
export const LINGER_MS = 1_000;

export interface DriverPeers extends AsyncDisposable {
  readonly served: RunningServer;
  run(ending: EndingName): Promise<string>;
}

export async function driverPeers(scheme: Scheme): Promise<DriverPeers> {
  const served = await serve(scheme);
  const scripted = await scriptedPeer(scheme);
  const connectorTo = (port: number) => {
    const target = { ...makePlan().targets[0], scheme, tls: scheme === "https", port };
    const tls = { ...makePlan().tls, verify: false };
    const way = { ...makePlan().way, port };
    return new Connector(makePlan({ targets: [target], way, tls }), ["127.0.0.1"]);
  };
  const toServed = connectorTo(served.listeners[0]!.port);
  const toScript = connectorTo((scripted.address() as AddressInfo).port);
  const toNobody = connectorTo(1);
  return {
    served,
    run(name) {
      const { peer }: Ending = ENDINGS[name];
      if (peer === "nobody") return runEnding(name, toNobody);
      return runEnding(name, "asked" in peer ? toServed : toScript);
    },
    async [Symbol.asyncDispose]() {
      const closed = once(scripted, "close");
      scripted.close();
      await Promise.all([closed, served.close()]);
    },
  };
}

/** Says and does what the ending whose number is in the path tells. */
async function scriptedPeer(scheme: Scheme): Promise<Server> {
  const answer = (socket: Socket): void => {
    socket.on("error", () => {});
    socket.once("data", (bytes: Buffer) => {
      const { peer }: Ending = ENDINGS[NAMES[Number(/^GET \/(\d+) /.exec(bytes.toString())![1])]!];
      if (typeof peer === "string" || !("says" in peer)) throw new Error("no script");
      if (peer.goes) socket.end(peer.says);
      else socket.write(peer.says);
    });
  };
  const server =
    scheme === "http" ? createPlain(answer) : createSecure(await generateSelfSigned(["localhost"]), answer);
  server.listen(0, "127.0.0.1", 4096);
  await once(server, "listening");
  return server;
}

/** One connection from its opening to its end; resolves with how it came out. */
function runEnding(name: EndingName, connector: Connector): Promise<string> {
  const { peer, leave }: Ending = ENDINGS[name];
  const path = typeof peer === "object" && "asked" in peer ? peer.asked : `/${NAMES.indexOf(name)}`;
  return new Promise((resolve) => {
    const left = (outcome = "left"): void => {
      driver.close();
      resolve(outcome);
    };
    const events: DriverEvents = {
      opened: () => {
        driver.send(0, 0);
        driver.flush();
        if (leave === "waiting") setTimeout(left, 5);
      },
      sent: () => {},
      received: () => {
        if (leave === "in a body") left();
      },
      room: () => {},
      failed: () => {},
      answered: (_slot, _seat, status) => {
        if (leave === "answered") left(String(status));
      },
      settled: () => {},
      lost: (_slot, _now, loss) => resolve(loss.kind === "finished" ? "finished" : loss.failure.kind),
    };
    const plan = makePlan();
    const protocol = createProtocol({ ...plan, targets: [{ ...plan.targets[0], path }] });
    const driver = new SocketDriver(0, events, connector, "a", protocol);
    driver.open();
    if (leave === "opening") setImmediate(left);
    if (leave === "expired") {
      driver.expire(1);
      resolve("left");
    }
  });
}
