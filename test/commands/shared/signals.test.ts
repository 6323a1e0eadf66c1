import { EventEmitter } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { explainAdmin, runUntilSignal } from "../../../src/commands/shared/serve-session.ts";
import { listenForSignals } from "../../../src/commands/shared/signals.ts";
import { NetkitError } from "../../../src/core/errors.ts";

describe("signals in two stages", () => {
  test("the first drains, the second stops at once, the third ends the process", () => {
    const source = new EventEmitter();
    const exit = vi.fn();
    const told: string[] = [];
    using stages = listenForSignals({
      source,
      exit,
      onDrain: (signal) => told.push(`drain ${signal}`),
      onAbort: (signal) => told.push(`abort ${signal}`),
    });
    expect(stages.drain.aborted).toBe(false);
    source.emit("SIGINT", "SIGINT");
    expect([stages.drain.aborted, stages.abort.aborted]).toEqual([true, false]);
    source.emit("SIGTERM", "SIGTERM");
    expect([stages.drain.aborted, stages.abort.aborted]).toEqual([true, true]);
    expect(told).toEqual(["drain SIGINT", "abort SIGTERM"]);
    expect(exit).not.toHaveBeenCalled();
    source.emit("SIGINT", "SIGINT");
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
  });

  test("an engine that does not return within a second of the second signal is ended", () => {
    vi.useFakeTimers();
    try {
      const source = new EventEmitter();
      const exit = vi.fn();
      using _stages = listenForSignals({ source, exit });
      source.emit("SIGINT", "SIGINT");
      source.emit("SIGINT", "SIGINT");
      vi.advanceTimersByTime(999);
      expect(exit).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(exit).toHaveBeenCalledExactlyOnceWith(130);
    } finally {
      vi.useRealTimers();
    }
  });

  test("leaves no listener behind", () => {
    const source = new EventEmitter();
    {
      using _stages = listenForSignals({ source });
      expect(source.listenerCount("SIGINT")).toBe(1);
    }
    expect(source.eventNames()).toEqual([]);
  });
});

describe("a server between start and end", () => {
  test("drains on SIGTERM, cuts on the second signal, reloads on SIGHUP", async () => {
    const source = new EventEmitter();
    const report = { finished: 3, cut: 1, idleClosed: 0, seconds: 0.5 };
    const reload = vi.fn(async () => []);
    const told: string[] = [];
    let cutting: AbortSignal | undefined;
    const server = {
      reload,
      drain: async (_deadline?: number, signal?: AbortSignal) => {
        cutting = signal;
        await new Promise((resolve) => signal!.addEventListener("abort", resolve));
        return report;
      },
    };
    const ended = runUntilSignal(
      server,
      { onDrain: () => told.push("drain"), onReloaded: () => told.push("reloaded") },
      source,
    );
    source.emit("SIGHUP", "SIGHUP");
    await vi.waitFor(() => expect(told).toEqual(["reloaded"]));
    source.emit("SIGTERM", "SIGTERM");
    await vi.waitFor(() => expect(cutting).toBeDefined());
    expect(told).toEqual(["reloaded", "drain"]);
    source.emit("SIGTERM", "SIGTERM");
    expect(await ended).toBe(report);
    expect(source.eventNames()).toEqual([]);
  });

  test("an admin address in use is told apart from a listener in use", () => {
    const inUse = (subject: string) =>
      new NetkitError("resource", "NK_LISTEN_IN_USE", `could not listen on ${subject}`, { subject });
    const admin = { host: "127.0.0.1", port: 9090 };
    const explained = explainAdmin(inUse("127.0.0.1:9090"), admin) as NetkitError;
    expect(explained.message).toBe("could not listen on 127.0.0.1:9090 (the admin address)");
    expect(explained.next).toContain("--no-admin");
    expect(explained.exitCode).toBe(3);
    for (const error of [inUse("127.0.0.1:8080"), new Error("other")])
      expect(explainAdmin(error, admin)).toBe(error);
    expect(explainAdmin(inUse("127.0.0.1:9090"), undefined)).toMatchObject({ next: undefined });
  });
});
