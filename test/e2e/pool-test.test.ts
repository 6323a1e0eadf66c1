// The built `netkit pool-test` against real servers: sweeps, faults made by the servers themselves, probes, and no
// password anywhere.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PoolTestResult } from "../../src/engine/pool-test/result.ts";
import { MARIADB_PROGRAMS, startMariadb } from "../support/mariadb-server.ts";
import { type Finished, netkit, Running, serve } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { POSTGRES_PROGRAMS, startPostgres } from "../support/postgres-server.ts";
import { Folder } from "../support/program.ts";
import { REDIS_PROGRAMS, startRedis } from "../support/redis-server.ts";

const PASSWORD = "s3cret-pa55";

let folder: Folder;
let server: Awaited<ReturnType<typeof serve>>;
let problems: (document: unknown) => unknown;

beforeAll(async () => {
  folder = await Folder.create();
  server = await serve("http://127.0.0.1:0", "tcp://127.0.0.1:0", "framed://127.0.0.1:0", "--no-admin");
  const { stdout } = await netkit("pool-test", "--json-schema");
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(stdout) as object);
  problems = (document) => (validate(document) ? [] : validate.errors);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function tested(...args: string[]): Promise<Finished & { result: PoolTestResult }> {
  const finished = await netkit("pool-test", "--json", "--warmup", "200ms", ...args);
  let result: PoolTestResult;
  try {
    result = JSON.parse(finished.stdout) as PoolTestResult;
  } catch {
    throw new Error(`no JSON document (exit ${finished.code}):\n${finished.stdout}\n${finished.stderr}`);
  }
  expect(problems(result), finished.stderr).toEqual([]);
  return { ...finished, result };
}

/** Connections of a pool test, as PostgreSQL sees them, without the desk. */
const OURS =
  "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'netkit%' AND application_name NOT LIKE '%desk'";

const SWEEP = ["--sizes", "1,2,4", "--repeat", "2", "-d", "600ms", "--clients", "12"];
/**
 * A pool has recovered when it serves as many as before the fault. Held so long, that is what the pool can give, and not
 * how much of a shared processor there was at either time.
 */
const HOLD = ["--hold", "20ms"];
const KILL = ["--chaos", "kill", "-d", "4s", "--size", "4", "--clients", "8", ...HOLD];

function expectSweep({ rows, sweep, runs }: PoolTestResult): void {
  expect(rows.map(({ size }) => size)).toEqual([1, 2, 4]);
  expect(sweep!.recommendation).not.toBeNull();
  for (const run of runs) {
    expect(run.counts).toMatchObject({ failed: 0, censored: 0 });
    expect(run.connections.maxOpen).toBeLessThanOrEqual(run.size);
    expect(run.connections.leftOpen).toBe(0);
    expect(run.counts.succeeded).toBeGreaterThan(100);
  }
}

function expectRecovered({ chaos }: PoolTestResult, means: string): void {
  expect(chaos).toMatchObject({ kind: "kill", means, killed: 4, leaked: 0 });
  expect(chaos!.recoveryMs).not.toBeNull();
  expect(chaos!.recoveryMs!).toBeLessThan(3_000);
  expect(chaos!.reconnects.count).toBeGreaterThanOrEqual(4);
}

function expectHidden(...texts: readonly string[]): void {
  for (const text of texts) expect(text).not.toContain(PASSWORD);
}

describe("PostgreSQL", () => {
  peerTest(POSTGRES_PROGRAMS, "is swept, and sees as many connections as the pool has", async () => {
    await using postgres = await startPostgres({ password: PASSWORD });
    const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${postgres.port}/postgres`;
    const out = join(folder.path, "postgres.json");
    const { code, stdout, stderr, result } = await tested(url, ...SWEEP, "--out", out);
    expect(code, stderr).toBe(0);
    expectSweep(result);
    expect(result.serverVersion).toMatch(/^PostgreSQL 1\d/);
    for (const { server: seen, size } of result.runs) {
      expect(seen).toMatchObject({ source: "pg_stat_activity", scope: "ours", agrees: true });
      expect(seen!.maxConnections).toBeLessThanOrEqual(size);
    }
    expectHidden(stdout, stderr, await readFile(out, "utf8"));
  });

  peerTest(POSTGRES_PROGRAMS, "ends connections itself, and the pool recovers", async () => {
    await using postgres = await startPostgres();
    const { code, stderr, result } = await tested(
      `postgres://postgres@127.0.0.1:${postgres.port}/postgres`,
      ...KILL,
    );
    expectRecovered(result, "pg_terminate_backend");
    expect(code, stderr).toBe(0);
  });

  peerTest(POSTGRES_PROGRAMS, "with the pool of pg, in a transaction", async () => {
    await using postgres = await startPostgres();
    const { code, stderr, result } = await tested(
      `postgres://postgres@127.0.0.1:${postgres.port}/postgres`,
      ...[
        "--pool",
        "pg",
        "--transaction",
        "--query",
        "SELECT 1",
        "--size",
        "3",
        "-d",
        "1s",
        "--clients",
        "9",
      ],
    );
    expect(code, stderr).toBe(0);
    expect(result.runs[0]!.counts.failed).toBe(0);
    expect(result.runs[0]!.connections.maxOpen).toBeLessThanOrEqual(3);
  });

  peerTest(POSTGRES_PROGRAMS, "a server that lets too few in says so in its own words", async () => {
    await using postgres = await startPostgres({
      settings: { max_connections: 8, superuser_reserved_connections: 0, max_wal_senders: 0 },
    });
    const url = `postgres://postgres@127.0.0.1:${postgres.port}/postgres`;
    const { code, result } = await tested(url, "--size", "20", "--clients", "30", "-d", "500ms");
    // A machine that is busy with other things leaves a run that is not steady.
    expect([1, 4]).toContain(code);
    expect(result.runs[0]!.errors[0]).toMatchObject({ code: "NK_POOL_CREATE_FAILED" });
    expect(result.runs[0]!.errors[0]!.example).toContain("too many clients");
    expect(result.findings.map(({ code }) => code)).toContain("server-limit");
  });

  peerTest(
    POSTGRES_PROGRAMS,
    "a server that dies in the middle leaves a result and no stack trace",
    async () => {
      await using postgres = await startPostgres();
      const url = `postgres://postgres@127.0.0.1:${postgres.port}/postgres`;
      await using running = new Running([
        "pool-test",
        url,
        "--json",
        "-d",
        "3s",
        "--size",
        "2",
        "--clients",
        "4",
      ]);
      await expect.poll(() => postgres.query(OURS), { timeout: 20_000 }).toBe("2");
      await postgres.stop();
      const { code, stdout, stderr } = await running.finished;
      const result = JSON.parse(stdout) as PoolTestResult;
      // 3 when it died before anybody was measured.
      expect([1, 3, 4], stderr).toContain(code);
      expect(problems(result)).toEqual([]);
      expect(result.runs[0]!.errors.map(({ code }) => code)).toContain("NK_POOL_CREATE_FAILED");
      expect(result.runs[0]!.connections.leftOpen).toBe(0);
      expect(stderr).not.toContain("    at ");
    },
  );

  peerTest(POSTGRES_PROGRAMS, "a query that the server refuses is told once, in its words", async () => {
    await using postgres = await startPostgres();
    const url = `postgres://postgres@127.0.0.1:${postgres.port}/postgres`;
    for (const way of [[], ["--through-driver"], ["--pool", "pg"]]) {
      const { code, stderr } = await netkit("pool-test", url, "--query", "SELEC 1", "-d", "1s", ...way);
      expect(code, stderr).toBe(3);
      expect(stderr).toContain('syntax error at or near "SELEC"');
    }
    const rows = await netkit("pool-test", url, "--query", "COPY pg_class FROM STDIN", "-d", "1s");
    expect([rows.code, rows.stderr.includes("    at ")], rows.stderr).toEqual([3, false]);
  });

  peerTest(POSTGRES_PROGRAMS, "through the driver, the record says so", async () => {
    await using postgres = await startPostgres();
    const url = `postgres://postgres@127.0.0.1:${postgres.port}/postgres`;
    const { result } = await tested(url, "--through-driver", "--size", "2", "--clients", "4", "-d", "500ms");
    expect(result.plan.protocol).toBe("simple query, by pg");
    expect(result.runs[0]!.counts).toMatchObject({ failed: 0, censored: 0 });
  });

  peerTest(POSTGRES_PROGRAMS, "a wrong password is told without it, exit 3", async () => {
    await using postgres = await startPostgres({ password: "another" });
    const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${postgres.port}/postgres`;
    const { code, stdout, stderr } = await netkit("pool-test", url, "-d", "1s");
    expect(code).toBe(3);
    expect(stderr).toContain("check user, password and database");
    expectHidden(stdout, stderr);
  });
});

describe("MariaDB", () => {
  peerTest(MARIADB_PROGRAMS, "is swept, and ends connections itself", async () => {
    await using mariadb = await startMariadb({ password: PASSWORD });
    const url = `mysql://root:${PASSWORD}@127.0.0.1:${mariadb.port}/`;
    const swept = await tested(url, ...SWEEP);
    expect(swept.code, swept.stderr).toBe(0);
    expectSweep(swept.result);
    expectHidden(swept.stdout, swept.stderr);
    const killed = await tested(url, ...KILL);
    expectRecovered(killed.result, "KILL");
  });
});

describe("Redis", () => {
  peerTest(REDIS_PROGRAMS, "is swept, ends connections itself, and answers every probe", async () => {
    await using redis = await startRedis({ password: PASSWORD });
    const url = `redis://:${PASSWORD}@127.0.0.1:${redis.port}`;
    const swept = await tested(url, ...SWEEP, "--command", "SET pool test");
    expectSweep(swept.result);
    expectHidden(swept.stdout, swept.stderr);
    const { code, stderr, result } = await tested(
      url,
      ...[...KILL, "--leak", "3", "--nested", "3", "--exhaustion", "--idle"],
    );
    expectRecovered(result, "CLIENT KILL");
    const { leak, nested, exhaustion, idle } = result.probes;
    expect(leak).toMatchObject({ planted: 3, found: 3, falseAlarms: 0 });
    expect(leak!.stacks[0]).toContain("plantLeak");
    expect(nested).toMatchObject({ predictedSize: 9, smallestSafe: 9, agrees: true });
    expect([...exhaustion!, ...idle!].filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(code, stderr).toBe(0);
  });

  peerTest(REDIS_PROGRAMS, "that stands still does not keep a second Ctrl-C from its document", async () => {
    await using redis = await startRedis();
    const args = [
      `redis://127.0.0.1:${redis.port}`,
      "--json",
      "-d",
      "60s",
      "--warmup",
      "0s",
      "--clients",
      "4",
    ];
    await using running = new Running(["pool-test", ...args]);
    // Four of the pool and the desk's.
    const clients = async (): Promise<number> =>
      (await redis.command("CLIENT", "LIST")).split("netkit-pool-test").length - 1;
    await expect.poll(clients, { timeout: 20_000 }).toBe(5);
    await redis.command("CLIENT", "PAUSE", "30000", "ALL");
    running.process.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 300));
    running.process.kill("SIGINT");
    const { code, stdout, stderr } = await running.finished;
    expect(code, stderr).toBe(130);
    const result = JSON.parse(stdout) as PoolTestResult;
    expect(problems(result)).toEqual([]);
    expect(result.runs[0]!.counts).toMatchObject({ failed: 0, censored: 4 });
    expect(result.findings.map(({ code }) => code)).not.toContain("left-open");
  });
});

describe("netkit serve", () => {
  test.each([0, 1, 2])("listener %i is swept", async (at) => {
    const { code, result, stderr } = await tested(server.ready.listeners[at]!.url, ...SWEEP);
    expectSweep(result);
    expect([0, 4], stderr).toContain(code);
  });

  test.each(["http", "tcp", "framed"])("%s: /stats of its admin listener joins in", async (scheme) => {
    await using own = await serve(`${scheme}://127.0.0.1:0`, "--admin", "127.0.0.1:0");
    const url = own.ready.listeners[0]!.url;
    const { result, stderr } = await tested(url, ...SWEEP, "--admin", own.ready.admin!.url);
    expectSweep(result);
    for (const { server: seen, size } of result.runs) {
      expect(seen, stderr).toMatchObject({ source: "/stats", scope: "ours", agrees: true });
      expect(seen!.maxConnections).toBe(size);
    }
    expect(result.findings.filter(({ code }) => code === "server-disagrees")).toEqual([]);
    expect(result.serverVersion).toMatch(/^netkit \d/);
  });

  test("the admin listener of another server is a finding; one that is none is refused at once", async () => {
    await using other = await serve("http://127.0.0.1:0", "--admin", "127.0.0.1:0");
    const url = server.ready.listeners[0]!.url;
    const args = [url, "--size", "3", "-d", "600ms", "--clients", "6", "--admin"];
    const { result } = await tested(...args, other.ready.admin!.url);
    expect(result.runs[0]!.server).toMatchObject({ source: "/stats", maxConnections: 0, agrees: false });
    expect(result.findings.map(({ code }) => code)).toContain("server-disagrees");
    const refused = await netkit("pool-test", ...args, url);
    expect([refused.code, refused.stdout]).toEqual([3, ""]);
    expect(refused.stderr).toContain("name the admin listener");
  });

  test.each(["generic-pool", "tarn", "undici"])("by the pool of %s", async (pool) => {
    const url = server.ready.listeners[0]!.url;
    const { result } = await tested(url, "--pool", pool, "--size", "3", "-d", "600ms", "--clients", "9");
    expect(result.runs[0]!.counts.failed).toBe(0);
    expect(result.plan.pool).toBe(pool);
  });

  test("an expectation decides", async () => {
    const url = server.ready.listeners[1]!.url;
    const args = ["--size", "2", "-d", "600ms", "--clients", "8"];
    expect((await tested(url, ...args, "--expect", "wait.p99<10s")).code).toBe(0);
    const broken = await tested(url, ...args, "--expect", "wait.p99<1us");
    expect(broken.code).toBe(1);
    expect(broken.result.expectations).toMatchObject([{ holds: false }]);
  });

  test.concurrent.each(["restart", "slow", "refuse"])("recovers from %s", async (kind) => {
    const url = server.ready.listeners[0]!.url;
    const args = ["--chaos", kind, "-d", "5s", "--size", "3", "--clients", "6", ...HOLD];
    const { result } = await tested(url, ...args);
    expect(result.chaos).toMatchObject({ kind, leaked: 0 });
    expect(result.chaos!.recoveryMs).not.toBeNull();
  });

  test.each([
    ["in the warm-up", 300, ["--warmup", "30s"]],
    ["in a fault", 2_500, ["--chaos", "restart", "-d", "6s", "--warmup", "100ms"]],
    ["in a probe", 1_500, ["--idle", "--exhaustion", "--nested", "3", "-d", "500ms", "--warmup", "100ms"]],
  ])("Ctrl-C %s ends it soon, with a document", async (_, afterMs, more) => {
    const echo = createServer((socket) => socket.on("error", () => undefined).pipe(socket));
    echo.listen(0, "127.0.0.1");
    await once(echo, "listening");
    try {
      const url = `tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`;
      await using running = new Running(["pool-test", url, "--json", "--clients", "4", ...more]);
      await once(echo, "connection");
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      running.process.kill("SIGINT");
      const { code, stdout, stderr, seconds } = await running.finished;
      expect(seconds).toBeLessThan(30);
      expect(stderr).not.toContain("    at ");
      const result = JSON.parse(stdout) as PoolTestResult;
      expect(problems(result)).toEqual([]);
      expect(code, stderr).toBe(130);
      expect(result.interrupted).toBe(true);
    } finally {
      echo.close();
    }
  });

  test.each(["tcp", "https", "redis", "postgres", "mysql"])(
    "Ctrl-C while it connects by %s: to a server that says nothing ends it at once, with a document",
    async (scheme) => {
      const silent = createServer((socket) => socket.on("error", () => undefined).resume());
      silent.listen(0, "127.0.0.1");
      await once(silent, "listening");
      try {
        const url = `${scheme}://127.0.0.1:${(silent.address() as AddressInfo).port}`;
        await using running = new Running(["pool-test", url, "--json", "--timeout", "60s"]);
        await once(silent, "connection");
        const interruptedMs = performance.now();
        running.process.kill("SIGINT");
        const { code, stdout, stderr } = await running.finished;
        expect(performance.now() - interruptedMs).toBeLessThan(3_000);
        const result = JSON.parse(stdout) as PoolTestResult;
        expect(problems(result)).toEqual([]);
        expect(result).toMatchObject({ interrupted: true, runs: [], findings: [] });
        expect([code, stderr.includes("    at ")], stderr).toEqual([130, false]);
      } finally {
        silent.close();
      }
    },
  );

  test("a second Ctrl-C waits for no answer, and keeps what was measured", async () => {
    let asked = 0;
    const stops = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => void (++asked < 500 && socket.write(chunk)));
    });
    stops.listen(0, "127.0.0.1");
    await once(stops, "listening");
    try {
      const url = `tcp://127.0.0.1:${(stops.address() as AddressInfo).port}`;
      const args = ["--json", "--warmup", "0s", "-d", "60s", "--timeout", "60s", "--clients", "4"];
      await using running = new Running(["pool-test", url, ...args]);
      await expect.poll(() => asked, { timeout: 20_000 }).toBeGreaterThan(500);
      running.process.kill("SIGINT");
      await new Promise((resolve) => setTimeout(resolve, 200));
      const againMs = performance.now();
      running.process.kill("SIGINT");
      const { code, stdout, stderr } = await running.finished;
      expect(performance.now() - againMs).toBeLessThan(2_000);
      const result = JSON.parse(stdout) as PoolTestResult;
      expect(problems(result)).toEqual([]);
      expect([code, stderr.includes("    at ")], stderr).toEqual([130, false]);
      expect(result.runs[0]!.counts).toMatchObject({ censored: 4 });
      expect(result.runs[0]!.counts.succeeded).toBeGreaterThan(100);
    } finally {
      stops.close();
    }
  });

  test("Ctrl-C keeps what was measured, and no command line shows a password", async () => {
    const url = server.ready.listeners[0]!.url.replace("://", `://user:${PASSWORD}@`);
    await using running = new Running(["pool-test", url, "--json", "-d", "60s", "--clients", "4"]);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expectHidden(await readFile(`/proc/${running.process.pid}/cmdline`, "utf8"));
    running.process.kill("SIGINT");
    const { code, stdout, stderr } = await running.finished;
    expect(code).toBe(130);
    const result = JSON.parse(stdout) as PoolTestResult;
    expect(result.interrupted).toBe(true);
    expect(result.runs[0]!.counts.succeeded).toBeGreaterThan(0);
    expectHidden(stdout, stderr);
  });
});

describe("bad input is exit 2", () => {
  test.each([
    ["no URL", []],
    ["a scheme without connections", ["udp://127.0.0.1:1"]],
    ["sizes that are none", ["tcp://127.0.0.1:1", "--sizes", "1,x"]],
    ["SQL for HTTP", ["http://127.0.0.1:1", "--query", "SELECT 1"]],
    ["another's pool", ["http://127.0.0.1:1", "--pool", "pg"]],
    ["a metric that is none", ["tcp://127.0.0.1:1", "--expect", "wiat.p99<5ms"]],
    ["a fault longer than the run", ["tcp://127.0.0.1:1", "--chaos", "restart", "-d", "1s"]],
    ["serve's admin listener for a database", ["postgres://127.0.0.1:1/x", "--admin", "127.0.0.1:1"]],
    ["an admin listener that speaks no HTTP", ["tcp://127.0.0.1:1", "--admin", "tcp://127.0.0.1:1"]],
    ["a query without SQL", ["postgres://127.0.0.1:1/x", "--query", " "]],
    ["sizes that nobody could use", ["tcp://127.0.0.1:1", "--sizes", "4,8", "--clients", "2"]],
    ["an arrival without a rate", ["tcp://127.0.0.1:1", "--arrival", "poisson"]],
  ])("%s", async (_, args) => {
    const { code, stderr } = await netkit("pool-test", ...args);
    expect(code, stderr).toBe(2);
    expect(stderr).not.toContain("    at ");
  });

  test("nobody there is exit 3", async () => {
    const { code, stderr } = await netkit("pool-test", "tcp://127.0.0.1:1", "-d", "1s");
    expect(code, stderr).toBe(3);
  });
});
