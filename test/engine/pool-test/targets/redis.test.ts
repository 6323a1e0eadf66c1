// Pool tests on a real Redis: the work of a checkout, the server's view, and clients that the server ends.
import { describe, expect } from "vitest";
import type { TargetPlan } from "../../../../src/engine/pool-test/plan.ts";
import { openTarget } from "../../../../src/engine/pool-test/targets/catalog.ts";
import { peerTest } from "../../../support/peers.ts";
import { REDIS_PROGRAMS, startRedis } from "../../../support/redis-server.ts";
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

function command(transaction: boolean, ...commands: readonly (readonly string[])[]): Partial<TargetPlan> {
  return { work: { kind: "command", commands, transaction } };
}

describe("redis:", () => {
  peerTest(
    REDIS_PROGRAMS,
    "works, is valid, can be given up and closes, and leaves nothing behind",
    async () => {
      await using server = await startRedis();
      const url = `redis://127.0.0.1:${server.port}`;
      await checkTarget(targetPlan(url), {
        slow: targetPlan(url, command(false, ["BLPOP", "nothing", "20"])),
        minBytes: "+PONG\r\n".length,
      });
      await checkStuck(targetPlan(url));
      await checkTimeout(
        targetPlan(url, { ...command(false, ["BLPOP", "nothing", "20"]), workTimeoutMs: 60 }),
      );
    },
    MS,
  );

  peerTest(
    REDIS_PROGRAMS,
    "goes through its commands in turn, in the database of the URL, in transactions when asked",
    async () => {
      await using server = await startRedis();
      const url = `redis://127.0.0.1:${server.port}/3`;
      for (const transaction of [false, true]) {
        await using target = await openTarget(
          targetPlan(url, command(transaction, ["INCRBY", "n", "1"], ["INCRBY", "n", "10"])),
        );
        const connection = await target.connect();
        for (let turn = 0; turn < 3; turn++) await connection.work();
        await connection.close();
      }
      expect(await server.command("-n", "3", "GET", "n")).toBe("24");
      expect(await server.command("INFO", "commandstats")).toMatch(/cmdstat_exec:calls=3,/);
    },
    MS,
  );

  peerTest(
    REDIS_PROGRAMS,
    "the server counts and ends this test's clients and no others, whoever else looks",
    async () => {
      await using server = await startRedis({ settings: ["maxclients 33"] });
      const url = `redis://127.0.0.1:${server.port}`;
      await using target = await openTarget(targetPlan(url));
      await using other = await openTarget(targetPlan(url));
      await using desk = await target.desk!();
      await using second = await target.desk!();
      const stranger = await other.connect();
      const connections = await Promise.all([target.connect(), target.connect(), target.connect()]);
      expect(await desk.view()).toMatchObject({
        source: "CLIENT LIST",
        scope: "ours",
        connections: 3,
        limit: 33,
      });
      expect((await desk.view()).version).toMatch(/^Redis \d+\./);
      const list = await server.command("CLIENT", "LIST");
      for (const { serverId } of connections) expect(list).toContain(`id=${serverId} `);
      expect(await desk.kill!(1)).toBe(1);
      expect((await second.view()).connections).toBe(2);
      expect(await desk.kill!(undefined)).toBe(2);
      await Promise.all(connections.map(({ gone }) => gone));
      expect(await desk.kill!(undefined)).toBe(0);
      expect((await second.view()).connections).toBe(0);
      await checkKilled(stranger, async () => {
        await using rival = await other.desk!();
        expect(await rival.kill!(5)).toBe(1);
      });
    },
    MS,
  );

  peerTest(
    REDIS_PROGRAMS,
    "a wrong command and a wrong password are told without the password",
    async () => {
      await using server = await startRedis({ password: "rightsecret" });
      const at = `127.0.0.1:${server.port}`;
      await using locked = await openTarget(targetPlan(`redis://:wrongsecret@${at}`));
      const refused = await rejection(locked.connect());
      expect(refused.why).toMatch(/WRONGPASS/);
      expect(everyWord(refused)).not.toContain("wrongsecret");
      await using target = await openTarget(
        targetPlan(`redis://:rightsecret@${at}`, command(false, ["NOSUCH", "thing"])),
      );
      const connection = await target.connect();
      const wrong = await rejection(connection.work());
      expect(wrong.why).toMatch(/unknown command/);
      expect(everyWord(wrong)).not.toContain("rightsecret");
      await connection.close();
    },
    MS,
  );

  peerTest(
    REDIS_PROGRAMS,
    "a command that fails inside a transaction fails the work",
    async () => {
      await using server = await startRedis();
      await server.command("SET", "text", "abc");
      const work = command(true, ["INCR", "text"]);
      await using target = await openTarget(targetPlan(`redis://127.0.0.1:${server.port}`, work));
      const connection = await target.connect();
      expect((await rejection(connection.work())).why).toMatch(/not an integer/);
      await connection.close();
    },
    MS,
  );

  peerTest(
    REDIS_PROGRAMS,
    "rediss: trusts the CA given, for the address it is reached at, and nobody else",
    async () => {
      await using pair = await keyPairFiles();
      await using server = await startRedis({ tls: pair.files });
      const url = `rediss://127.0.0.1:${server.tlsPort}`;
      for (const tls of [{ ca: pair.ca }, { insecure: true }]) {
        await using target = await openTarget(targetPlan(url, { tls }));
        const connection = await target.connect();
        await connection.work();
        await connection.close();
      }
      await using untrusting = await openTarget(targetPlan(url));
      await rejection(untrusting.connect());
    },
    MS,
  );
});
