// Pool tests on a real MariaDB: the work of a checkout, the server's view, and connections that the server ends.
import { describe, expect } from "vitest";
import { openTarget } from "../../../../src/engine/pool-test/targets/catalog.ts";
import { MARIADB_PROGRAMS, startMariadb } from "../../../support/mariadb-server.ts";
import { peerTest } from "../../../support/peers.ts";
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

const MS = 90_000;

function query(transaction: boolean, ...queries: readonly string[]) {
  return { work: { kind: "query", queries, transaction } } as const;
}

describe("mysql:", () => {
  peerTest(
    MARIADB_PROGRAMS,
    "works in turn, is valid, can be given up and closes; is counted and ended by the server",
    async () => {
      await using server = await startMariadb({ settings: { max_connections: 23 } });
      const url = `mysql://root@127.0.0.1:${server.port}/mysql`;
      await checkTarget(targetPlan(url), { slow: targetPlan(url, query(false, "SELECT SLEEP(20)")) });
      await checkStuck(targetPlan(url));
      await checkTimeout(targetPlan(url, { ...query(false, "SELECT SLEEP(20)"), workTimeoutMs: 60 }));

      await server.query("CREATE TABLE t (n int, tx int)");
      const insert = (n: number) => `INSERT INTO t SELECT ${n}, @@in_transaction`;
      await using inTurn = await openTarget(targetPlan(url, query(true, insert(1), insert(2))));
      const worker = await inTurn.connect();
      for (let turn = 0; turn < 3; turn++) await worker.work();
      expect(await server.query("SELECT n, tx FROM t")).toBe("1\t1\n2\t1\n1\t1");

      await using target = await openTarget(targetPlan(url));
      await using desk = await target.desk!();
      await using second = await target.desk!();
      const connections = await Promise.all([target.connect(), target.connect(), target.connect()]);
      expect(await desk.view()).toMatchObject({ scope: "ours", connections: 3, limit: 23 });
      expect((await desk.view()).version).toMatch(/^MariaDB \d+\./);
      expect(await desk.kill!(1)).toBe(1);
      await Promise.race(connections.map(({ gone }) => gone));
      await expect.poll(async () => (await second.view()).connections).toBe(2);
      expect(await desk.kill!(undefined)).toBe(2);
      await Promise.all(connections.map(({ gone }) => gone));
      expect(await desk.kill!(undefined)).toBe(0);
      for (const connection of connections) await connection.close();
      await checkKilled(worker, async () => {
        await using rival = await inTurn.desk!();
        expect(await rival.kill!(5)).toBe(1);
      });
    },
    MS,
  );

  peerTest(
    MARIADB_PROGRAMS,
    "a wrong query and a wrong password are told without the password; TLS trusts the CA given and nobody else",
    async () => {
      await using pair = await keyPairFiles();
      await using server = await startMariadb({ password: "rightsecret", tls: pair.files });
      const at = `127.0.0.1:${server.port}/mysql`;
      await using locked = await openTarget(targetPlan(`mysql://root:wrongsecret@${at}`));
      const refused = await rejection(locked.connect());
      expect(refused).toMatchObject({ code: "NK_SERVER_ER_ACCESS_DENIED_ERROR" });
      expect(everyWord(refused)).not.toContain("wrongsecret");

      const url = `mysql://root:rightsecret@${at}`;
      await using target = await openTarget(targetPlan(url, query(false, "SELEC 1")));
      const connection = await target.connect();
      const wrong = await rejection(connection.work());
      expect(wrong.why).toMatch(/SQL syntax/);
      expect(everyWord(wrong)).not.toContain("rightsecret");
      await connection.close();

      // Divides by zero, which is an error here, when the session has no cipher.
      const ciphered = query(
        false,
        "SET sql_mode = 'ERROR_FOR_DIVISION_BY_ZERO,STRICT_ALL_TABLES'",
        "CREATE TEMPORARY TABLE c AS SELECT 1 / (VARIABLE_VALUE <> '') AS x FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher'",
      );
      for (const tls of [{ ca: pair.ca }, { insecure: true }]) {
        await using secured = await openTarget(
          targetPlan(`${url}?ssl-mode=VERIFY_IDENTITY`, { ...ciphered, tls }),
        );
        const one = await secured.connect();
        await one.work();
        await one.work();
        await one.close();
      }
      await using untrusting = await openTarget(targetPlan(`${url}?ssl-mode=VERIFY_IDENTITY`));
      await rejection(untrusting.connect());
    },
    MS,
  );
});
