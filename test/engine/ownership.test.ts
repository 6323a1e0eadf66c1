// The promise of lifecycle/ kept by those that own their sockets themselves: flood's driver and serve's wires.
import { describe, expect, test } from "vitest";
import { HeadMemo } from "../../src/core/framing/http1/head-memo.ts";
import type { ResponseHead } from "../../src/core/framing/http1/types.ts";
import { Connector } from "../../src/engine/flood/connector.ts";
import type { DriverEvents } from "../../src/engine/flood/drivers/driver.ts";
import { Http1Driver } from "../../src/engine/flood/drivers/http1.ts";
import { quietCensus, sharedSignal } from "../core/lifecycle/endings.ts";
import { makePlan } from "./flood/plan.ts";
import { serve } from "./serve/local-server.ts";

type Ending =
  | "answered"
  | "closed by the server"
  | "reset"
  | "timed out"
  | "cut in a body"
  | "closed while opening";

const PATH: Record<Ending, string> = {
  answered: "/",
  "closed by the server": "/close",
  reset: "/reset",
  "timed out": "/hang",
  "cut in a body": "/bytes/1000000",
  "closed while opening": "/",
};

/** One connection of a driver from its opening to its end; resolves with what it told last. */
function run(ending: Ending, connector: Connector): Promise<string> {
  const { promise, resolve } = withResolvers<string>();
  const events: DriverEvents = {
    opened: () => {
      driver.write(Buffer.from(`GET ${PATH[ending]} HTTP/1.1\r\nHost: a\r\n\r\n`));
      if (ending === "timed out") setTimeout(() => leave("given up"), 5);
    },
    received: () => {
      if (ending === "cut in a body") leave("cut");
    },
    answered: (_slot, status) => {
      if (ending === "answered") leave(String(status));
    },
    settled: () => {},
    lost: (_slot, _now, loss) => resolve(loss.kind),
  };
  const leave = (how: string) => {
    driver.close();
    resolve(how);
  };
  const options = { host: "a", method: "GET", memo: new HeadMemo<ResponseHead>() };
  const driver = new Http1Driver(0, events, connector, options);
  driver.open();
  if (ending === "closed while opening") leave("left");
  return promise;
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function batch(ending: Ending, connector: Connector, count: number): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let done = 0; done < count; done += 25) {
    const outcomes = await Promise.all(Array.from({ length: 25 }, () => run(ending, connector)));
    for (const outcome of outcomes) seen.add(outcome);
  }
  return seen;
}

describe.each(["http", "https"] as const)("connections over %s", (scheme) => {
  test("that end in every way leave descriptors, timers and listeners as they were", async () => {
    const shared = sharedSignal();
    const outside = await quietCensus(shared);
    {
      await using server = await serve(scheme);
      const { port } = server.listeners[0]!;
      const target = { ...makePlan().targets[0], scheme, port };
      const tls = { ...makePlan().tls, verify: false };
      const connector = new Connector(makePlan({ targets: [target], tls }), ["127.0.0.1"]);
      const outcomes: [Ending, string[]][] = [];
      const endings = Object.keys(PATH) as Ending[];
      for (const ending of endings) await batch(ending, connector, 25);
      const before = await quietCensus(shared);
      for (const ending of endings) outcomes.push([ending, [...(await batch(ending, connector, 200))]]);
      expect(Object.fromEntries(outcomes)).toEqual({
        answered: ["200"],
        "closed by the server": ["failed"],
        reset: ["failed"],
        "timed out": ["given up"],
        "cut in a body": ["cut"],
        "closed while opening": ["left"],
      });
      expect(await quietCensus(shared)).toEqual(before);
    }
    expect(await quietCensus(shared)).toEqual(outside);
  });
});
