// Pool tests on a real PostgreSQL: the work of a checkout, the server's view, and back-ends that the server ends.
import { describe, expect } from "vitest";
import { openTarget } from "../../../../src/engine/pool-test/targets/catalog.ts";
import { peerTest } from "../../../support/peers.ts";
import { POSTGRES_PROGRAMS, startPostgres } from "../../../support/postgres-server.ts";
import { keyPairFiles } from "./key-pair.ts";
import {
  checkKilled,
  checkStuck,
  checkTarget,
  checkTimeout,
  everyWord,
  rejection,
  targetPlan,
} from "./target-plan.ts";

const MS = 60_000;

describe("postgres:", () => {
  peerTest(
    POSTGRES_PROGRAMS,
    "works, is valid, can be given up and closes, and leaves nothing behind",
    async () => {
      await using server = await startPostgres();
      const url = `postgres://postgres@127.0.0.1:${server.port}/postgres`;
      const sleep = { kind: "query", queries: ["SELECT pg_sleep(20)"], transaction: false } as const;
      await checkTarget(targetPlan(url), { slow: targetPlan(url, { work: sleep }) });
      await checkStuck(targetPlan(url));
      await checkTimeout(targetPlan(url, { work: sleep, workTimeoutMs: 60 }));
    },
    MS,
  );

  peerTest(
    POSTGRES_PROGRAMS,
    "goes through its queries in turn, each in a transaction when asked",
    async () => {
      await using server = await startPostgres();
      await server.query("CREATE TABLE t (n int, tx bigint)");
      const insert = (n: number) =>
        `INSERT INTO t SELECT ${n}, (now() <> statement_timestamp())::int::bigint`;
      const work = { kind: "query", queries: [insert(1), insert(2)], transaction: true } as const;
      const url = `postgres://postgres@127.0.0.1:${server.port}/postgres`;
      await using target = await openTarget(targetPlan(url, { work }));
      const connection = await target.connect();
      for (let turn = 0; turn < 3; turn++) await connection.work();
      await connection.close();
      // In a transaction `now()` is that of BEGIN, a message earlier than the statement.
      expect(await server.query("SELECT n, tx FROM t")).toBe("1|1\n2|1\n1|1");
    },
    MS,
  );

  peerTest(
    POSTGRES_PROGRAMS,
    "the server counts and ends this test's back-ends and no others, whoever else looks",
    async () => {
      await using server = await startPostgres({ settings: { max_connections: 17 } });
      const url = `postgres://postgres@127.0.0.1:${server.port}/postgres`;
      await using target = await openTarget(targetPlan(url));
      await using other = await openTarget(targetPlan(url));
      await using desk = await target.desk!();
      await using second = await target.desk!();
      const stranger = await other.connect();
      expect(await desk.view()).toMatchObject({ source: "pg_stat_activity", scope: "ours", connections: 0 });
      const connections = await Promise.all([target.connect(), target.connect(), target.connect()]);
      expect(await desk.view()).toMatchObject({ connections: 3, limit: 17 });
      expect((await desk.view()).version).toMatch(/^PostgreSQL \d+/);
      const pids = await server.query(
        "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'netkit%'",
      );
      for (const { serverId } of connections) expect(pids.split("\n")).toContain(serverId);
      expect(await desk.kill!(1)).toBe(1);
      await Promise.race(connections.map(({ gone }) => gone));
      await expect.poll(async () => (await second.view()).connections).toBe(2);
      expect(await desk.kill!(undefined)).toBe(2);
      await Promise.all(connections.map(({ gone }) => gone));
      expect(await desk.kill!(undefined)).toBe(0);
      expect((await stranger.work()).bytesReceived).toBeGreaterThan(0);
      await checkKilled(stranger, async () => {
        await using rival = await other.desk!();
        expect(await rival.kill!(5)).toBe(1);
      });
    },
    MS,
  );

  peerTest(
    POSTGRES_PROGRAMS,
    "a wrong query and a wrong password are told without the password",
    async () => {
      await using server = await startPostgres({ password: "rightsecret" });
      const at = `127.0.0.1:${server.port}/postgres`;
      await using locked = await openTarget(targetPlan(`postgres://postgres:wrongsecret@${at}`));
      const refused = await rejection(locked.connect());
      expect(refused.why).toMatch(/password authentication failed/);
      expect(everyWord(refused)).not.toContain("wrongsecret");
      const work = { kind: "query", queries: ["SELEC 1"], transaction: false } as const;
      await using target = await openTarget(targetPlan(`postgres://postgres:rightsecret@${at}`, { work }));
      const connection = await target.connect();
      const wrong = await rejection(connection.work());
      expect(wrong.why).toMatch(/syntax error/);
      expect(everyWord(wrong)).not.toContain("rightsecret");
      await connection.close();
    },
    MS,
  );

  peerTest(
    POSTGRES_PROGRAMS,
    "TLS by sslmode: trusts the CA given, for the address it is reached at, and nobody else",
    async () => {
      await using pair = await keyPairFiles();
      await using server = await startPostgres({ tls: pair.files });
      const url = `postgres://postgres@127.0.0.1:${server.port}/postgres?sslmode=verify-full`;
      const work = {
        kind: "query",
        queries: ["SELECT 1 / ssl::int FROM pg_stat_ssl WHERE pid = pg_backend_pid()"],
        transaction: false,
      } as const;
      await checkWorks(targetPlan(url, { work, tls: { ca: pair.ca } }));
      await checkWorks(targetPlan(url, { work, tls: { insecure: true } }));
      await using untrusting = await openTarget(targetPlan(url));
      await rejection(untrusting.connect());
    },
    MS,
  );
});

async function checkWorks(plan: ReturnType<typeof targetPlan>): Promise<void> {
  await using target = await openTarget(plan);
  const connection = await target.connect();
  await connection.work();
  await connection.close();
}
