// Handshakes completed with servers of other people: every suite, version and group, sessions, client
// certificates, and what they cost.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERSION } from "../../src/core/framing/tls/record.ts";
import { cipherSpec } from "../../src/engine/tls-check/probe/handshake/cipher-spec.ts";
import { openClassic } from "../../src/engine/tls-check/probe/handshake/classic-flight.ts";
import { finishClassic } from "../../src/engine/tls-check/probe/handshake/classic-handshake.ts";
import { clientIdentity } from "../../src/engine/tls-check/probe/handshake/client-identity.ts";
import { makeKeyShare } from "../../src/engine/tls-check/probe/handshake/key-shares.ts";
import { openModern } from "../../src/engine/tls-check/probe/handshake/modern-handshake.ts";
import { RecordLayer } from "../../src/engine/tls-check/probe/handshake/record-layer.ts";
import {
  type HandshakeFindings,
  type HandshakeOptions,
  probeHandshakes,
} from "../../src/engine/tls-check/probe/handshakes.ts";
import { makeHello } from "../../src/engine/tls-check/probe/hello.ts";
import type { KnownServer } from "../../src/engine/tls-check/probe/known.ts";
import { Prober } from "../../src/engine/tls-check/probe/prober.ts";
import { certificateReaders } from "../../src/engine/tls-check/probe/readers.ts";
import { SUITES } from "../../src/engine/tls-check/registry/suites.ts";
import { hasProgram, peerTest } from "../support/peers.ts";
import { Folder, freePort, runProgram } from "../support/program.ts";
import { Relay } from "../support/relay.ts";
import { SCAN_LIMITS } from "../support/tls-scan.ts";
import {
  gnutlsServ,
  haproxy,
  type KeyKind,
  type KeyPairFiles,
  nginx,
  nodeTls,
  type RunningServer,
  selfSigned,
  sServer,
} from "../support/tls-servers.ts";

const KINDS: readonly KeyKind[] = ["rsa", "p256", "ed25519", "rsapss"];
const MODERN = { suites: [0x1301, 0x1302, 0x1303], groups: [0x001d, 0x0017, 0x001e, 0x0018, 0x0019] };

let certificates: Folder;
const pairs = {} as Record<KeyKind, KeyPairFiles>;

beforeAll(async () => {
  certificates = await Folder.create();
  if (!hasProgram("openssl")) return;
  for (const kind of KINDS) pairs[kind] = await selfSigned(certificates, kind);
});

afterAll(async () => {
  await certificates[Symbol.asyncDispose]();
});

function proberOf(port: number): Prober {
  return new Prober({
    address: "127.0.0.1",
    family: 4,
    port,
    upgrade: "none",
    serverName: "localhost",
    limits: SCAN_LIMITS,
    signal: new AbortController().signal,
  });
}

/** What OpenSSL's default list has below TLS 1.3, with authentication by RSA or ECDSA. */
const USUAL = SUITES.filter(
  ({ name, keyExchange, authentication, maxVersion }) =>
    ["ECDHE", "DHE", "RSA"].includes(keyExchange) &&
    ["RSA", "ECDSA"].includes(authentication) &&
    maxVersion === "TLSv1.2" &&
    /AES|CHACHA/.test(name),
).map(({ code }) => code);

async function probe(
  port: number,
  known: Partial<KnownServer> = {},
  options: Partial<HandshakeOptions> = {},
): Promise<HandshakeFindings & { readonly connections: number }> {
  const prober = proberOf(port);
  const server = {
    modern: MODERN,
    classic: { version: "TLSv1.2", suites: USUAL },
    heartbeat: undefined,
    ...known,
  } as const;
  const findings = await probeHandshakes(prober, server, {
    readers: certificateReaders,
    intrusive: true,
    ...options,
  });
  return { ...findings, connections: prober.connections };
}

/** Answers of a sound server. */
const SOUND = {
  heartbleed: { kind: "refused" },
  ccsInjection: { kind: "refused" },
  robot: { kind: "refused" },
  poodleTls: { kind: "refused" },
  ticketbleed: { kind: "refused" },
  cbcPaddingOracle: { kind: "refused" },
};

describe("whole handshakes with openssl s_server", () => {
  peerTest("openssl", "in every suite and version that it has", async () => {
    await using folder = await Folder.create();
    const parameters = join(folder.path, "dh.pem");
    await runProgram("openssl", [
      "genpkey",
      "-genparam",
      "-algorithm",
      "DH",
      "-pkeyopt",
      "group:ffdhe2048",
      "-out",
      parameters,
    ]);
    await using server = await sServer(pairs.rsa, [
      ...["-dcert", pairs.p256.cert, "-dkey", pairs.p256.key, "-dhparam", parameters],
      ...["-cipher", "ALL:@SECLEVEL=0", "-min_protocol", "TLSv1"],
    ]);
    const prober = proberOf(server.port);
    const completed: string[] = [];
    for (const version of ["TLSv1.0", "TLSv1.1", "TLSv1.2"] as const) {
      for (const { code, name } of SUITES) {
        if (cipherSpec(code) === undefined || cipherSpec(code)?.keyExchange === "tls13") continue;
        const spec = makeHello(prober, { version, suites: [code], alpn: [] });
        const outcome = await prober.exchange(name, async (link) => {
          const layer = new RecordLayer(link, VERSION.tls10, false);
          const flight = await openClassic(layer, spec);
          return flight.kind === "flight" ? finishClassic(layer, flight) : flight;
        });
        const kind = outcome.kind === "done" ? outcome.value.kind : outcome.why;
        // A suite that it has not is an alert; everything else must come through.
        expect(["handshake", "alert"], `${version} ${name}`).toContain(kind);
        if (kind === "handshake") completed.push(`${version} ${name}`);
      }
    }
    const of = (version: string): number => completed.filter((each) => each.startsWith(version)).length;
    expect(of("TLSv1.0")).toBeGreaterThanOrEqual(12);
    expect(of("TLSv1.1")).toBe(of("TLSv1.0"));
    expect(of("TLSv1.2")).toBeGreaterThanOrEqual(50);
  });

  peerTest("openssl", "in every TLS 1.3 suite, with a HelloRetryRequest, and in every group", async () => {
    const suites = SUITES.filter(({ code }) => cipherSpec(code)?.keyExchange === "tls13");
    const groups = "X25519:X448:P-256:P-384:P-521:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192";
    await using server = await sServer(pairs.rsa, [
      ...["-ciphersuites", suites.map(({ name }) => name).join(":"), "-groups", groups],
    ]);
    const prober = proberOf(server.port);
    const complete = async (suite: number, group: number, share: boolean): Promise<unknown> => {
      const made = makeKeyShare(group)!;
      const shares = share ? [made] : [];
      const keyShares = shares.map(({ publicKey }) => ({ group, key: publicKey }));
      const spec = makeHello(prober, { version: "TLSv1.3", suites: [suite], groups: [group], keyShares });
      const outcome = await prober.exchange("test", (link) => openModern(link, { spec, shares }));
      return outcome.kind === "done" ? outcome.value : outcome;
    };
    for (const { code } of suites) {
      expect(await complete(code, 0x001d, true)).toMatchObject({
        kind: "handshake",
        retried: false,
        flight: { signatureFits: true },
      });
    }
    for (const group of [0x1d, 0x1e, 0x17, 0x18, 0x19, 0x100, 0x101, 0x102, 0x103, 0x104]) {
      expect(await complete(0x1301, group, true)).toMatchObject({ kind: "handshake", retried: false });
      expect(await complete(0x1301, group, false)).toMatchObject({ kind: "handshake", retried: true });
    }
  });
});

describe("everything that takes a handshake", () => {
  peerTest(["nginx", "openssl"], "costs at most 25 connections with nginx, which is sound", async () => {
    await using folder = await Folder.create();
    await using server = await nginx(folder, [pairs.rsa], "ssl_protocols TLSv1.2 TLSv1.3;");
    const { connections, ...found } = await probe(server.port);
    expect(found).toMatchObject({
      signatures13: [0x0804, 0x0805, 0x0806],
      signatures13Complete: true,
      sessions: {
        ticketIssued: { kind: "offered" },
        ticketResumed: { kind: "offered" },
        idResumed: { kind: "refused" },
        pskResumed: { kind: "offered" },
        pskTicketCount: 2,
        pskLifetimeSeconds: 300,
        earlyData: { kind: "refused" },
      },
      clientRenegotiation: { kind: "refused" },
      certificateCompression: { kind: "refused" },
      clientCertificate: "none",
      vulnerabilities: SOUND,
    });
    expect(connections).toBeLessThanOrEqual(25);
  });

  peerTest(
    ["nginx", "openssl"],
    "finds both certificates, a session cache and early data of nginx",
    async () => {
      await using folder = await Folder.create();
      await using server = await nginx(
        folder,
        [pairs.rsa, pairs.p256],
        "ssl_protocols TLSv1.2 TLSv1.3; ssl_early_data on; ssl_session_cache shared:test:1m; ssl_session_timeout 11m;",
      );
      const found = await probe(server.port, {}, { intrusive: false });
      expect(found.chains13.map(({ keyType }) => keyType).sort()).toEqual(["ecdsa", "rsa"]);
      expect([...found.signatures13].sort()).toEqual([0x0403, 0x0804, 0x0805, 0x0806]);
      expect(found.sessions).toMatchObject({
        idIssued: { kind: "offered" },
        idResumed: { kind: "offered" },
        ticketLifetimeSeconds: 660,
        pskLifetimeSeconds: 660,
        earlyData: { kind: "offered" },
        maxEarlyDataBytes: 16_384,
      });
      expect(found.vulnerabilities).toBeUndefined();
    },
  );

  peerTest(
    ["nginx", "openssl"],
    "is the same through a relay that resets every 20th connection",
    async () => {
      await using folder = await Folder.create();
      await using server = await nginx(folder, [pairs.rsa], "ssl_protocols TLSv1.2 TLSv1.3;");
      await using relay = await Relay.start(server.port, { resetEvery: 20 });
      const { connections: straight, ...direct } = await probe(server.port);
      const { connections: spoilt, ...relayed } = await probe(relay.port);
      expect(relayed).toEqual(direct);
      expect(spoilt).toBe(straight + relay.resets);
      expect(relay.resets).toBeGreaterThan(0);
    },
  );

  peerTest("openssl", "with s_server: a session without tickets", async () => {
    await using without = await sServer(pairs.rsa, ["-no_ticket", "-num_tickets", "0"]);
    expect(await probe(without.port, {}, { intrusive: false })).toMatchObject({
      sessions: {
        ticketIssued: { kind: "refused" },
        idResumed: { kind: "offered" },
        pskTicketCount: 0,
        pskResumed: { kind: "refused" },
      },
    });
  });

  peerTest("openssl", "with s_server: renegotiation, when it is allowed", async () => {
    await using server = await sServer(pairs.rsa, ["-client_renegotiation"]);
    expect((await probe(server.port, { modern: undefined })).clientRenegotiation).toEqual({
      kind: "offered",
    });
  });

  peerTest("openssl", "with s_server: TLS 1.0 alone", async () => {
    await using server = await sServer(pairs.rsa, ["-tls1", "-cipher", "ALL:@SECLEVEL=0"]);
    const classic = { version: "TLSv1.0", suites: [0xc014, 0xc013, 0x0035, 0x002f] } as const;
    expect(await probe(server.port, { modern: undefined, classic })).toMatchObject({
      sessions: {
        idResumed: { kind: "offered" },
        ticketResumed: { kind: "offered" },
        pskResumed: { kind: "refused" },
      },
      vulnerabilities: SOUND,
    });
  });

  peerTest("openssl", "with s_server: an Ed25519 key has one scheme", async () => {
    await using server = await sServer(pairs.ed25519, []);
    const found = await probe(server.port, { classic: undefined });
    expect(found.signatures13).toEqual([0x0807]);
    expect(found.chains13.map(({ keyType }) => keyType)).toEqual(["eddsa"]);
  });

  peerTest("openssl", "with s_server: an RSA-PSS key signs with the schemes for such keys", async () => {
    await using server = await sServer(pairs.rsapss, []);
    const found = await probe(server.port, { classic: undefined });
    expect(found.signatures13).toEqual([0x0809, 0x080a, 0x080b]);
  });

  peerTest(["gnutls-serv", "openssl"], "with gnutls-serv, which lets clients renegotiate", async () => {
    await using server = await gnutlsServ(pairs.rsa, "NORMAL");
    expect(await probe(server.port)).toMatchObject({
      signatures13: [0x0804, 0x0805, 0x0806],
      sessions: { ticketResumed: { kind: "offered" }, pskResumed: { kind: "offered" } },
      clientRenegotiation: { kind: "offered" },
      clientCertificate: "requested",
      vulnerabilities: SOUND,
    });
  });

  peerTest(["haproxy", "openssl"], "with haproxy", async () => {
    await using folder = await Folder.create();
    await using server = await haproxy(folder, [pairs.rsa], "ciphers ALL:@SECLEVEL=0");
    expect(await probe(server.port)).toMatchObject({
      signatures13: [0x0804, 0x0805, 0x0806],
      sessions: {
        ticketResumed: { kind: "offered" },
        idResumed: { kind: "offered" },
        pskResumed: { kind: "offered" },
      },
      clientRenegotiation: { kind: "refused" },
      vulnerabilities: SOUND,
    });
  });

  peerTest("openssl", "with node:tls", async () => {
    await using server = await nodeTls(pairs.rsa);
    // It closes as soon as the handshake is through, and its tickets of TLS 1.3 then never leave.
    expect(await probe(server.port)).toMatchObject({
      signatures13: [0x0804, 0x0805, 0x0806],
      sessions: { ticketResumed: { kind: "offered" }, pskResumed: { kind: "refused" }, pskTicketCount: 0 },
      clientCertificate: "none",
      vulnerabilities: SOUND,
    });
  });
});

describe("client certificates", () => {
  async function required(): Promise<RunningServer> {
    return sServer(pairs.rsa, ["-Verify", "1", "-CAfile", pairs.p256.cert, "-verify_return_error"]);
  }

  peerTest("openssl", "required: what needs one is open, all else is known", async () => {
    await using server = await required();
    const found = await probe(server.port);
    expect(found.clientCertificate).toBe("required");
    expect(found.clientAuthorities).toEqual(["CN=localhost"]);
    expect(found.signatures13).toEqual([0x0804, 0x0805, 0x0806]);
    expect(found.sessions.pskResumed.kind).toBe("inconclusive");
    expect(found.sessions.ticketIssued.kind).toBe("inconclusive");
    expect(found.vulnerabilities).toMatchObject({
      ccsInjection: { kind: "refused" },
      robot: { kind: "inconclusive" },
    });
  });

  peerTest("openssl", "required and shown: everything is known", async () => {
    await using server = await required();
    const identity = clientIdentity(
      readFileSync(pairs.p256.cert, "utf8"),
      readFileSync(pairs.p256.key, "utf8"),
    );
    const found = await probe(server.port, {}, { identity });
    expect(found).toMatchObject({
      clientCertificate: "required",
      sessions: {
        pskResumed: { kind: "offered" },
        ticketResumed: { kind: "offered" },
        idResumed: { kind: "offered" },
      },
      vulnerabilities: SOUND,
    });
  });
});

test("a port that nobody listens on leaves everything open", async () => {
  const found = await probe(await freePort());
  expect(found.signatures13Complete).toBe(false);
  expect(found.clientCertificate).toBe("unknown");
  for (const answer of Object.values(found.sessions)) {
    if (typeof answer === "object") expect(answer.kind).toBe("inconclusive");
  }
  for (const answer of [found.vulnerabilities?.robot, found.vulnerabilities?.ccsInjection]) {
    expect(answer?.kind).toBe("inconclusive");
  }
});
