// Throughput beside `pgbench -S`: the same query of the same protocol (simple query, what pg sends for a text without
// values), on the same server, as many connections as clients, one run of each after the other and the order turned each
// round.
//
// The server keeps one processor and whoever asks it another: left to itself the kernel puts the two beside each other or
// not as other work on the machine has it, and a round trip takes 30 or 90 us accordingly. Other work only ever
// takes away, so the best round of each is what it can do, and a busy machine gets more rounds; the median of the pairs is
// printed beside it.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import type { PoolTestResult } from "../../src/engine/pool-test/result.ts";
import { BIN } from "../support/netkit.ts";
import { peerTest, programPath } from "../support/peers.ts";
import { POSTGRES_PROGRAMS, type PostgresServer, startPostgres } from "../support/postgres-server.ts";

const SIZES = [1, 2, 4, 8];
const ROUNDS = 3;
const MOST_ROUNDS = 12;
const LEAST = 0.9;
const SECONDS = 1;
/** Rows of scale 1, spread over its pages as those that pgbench draws. */
const QUERIES = Array.from(
  { length: 64 },
  (_, index) => `SELECT abalance FROM pgbench_accounts WHERE aid = ${1 + ((index * 61_803) % 100_000)}`,
);

const run = promisify(execFile);

/** On the second processor. */
async function beside(program: string, args: readonly string[]): Promise<string> {
  const pinned = ["-c", String(Math.min(1, availableParallelism() - 1)), programPath(program) ?? program];
  return (await run(programPath("taskset")!, [...pinned, ...args])).stdout;
}

async function pgbench({ port }: PostgresServer, clients: number): Promise<number> {
  const login = ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres"];
  const load = ["-n", "-S", "-M", "simple", "-c", String(clients), "-j", "1", "-T", String(SECONDS)];
  const output = await beside("pgbench", [...login, ...load, "postgres"]);
  return Number(/tps = ([\d.]+)/.exec(output)![1]);
}

async function poolTest({ port }: PostgresServer, clients: number): Promise<number> {
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const load = ["--sizes", String(clients), "--clients", String(clients), "--warmup", "600ms"];
  const queries = QUERIES.flatMap((query) => ["--query", query]);
  const args = [BIN, "pool-test", url, ...load, "-d", `${SECONDS}s`, "--json", ...queries];
  const { plan, rows } = JSON.parse(await beside(process.execPath, args)) as PoolTestResult;
  expect(plan.protocol).toBe("simple query, by netkit on pg's connections");
  expect(rows[0]!.counts).toMatchObject({ failed: 0, censored: 0 });
  return rows[0]!.throughput.mean;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

describe("beside pgbench -S -M simple", () => {
  peerTest(
    [...POSTGRES_PROGRAMS, "pgbench", "taskset"],
    "throughput is no more than a tenth less, at each size",
    async () => {
      await using postgres = await startPostgres();
      const postmaster = readFileSync(`${postgres.socketDir}/data/postmaster.pid`, "utf8").split("\n")[0]!;
      await run(programPath("taskset")!, ["-a", "-c", "-p", "0", postmaster]);
      const login = ["-h", "127.0.0.1", "-p", String(postgres.port), "-U", "postgres"];
      await run(programPath("pgbench")!, ["-i", "-q", "-s", "1", ...login, "postgres"]);
      for (const clients of SIZES) {
        const [theirs, ours]: [number[], number[]] = [[], []];
        const share = (): number => Math.max(...ours) / Math.max(...theirs);
        for (let round = 0; round < ROUNDS || (share() < LEAST && round < MOST_ROUNDS); round++) {
          if (round % 2 === 0) ours.push(await poolTest(postgres, clients));
          theirs.push(await pgbench(postgres, clients));
          if (round % 2 === 1) ours.push(await poolTest(postgres, clients));
        }
        const ratio = median(ours.map((rate, round) => rate / theirs[round]!));
        console.log(
          `${clients} connections: pgbench ${Math.max(...theirs).toFixed(0)}/s, pool-test ${Math.max(...ours).toFixed(0)}/s, ` +
            `${share().toFixed(2)} of it; median of ${ours.length} pairs ${ratio.toFixed(2)}`,
        );
        expect(share()).toBeGreaterThanOrEqual(LEAST);
      }
    },
  );
});
