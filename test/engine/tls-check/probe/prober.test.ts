// The connection layer: budget, concurrency, retries, and what an end of the connection is taken for.
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { LinkLost, Unclear } from "../../../../src/engine/tls-check/probe/link.ts";
import { backOffMs, Prober } from "../../../../src/engine/tls-check/probe/prober.ts";
import type { TraceLine } from "../../../../src/engine/tls-check/probe/trace.ts";
import { LIMITS, ScriptedServer } from "./scripted.ts";

const ALERT_HANDSHAKE_FAILURE = Buffer.from("15030100020228", "hex");

const answer = (socket: Socket): void => {
  socket.once("data", () => socket.end(ALERT_HANDSHAKE_FAILURE));
};
const reset = (socket: Socket): void => {
  socket.once("data", () => socket.resetAndDestroy());
};
const close = (socket: Socket): void => {
  socket.once("data", () => socket.end());
};

/** Sends a byte and waits for what comes. */
async function ask(prober: Prober): ReturnType<Prober["exchange"]> {
  return prober.exchange("test", async (link) => {
    link.send(Buffer.from([1]));
    return (await link.nextHandshake()).kind;
  });
}

describe("a server that keeps a probe waiting", () => {
  test("by a byte now and then is given up after a few time-outs", async () => {
    await using server = await ScriptedServer.start((socket) => {
      const record = Buffer.from("1603010200", "hex");
      let at = 0;
      const timer = setInterval(() => socket.write(record.subarray(at % 5, (at++ % 5) + 1)), 60);
      socket.on("close", () => clearInterval(timer));
    });
    const startMs = performance.now();
    const outcome = await ask(server.prober({ timeoutMs: 150, retries: 0 }));
    expect(outcome).toMatchObject({ kind: "inconclusive", why: "the answer came too slowly" });
    expect(performance.now() - startMs).toBeLessThan(1500);
  });
});

describe("an exchange", () => {
  test("gives the dialogue's result and costs one connection", async () => {
    await using server = await ScriptedServer.start(answer);
    const prober = server.prober();
    expect(await ask(prober)).toEqual({ kind: "done", value: "alert" });
    expect([prober.connections, prober.retries]).toEqual([1, 0]);
    expect(prober.heardTls).toBe(true);
    expect(prober.unreachable).toBeUndefined();
  });

  test.each([
    ["reset", reset, "the server reset the connection"],
    ["closed", close, "closed without an answer"],
  ])("that is %s is tried again and then is inconclusive", async (_how, script, why) => {
    await using server = await ScriptedServer.start(script);
    const prober = server.prober({ retries: 2 });
    expect(await ask(prober)).toEqual({ kind: "inconclusive", why: `${why} (tried 3 times)` });
    expect([prober.connections, prober.retries]).toEqual([3, 2]);
    expect(prober.unreachable?.code).toBe("NK_TLS_CLOSED");
  });

  test("that meets silence is inconclusive after its time-out", async () => {
    await using server = await ScriptedServer.start(() => undefined);
    const prober = server.prober({ retries: 0, timeoutMs: 40 });
    expect(await ask(prober)).toEqual({ kind: "inconclusive", why: "no answer came within 40 ms" });
    expect(prober.unreachable?.code).toBe("NK_TLS_HANDSHAKE_TIMEOUT");
  });

  test("that is reset now and then ends with the answer all the same", async () => {
    await using server = await ScriptedServer.start((socket, number) =>
      number % 20 === 0 ? reset(socket) : answer(socket),
    );
    const prober = server.prober();
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => ask(prober)));
    expect(outcomes.every(({ kind }) => kind === "done")).toBe(true);
    expect(prober.connections).toBe(server.connections);
    expect(prober.retries).toBe(prober.connections - 100);
  });

  test("is tried again when the dialogue finds the answer unclear", async () => {
    await using server = await ScriptedServer.start(answer);
    const prober = server.prober({ retries: 1 });
    const outcome = await prober.exchange("test", async () => {
      throw new Unclear("alert internal_error (80)");
    });
    expect(outcome).toEqual({ kind: "inconclusive", why: "alert internal_error (80) (tried 2 times)" });
  });

  test("lets a bug of the dialogue through", async () => {
    await using server = await ScriptedServer.start(answer);
    const broken = server.prober().exchange("test", async () => {
      throw new TypeError("a bug");
    });
    await expect(broken).rejects.toThrow("a bug");
  });
});

describe("the budget", () => {
  test("is never exceeded, and what it leaves undone is inconclusive for that reason", async () => {
    await using server = await ScriptedServer.start(answer);
    const prober = server.prober({ maxConnections: 7 });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => ask(prober)));
    expect(server.connections).toBe(7);
    expect(outcomes.filter(({ kind }) => kind === "done")).toHaveLength(7);
    const undone = { kind: "inconclusive", why: "the budget of 7 connections is spent" };
    expect(outcomes.filter(({ kind }) => kind === "inconclusive")).toEqual(Array(13).fill(undone));
  });

  test("counts retries, and tells both why the last attempt failed and why there is none after it", async () => {
    await using server = await ScriptedServer.start(reset);
    const prober = server.prober({ maxConnections: 2 });
    expect(await ask(prober)).toEqual({
      kind: "inconclusive",
      why: "the server reset the connection; the budget of 2 connections is spent",
    });
    expect(server.connections).toBe(2);
  });
});

describe("concurrency", () => {
  test("stays within its limit", async () => {
    await using server = await ScriptedServer.start((socket) => {
      socket.once("data", () => setTimeout(() => socket.end(ALERT_HANDSHAKE_FAILURE), 5));
    });
    const prober = server.prober({ concurrency: 3 });
    await Promise.all(Array.from({ length: 30 }, () => ask(prober)));
    expect(server.peak).toBeLessThanOrEqual(4); // one may be closing on the server's side yet
    expect(server.connections).toBe(30);
  });

  test("gives way to a server that says it is busy", async () => {
    let open = 0;
    await using server = await ScriptedServer.start((socket) => {
      open++;
      socket.on("close", () => open--);
      // Room for two; the others are told so.
      if (open > 2) socket.end("421 too many connections\r\n");
      else {
        socket.write("220 ready\r\n");
        socket.on("data", (bytes) =>
          socket.write(bytes.includes("EHLO") ? "250 STARTTLS\r\n" : "220 go\r\n"),
        );
      }
    });
    const prober = server.prober({ concurrency: 8, retries: 6 }, { upgrade: "smtp" });
    const outcomes = await Promise.all(
      Array.from({ length: 24 }, () => prober.exchange("test", async () => "upgraded")),
    );
    expect(outcomes).toEqual(Array(24).fill({ kind: "done", value: "upgraded" }));
    expect(prober.retries).toBeGreaterThan(0);
  });

  test("keeps to the rate of new connections", async () => {
    await using server = await ScriptedServer.start(answer);
    const prober = server.prober({ ratePerSecond: 100 });
    const began = performance.now();
    await Promise.all(Array.from({ length: 11 }, () => ask(prober)));
    expect(performance.now() - began).toBeGreaterThanOrEqual(95);
  });
});

describe("a server that cannot be reached", () => {
  test("is told by its reason, after the retries", async () => {
    let port: number;
    {
      await using server = await ScriptedServer.start(answer);
      port = server.port;
    }
    const prober = new Prober({
      address: "127.0.0.1",
      family: 4,
      port,
      upgrade: "none",
      serverName: undefined,
      limits: { ...LIMITS, retries: 1 },
      signal: new AbortController().signal,
      backOff: () => 1,
    });
    const outcome = await ask(prober);
    expect(outcome.kind).toBe("inconclusive");
    expect(prober.unreachable).toMatchObject({ code: "NK_CONNECT_REFUSED" });
    expect(prober.unreachable?.message).toContain(`127.0.0.1:${port}`);
  });

  test("that falls silent is not asked for ever", async () => {
    await using server = await ScriptedServer.start(() => undefined);
    const prober = server.prober({ retries: 1, timeoutMs: 20, concurrency: 2 });
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => ask(prober)));
    expect(server.connections).toBeLessThan(20);
    expect(outcomes.at(-1)).toEqual({
      kind: "inconclusive",
      why: "the server stopped answering: 12 connections in a row brought nothing",
    });
  });
});

describe("stopping", () => {
  test("ends exchanges under way and those waiting, as inconclusive", async () => {
    await using server = await ScriptedServer.start(() => undefined);
    const controller = new AbortController();
    const prober = server.prober({ concurrency: 1 }, { signal: controller.signal });
    const outcomes = Promise.all([ask(prober), ask(prober), ask(prober)]);
    setTimeout(() => controller.abort(new Error("Ctrl-C")), 20);
    const stopped = { kind: "inconclusive", why: "the scan was stopped" };
    expect(await outcomes).toEqual([stopped, stopped, stopped]);
    expect(server.connections).toBe(1);
  });
});

describe("the trace", () => {
  test("has a line for what is sent and what is received, with connection and probe", async () => {
    await using server = await ScriptedServer.start(answer);
    const lines: TraceLine[] = [];
    const prober = server.prober({}, { trace: (line) => lines.push(line) });
    await ask(prober);
    await ask(prober);
    expect(lines).toMatchObject([
      {
        connection: 1,
        probe: "test",
        direction: "received",
        what: "alert handshake_failure (40)",
        hex: "0228",
      },
      {
        connection: 2,
        probe: "test",
        direction: "received",
        what: "alert handshake_failure (40)",
        hex: "0228",
      },
    ]);
  });
});

test("the back-off grows by threes up to two seconds, with jitter of half of it", () => {
  const middle = (retry: number) => backOffMs(retry, () => 0.5);
  expect([1, 2, 3, 4, 9].map(middle)).toEqual([50, 150, 450, 1350, 2000]);
  expect([backOffMs(2, () => 0), backOffMs(2, () => 0.999)]).toEqual([75, expect.closeTo(225, 0)]);
});

test("LinkLost says in which way the connection was lost", () => {
  expect(new LinkLost("eof", "closed without an answer")).toMatchObject({ name: "LinkLost", how: "eof" });
});
