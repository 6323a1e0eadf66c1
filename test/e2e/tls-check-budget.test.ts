// What a scan costs, and that a bad path changes how long it takes, not what it finds.
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { AddressFacts } from "../../src/engine/tls-check/facts.ts";
import { hasProgram, peerTest } from "../support/peers.ts";
import { Folder } from "../support/program.ts";
import { Relay } from "../support/relay.ts";
import { SCAN_LIMITS, scanLocal } from "../support/tls-scan.ts";
import { type KeyPairFiles, nginx, selfSigned } from "../support/tls-servers.ts";

let certificates: Folder;
let rsa: KeyPairFiles;

beforeAll(async () => {
  certificates = await Folder.create();
  if (hasProgram("openssl")) rsa = await selfSigned(certificates, "rsa");
});

afterAll(async () => {
  await certificates[Symbol.asyncDispose]();
});

const MODERN = "ssl_protocols TLSv1.2 TLSv1.3;";

/** Everything but what differs between two runs on the same server. */
function verdicts({ connections, retries, seconds, ...facts }: AddressFacts): unknown {
  return facts;
}

describe("a full scan", () => {
  peerTest(["nginx", "openssl"], "of nginx as it comes takes at most 80 connections and 1.5 s", async () => {
    await using folder = await Folder.create();
    await using server = await nginx(folder, [rsa]);
    await using relay = await Relay.start(server.port);
    const facts = await scanLocal(relay.port);
    expect(facts.connections).toBe(relay.connections);
    expect(facts.retries).toBe(0);
    expect(facts.connections).toBeLessThanOrEqual(80);
    expect(facts.seconds).toBeLessThan(1.5);
  });

  peerTest(["nginx", "openssl"], "of nginx with TLS 1.2 and 1.3 takes no more", async () => {
    await using folder = await Folder.create();
    await using server = await nginx(folder, [rsa], MODERN);
    const facts = await scanLocal(server.port);
    expect(facts.connections).toBeLessThanOrEqual(80);
    expect(facts.seconds).toBeLessThan(1.5);
  });

  peerTest(["nginx", "openssl"], "with 50 ms of round trip added takes less than 5 s", async () => {
    await using folder = await Folder.create();
    await using server = await nginx(folder, [rsa], MODERN);
    await using relay = await Relay.start(server.port, { roundTripMs: 50 });
    const [near, far] = [await scanLocal(server.port), await scanLocal(relay.port)];
    expect(far.seconds).toBeLessThan(5);
    expect(verdicts(far)).toEqual(verdicts(near));
  });

  peerTest(
    ["nginx", "openssl"],
    "through a relay that resets every 20th connection finds the same",
    async () => {
      await using folder = await Folder.create();
      await using server = await nginx(folder, [rsa], MODERN);
      await using relay = await Relay.start(server.port, { resetEvery: 20 });
      const [plain, spoiled] = [await scanLocal(server.port), await scanLocal(relay.port)];
      expect(verdicts(spoiled)).toEqual(verdicts(plain));
      expect(relay.resets).toBeGreaterThanOrEqual(2);
      expect(spoiled.retries).toBe(relay.resets);
    },
  );

  peerTest(
    ["nginx", "openssl"],
    "with too small a budget says what is missing, and refuses nothing",
    async () => {
      await using folder = await Folder.create();
      await using server = await nginx(folder, [rsa], MODERN);
      const whole = await scanLocal(server.port);
      for (const maxConnections of [1, 2, 5, 10, 20, 30, 40, 50]) {
        const facts = await scanLocal(server.port, { limits: { ...SCAN_LIMITS, maxConnections } });
        expect(facts.connections).toBeLessThanOrEqual(maxConnections);
        for (const [index, { version, answer, suites, complete }] of facts.protocols.entries()) {
          const truth = whole.protocols[index]!;
          expect(truth.version).toBe(version);
          if (answer.kind === "inconclusive") expect(answer.why).toContain("budget");
          else expect([version, answer.kind]).toEqual([version, truth.answer.kind]);
          expect(truth.suites).toEqual(expect.arrayContaining([...suites]));
          if (complete) expect(suites.length).toBe(truth.suites.length);
        }
      }
    },
  );
});

describe("a certificate-only scan", () => {
  peerTest(
    ["nginx", "openssl"],
    "takes one connection where there is TLS 1.2, two where there is not",
    async () => {
      await using folder = await Folder.create();
      await using server = await nginx(folder, [rsa], MODERN);
      const facts = await scanLocal(server.port, { scope: "certificate-only" });
      expect(facts.chains.map(({ version, keyType }) => [version, keyType])).toEqual([["TLSv1.2", "rsa"]]);
      expect([facts.connections, facts.unreachable]).toEqual([1, undefined]);

      await using otherFolder = await Folder.create();
      await using other = await nginx(otherFolder, [rsa], "ssl_protocols TLSv1.3;");
      const modern = await scanLocal(other.port, { scope: "certificate-only" });
      expect(modern.chains.map(({ version, keyType }) => [version, keyType])).toEqual([["TLSv1.3", "rsa"]]);
      expect([modern.connections, modern.unreachable]).toEqual([2, undefined]);
    },
  );
});
