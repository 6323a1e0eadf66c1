// Memory of the server stays within its bounds, however much is pushed at it and however many are connected.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { FloodingEchoClient } from "../support/flooding-echo-client.ts";
import { KeepAliveClients } from "../support/keep-alive-clients.ts";
import { type Running, serve } from "../support/netkit.ts";
import { eventually } from "../support/raw-client.ts";
import { residentBytes, stats } from "../support/served.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const BLOCK_BYTES = MIB;

/** The promise: pushing never costs more than this above the baseline. */
const BOUND_BYTES = 64 * MIB;
const VOLUME_BYTES = 10 * GIB;
/** Where the reader stops on its way, besides at the beginning. */
const STOPS = [3 * GIB, 6 * GIB];

const CLIENTS = 10_000;
const IDLE_BYTES = 6 * KIB;

/** /proc tells the resident memory; elsewhere there is nothing to compare. */
const onLinux = existsSync("/proc/self/status");

function descriptorLimit(): number {
  return Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))![1]);
}

/** Samples until it is disposed; `peak` is the highest. */
class MemoryWatch implements Disposable {
  peak = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(server: Running) {
    this.#timer = setInterval(() => {
      this.peak = Math.max(this.peak, residentBytes(server));
    }, 20);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** One frame that fills a block. */
function frameBlock(): Buffer {
  const block = randomBytes(BLOCK_BYTES);
  block.writeUInt32BE(BLOCK_BYTES - 4);
  return block;
}

describe.skipIf(!onLinux)("memory of the server", () => {
  test.each([
    ["http", "/echo", () => randomBytes(BLOCK_BYTES)],
    ["tcp", "raw echo", () => randomBytes(BLOCK_BYTES)],
    ["framed", "framed echo", frameBlock],
  ])(
    "stays within 64 MiB of its baseline for 10 GiB pushed over %s (%s) at a reader that stops",
    async (scheme, _name, makeBlock) => {
      await using server = await serve(`${scheme}://127.0.0.1:0`, "--no-admin");
      const { port } = server.ready.listeners[0]!;
      const block = makeBlock();
      const open = (total: number) =>
        FloodingEchoClient.connect(
          port,
          block,
          total,
          scheme === "http"
            ? `POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: ${total}\r\n\r\n`
            : undefined,
        );
      {
        using warmUp = await open(256 * MIB);
        await warmUp.echo(256 * MIB);
      }
      await sleep(200);
      const baseline = residentBytes(server);

      using watch = new MemoryWatch(server);
      using client = await open(VOLUME_BYTES);
      const held = await client.pushUntilBlocked();
      // What the buffers of both kernels' sides and the server hold, not what the client would like to push.
      expect(held).toBeLessThan(64 * MIB);
      await sleep(3000);
      for (const stop of STOPS) {
        await client.echo(stop);
        expect(await client.pushUntilBlocked()).toBeLessThan(64 * MIB);
      }
      const began = performance.now();
      await client.echo(VOLUME_BYTES);
      const seconds = (performance.now() - began) / 1000;
      expect(client.echoed).toBe(VOLUME_BYTES);
      expect(client.wrongAt).toBeUndefined();
      const figures = {
        baselineMiB: baseline / MIB,
        peakMiB: watch.peak / MIB,
        heldMiB: held / MIB,
        MiBPerSecond: (VOLUME_BYTES - STOPS.at(-1)!) / MIB / seconds,
      };
      console.log(scheme, figures);
      expect(watch.peak).toBeGreaterThan(0);
      expect(watch.peak - baseline).toBeLessThan(BOUND_BYTES);
    },
    240_000,
  );

  test.skipIf(onLinux && descriptorLimit() < CLIENTS + 500)(
    "grows by less than 6 KiB for each of 10,000 idle connections, and all 10,000 progress when they are active",
    async () => {
      await using server = await serve(
        "http://127.0.0.1:0",
        "--admin",
        "127.0.0.1:0",
        "--max-connections",
        "12k",
      );
      const { port } = server.ready.listeners[0]!;
      {
        using warmUp = await KeepAliveClients.open(500, port, "/");
        await eventually(() => warmUp.answered > 50_000, "the server is warm");
        warmUp.stop();
      }
      await eventually(async () => (await stats(server)).connections.open === 0, "they are gone");
      await sleep(500);
      const baseline = residentBytes(server);

      using clients = await KeepAliveClients.open(CLIENTS, port, "/", { askOnce: true });
      await eventually(() => clients.answered === CLIENTS, "each has been answered once");
      await sleep(1000);
      const idle = residentBytes(server);
      expect((await stats(server)).connections.open).toBe(CLIENTS);
      const each = (idle - baseline) / CLIENTS;
      expect(each).toBeLessThan(IDLE_BYTES);

      const began = performance.now();
      clients.ask();
      await eventually(
        () => clients.answers.every((count) => count > 5),
        "each has been answered 5 times",
        60_000,
      );
      const seconds = (performance.now() - began) / 1000;
      clients.stop();
      await eventually(() => clients.answered === clients.asked, "every question has its answer");
      const active = residentBytes(server);
      const [fewest, most] = [Math.min(...clients.answers), Math.max(...clients.answers)];
      console.log({
        idleBytesEach: each,
        baselineMiB: baseline / MIB,
        idleMiB: idle / MIB,
        activeMiB: active / MIB,
        seconds,
        answers: clients.answered,
        fewest,
        most,
      });
      const { requests, limits } = await stats(server);
      expect(requests.statuses).toEqual({ "2xx": requests.total });
      expect(limits).toEqual({});
    },
    120_000,
  );
});
