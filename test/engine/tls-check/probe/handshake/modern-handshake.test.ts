// The client's half of TLS 1.3 against a scripted server, and against node's.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { describe, expect, test } from "vitest";
import { EXTENSION } from "../../../../../src/core/framing/tls/extension-types.ts";
import { earlyData } from "../../../../../src/core/framing/tls/extensions.ts";
import { parseCertificate } from "../../../../../src/engine/tls-check/certificates/certificate.ts";
import { readChain13 } from "../../../../../src/engine/tls-check/probe/chains.ts";
import { finishedModern } from "../../../../../src/engine/tls-check/probe/finished-modern.ts";
import {
  type ModernOutcome,
  openModern,
} from "../../../../../src/engine/tls-check/probe/handshake/modern-handshake.ts";
import { probeHandshakes } from "../../../../../src/engine/tls-check/probe/handshakes.ts";
import { modernOffer } from "../../../../../src/engine/tls-check/probe/modern-offer.ts";
import type { Readers } from "../../../../../src/engine/tls-check/probe/sightings.ts";
import { enumerateSignatures13 } from "../../../../../src/engine/tls-check/probe/signatures13.ts";
import { ScriptedServer } from "../scripted.ts";
import { credentials } from "./credentials.ts";
import { ModernServer, type ModernServerOptions } from "./modern-server.ts";

type Options = Omit<ModernServerOptions, "credentials">;

const KNOWN = { suites: [0x1301, 0x1302, 0x1303], groups: [0x001d, 0x0017] };
const readers: Readers = { parseCertificate, nameText: (der) => Buffer.from(der).toString("hex") };

async function open(
  options: Options,
  known: Parameters<typeof modernOffer>[1] = KNOWN,
): Promise<ModernOutcome> {
  const modern = new ModernServer({ credentials: [await credentials("rsa")], ...options });
  await using server = await ScriptedServer.start(modern.script);
  const prober = server.prober();
  const outcome = await prober.exchange("test", (link) => openModern(link, modernOffer(prober, known)!));
  if (outcome.kind === "inconclusive") throw new Error(outcome.why);
  return outcome.value;
}

describe("openModern", () => {
  test("decrypts and checks the server's flight", async () => {
    const answer = await open({ staple: Buffer.from("ocsp"), scts: Buffer.from("scts") });
    expect(answer).toMatchObject({ kind: "handshake", retried: false, resumed: false });
    if (answer.kind !== "handshake") return;
    const { flight } = answer;
    expect(flight).toMatchObject({
      scheme: 0x0804,
      signatureFits: true,
      compression: undefined,
      request: undefined,
    });
    expect(flight.entries[0]?.der).toEqual((await credentials("rsa")).der);
    expect(flight.entries[0]?.extensions.get(EXTENSION.signedCertificateTimestamp)).toEqual(
      Buffer.from("scts"),
    );
    expect(flight.extensions.has(EXTENSION.alpn)).toBe(true);
  });

  test.each([0x1301, 0x1302, 0x1303, 0x1304, 0x1305])("suite %i", async (suite) => {
    expect((await open({ suite }, { ...KNOWN, suites: [suite] })).kind).toBe("handshake");
  });

  test("answers a HelloRetryRequest with the group and the cookie", async () => {
    const modern = new ModernServer({
      credentials: [await credentials("rsa")],
      group: 0x0018,
      cookie: Buffer.from("biscuit"),
    });
    await using server = await ScriptedServer.start(modern.script);
    const prober = server.prober();
    const offer = modernOffer(prober, undefined)!;
    const outcome = await prober.exchange("test", (link) => openModern(link, offer));
    expect(outcome).toMatchObject({ kind: "done", value: { kind: "handshake", retried: true } });
    const [first, second] = modern.hellos;
    expect(second?.random).toEqual(first?.random);
    expect(second?.extensions.get(EXTENSION.keyShare)?.readUInt16BE(2)).toBe(0x0018);
  });

  test("the second hello leaves early data out", async () => {
    const modern = new ModernServer({
      credentials: [await credentials("rsa")],
      cookie: Buffer.from("biscuit"),
      group: 0x0017,
    });
    await using server = await ScriptedServer.start(modern.script);
    const prober = server.prober();
    const offer = modernOffer(prober, KNOWN, { extensions: [earlyData()] })!;
    const outcome = await prober.exchange("test", (link) => openModern(link, offer));
    expect(outcome).toMatchObject({ kind: "done", value: { kind: "handshake" } });
    expect(modern.hellos.map(({ extensions }) => extensions.has(EXTENSION.earlyData))).toEqual([true, false]);
  });

  test("a HelloRetryRequest for a share that was there is a violation", async () => {
    const answer = await open({ cookie: Buffer.from("again") }, KNOWN);
    expect(answer).toMatchObject({ kind: "violation", section: "RFC 8446 §4.1.4" });
  });

  test.each([
    ["finished", "Finished does not fit"],
    ["order", "out of place"],
    ["record", "does not decrypt"],
    ["group", "key share"],
    ["suite", "suite that was not offered"],
  ] as const)("a wrong %s is a violation", async (wrong, what) => {
    expect(await open({ wrong })).toMatchObject({ kind: "violation", what: expect.stringContaining(what) });
  });

  test("a wrong signature is told, and the handshake goes on", async () => {
    expect(await open({ wrong: "signature" })).toMatchObject({
      kind: "handshake",
      flight: { signatureFits: false },
    });
  });

  test.each(["clear", "protected"] as const)(
    "an alert in place of the flight, %s, is an alert",
    async (alert) => {
      const name = alert === "clear" ? "handshake_failure" : "unrecognized_name";
      expect(await open({ alert })).toMatchObject({ kind: "alert", name });
    },
  );

  test.each(["zlib", "brotli"] as const)(
    "a certificate compressed with %s is the certificate",
    async (compress) => {
      const answer = await open({ compress });
      expect(answer).toMatchObject({
        kind: "handshake",
        flight: { compression: compress === "zlib" ? 1 : 2 },
      });
      if (answer.kind === "handshake") expect(answer.flight.signatureFits).toBe(true);
    },
  );

  test.each(["bomb", "wrong-size", "unknown"] as const)(
    "a compressed certificate: %s is a violation",
    async (compress) => {
      expect(await open({ compress })).toMatchObject({ kind: "violation", section: "RFC 8879 §4" });
    },
  );

  test("groups that cannot be computed make no offer", async () => {
    await using server = await ScriptedServer.start(() => undefined);
    expect(modernOffer(server.prober(), { suites: [0x1301], groups: [0x11ec] })).toBeUndefined();
    expect(modernOffer(server.prober(), { suites: [0x00c7], groups: [0x001d] })).toBeUndefined();
  });
});

describe("finishedModern", () => {
  async function finish(
    options: Options,
    withIdentity = false,
  ): Promise<{ outcome: unknown; seen: unknown[] }> {
    const rsa = await credentials("rsa");
    const seen: unknown[] = [];
    const modern = new ModernServer({
      credentials: [rsa],
      ...options,
      onClient: (facts) => seen.push(facts),
    });
    await using server = await ScriptedServer.start(modern.script);
    const identity = withIdentity ? { chain: [rsa.der], key: rsa.key } : undefined;
    const outcome = await finishedModern(server.prober(), KNOWN, identity);
    return { outcome: outcome.kind === "done" ? outcome.value : outcome, seen };
  }

  test("counts the tickets that come before the server closes", async () => {
    const { outcome } = await finish({ tickets: 3 });
    expect(outcome).toMatchObject({
      kind: "finished",
      tickets: { end: { kind: "closed" } },
      certificateRequired: false,
    });
    expect((outcome as { tickets: { tickets: unknown[] } }).tickets.tickets).toHaveLength(3);
  });

  test("an empty certificate where one is requested changes nothing", async () => {
    const { outcome, seen } = await finish({ tickets: 1, clientCertificate: "requested" });
    expect(outcome).toMatchObject({ kind: "finished", certificateRequired: false });
    expect(seen).toEqual([{ certificates: 0, verified: false }]);
  });

  test("an empty certificate where one is required is refused", async () => {
    const { outcome } = await finish({ clientCertificate: "required" });
    expect(outcome).toMatchObject({ kind: "finished", certificateRequired: true });
  });

  test("an identity is shown with a proof of its key", async () => {
    const { outcome, seen } = await finish({ tickets: 1, clientCertificate: "required" }, true);
    expect(outcome).toMatchObject({ kind: "finished", certificateRequired: false });
    expect(seen).toEqual([{ certificates: 1, verified: true }]);
  });
});

describe("signature schemes and chains", () => {
  test("each scheme of each key is found, and each chain once", async () => {
    const modern = new ModernServer({ credentials: [await credentials("ec"), await credentials("rsa")] });
    await using server = await ScriptedServer.start(modern.script);
    const findings = await probeHandshakes(
      server.prober(),
      { modern: KNOWN, classic: undefined, heartbeat: undefined },
      { readers, intrusive: true },
    );
    expect(findings.signatures13).toEqual([0x0403, 0x0804, 0x0805, 0x0806]);
    expect(findings.signatures13Complete).toBe(true);
    expect(findings.chains13.map(({ keyType, version }) => `${keyType} ${version}`)).toEqual([
      "ecdsa TLSv1.3",
      "rsa TLSv1.3",
    ]);
    expect(findings.alpn13).toBe("h2");
    expect(findings.vulnerabilities).toBeUndefined();
    expect(findings.sessions).toMatchObject({ pskTicketCount: 0, pskResumed: { kind: "refused" } });
    expect(findings.sessions.idIssued).toEqual({
      kind: "refused",
      how: "no version below TLS 1.3 is offered",
    });
    // One for each scheme, one for the end.
    expect(server.connections).toBe(5);
  });

  test("a server that does not keep to the list is not asked for ever", async () => {
    const modern = new ModernServer({ credentials: [await credentials("rsa")], stubborn: true });
    await using server = await ScriptedServer.start(modern.script);
    const prober = server.prober();
    const first = await finishedModern(prober, KNOWN, undefined);
    if (first.kind !== "done" || first.value.kind !== "finished") throw new Error("no handshake");
    const found = await enumerateSignatures13(prober, KNOWN, first.value.handshake.flight);
    expect(found).toMatchObject({ schemes: [0x0804], complete: true });
    expect(server.connections).toBe(2);
  });

  test("every third connection being reset changes nothing", async () => {
    const modern = new ModernServer({ credentials: [await credentials("rsa")] });
    await using server = await ScriptedServer.start((socket, number) => {
      if (number % 3 === 0) socket.once("data", () => socket.resetAndDestroy());
      else modern.script(socket);
    });
    const findings = await probeHandshakes(
      server.prober(),
      { modern: KNOWN, classic: undefined, heartbeat: undefined },
      { readers, intrusive: false },
    );
    expect(findings.signatures13).toEqual([0x0804, 0x0805, 0x0806]);
    expect(findings.signatures13Complete).toBe(true);
  });

  test("a server that goes silent leaves the list open", async () => {
    const modern = new ModernServer({ credentials: [await credentials("rsa")] });
    await using server = await ScriptedServer.start((socket, number) => {
      if (number < 3) modern.script(socket);
      else socket.once("data", () => socket.resetAndDestroy());
    });
    const findings = await probeHandshakes(
      server.prober(),
      { modern: KNOWN, classic: undefined, heartbeat: undefined },
      { readers, intrusive: false },
    );
    expect(findings.signatures13).toEqual([0x0804, 0x0805]);
    expect(findings.signatures13Complete).toBe(false);
  });

  test("the chain of an unknown server comes with one connection, staple and timestamps included", async () => {
    const staple = Buffer.from("ocsp");
    const modern = new ModernServer({
      credentials: [await credentials("ec")],
      staple,
      scts: Buffer.from("scts"),
    });
    await using server = await ScriptedServer.start(modern.script);
    const outcome = await readChain13(server.prober(), readers);
    expect(outcome).toMatchObject({
      kind: "done",
      value: { keyType: "ecdsa", serverName: "localhost", stapledOcsp: staple, tlsScts: Buffer.from("scts") },
    });
    expect(server.connections).toBe(1);
  });
});

describe("tickets that are not taken back", () => {
  async function sessionsOf(
    options: Options,
  ): Promise<{ sessions: unknown; hellos: readonly (readonly boolean[])[] }> {
    const modern = new ModernServer({ credentials: [await credentials("ec")], tickets: 1, ...options });
    await using server = await ScriptedServer.start(modern.script);
    const findings = await probeHandshakes(
      server.prober(),
      { modern: KNOWN, classic: undefined, heartbeat: undefined },
      { readers, intrusive: false },
    );
    const resumptions = modern.hellos.filter(({ extensions }) => extensions.has(EXTENSION.preSharedKey));
    return {
      sessions: findings.sessions,
      hellos: resumptions.map(({ extensions }) => [
        extensions.has(EXTENSION.earlyData),
        [...extensions.keys()].at(-1) === EXTENSION.preSharedKey,
      ]),
    };
  }

  test("are refused", async () => {
    const { sessions, hellos } = await sessionsOf({});
    const refused = { kind: "refused", how: "a whole handshake instead" };
    expect(sessions).toMatchObject({ pskResumed: refused, pskTicketCount: 1, pskLifetimeSeconds: 300 });
    // The pre-shared key stands last.
    expect(hellos).toEqual([[false, true]]);
  });

  test("are offered a second time without early data", async () => {
    const { sessions, hellos } = await sessionsOf({ maxEarlyDataBytes: 4096 });
    expect(sessions).toMatchObject({
      pskResumed: { kind: "refused" },
      earlyData: { kind: "refused" },
      maxEarlyDataBytes: 4096,
    });
    expect(hellos).toEqual([
      [true, true],
      [false, true],
    ]);
  });
});

describe("sessions with node:tls", () => {
  async function sessionsOf(options: TlsOptions): Promise<Awaited<ReturnType<typeof probeHandshakes>>> {
    const { certPem, keyPem } = await credentials("rsa");
    const server = createServer({ cert: certPem, key: keyPem, minVersion: "TLSv1.3", ...options }, (socket) =>
      socket.on("error", () => undefined).resume(),
    );
    server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    await using scripted = await ScriptedServer.start(() => undefined);
    const { port } = server.address() as AddressInfo;
    try {
      return await probeHandshakes(
        scripted.prober({}, { port }),
        { modern: KNOWN, classic: undefined, heartbeat: undefined },
        { readers, intrusive: false },
      );
    } finally {
      server.close();
    }
  }

  test("tickets are counted and taken back", async () => {
    const { sessions } = await sessionsOf({ sessionTimeout: 1234 });
    expect(sessions).toMatchObject({
      pskResumed: { kind: "offered" },
      pskTicketCount: 2,
      pskLifetimeSeconds: 1234,
      earlyData: { kind: "refused", how: "its tickets allow none" },
    });
  });

  test("a client certificate that is required leaves the sessions open", async () => {
    const findings = await sessionsOf({ requestCert: true, rejectUnauthorized: true });
    expect(findings.clientCertificate).toBe("required");
    expect(findings.sessions.pskResumed.kind).toBe("inconclusive");
    expect(findings.signatures13).toEqual([0x0804, 0x0805, 0x0806]);
  });
});
