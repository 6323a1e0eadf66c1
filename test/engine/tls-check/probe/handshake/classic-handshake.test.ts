// The client's half of TLS 1.0 to 1.2, its sessions and its requests to renegotiate, against a scripted server.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { describe, expect, test } from "vitest";
import { VERSION } from "../../../../../src/core/framing/tls/record.ts";
import { openClassic } from "../../../../../src/engine/tls-check/probe/handshake/classic-flight.ts";
import {
  type ClassicOutcome,
  finishClassic,
} from "../../../../../src/engine/tls-check/probe/handshake/classic-handshake.ts";
import { RecordLayer } from "../../../../../src/engine/tls-check/probe/handshake/record-layer.ts";
import { makeHello } from "../../../../../src/engine/tls-check/probe/hello.ts";
import { demandsCertificate } from "../../../../../src/engine/tls-check/probe/no-handshake.ts";
import { probeSessions12, type Sessions12 } from "../../../../../src/engine/tls-check/probe/sessions12.ts";
import { type Script, ScriptedServer } from "../scripted.ts";
import { ClassicServer, type ClassicServerOptions, SUITES } from "./classic-server.ts";
import { credentials } from "./credentials.ts";

type Options = Omit<ClassicServerOptions, "credentials">;
type Version = "TLSv1.0" | "TLSv1.1" | "TLSv1.2";

const ALL = Object.values(SUITES);
const CBC = [SUITES.ecdheCbc, SUITES.rsaCbc];
const WIRE = { "TLSv1.0": VERSION.tls10, "TLSv1.1": VERSION.tls11, "TLSv1.2": VERSION.tls12 };

async function complete(
  options: Options,
  suite: number,
  version: Version = "TLSv1.2",
): Promise<ClassicOutcome> {
  const rsa = await credentials("rsa");
  const classic = new ClassicServer({ credentials: rsa, version: WIRE[version], ...options });
  await using server = await ScriptedServer.start(classic.script);
  const prober = server.prober();
  const spec = makeHello(prober, { version, suites: [suite] });
  const outcome = await prober.exchange("test", async (link): Promise<ClassicOutcome> => {
    const layer = new RecordLayer(link, VERSION.tls10, false);
    const flight = await openClassic(layer, spec);
    return flight.kind === "flight" ? finishClassic(layer, flight) : flight;
  });
  if (outcome.kind === "inconclusive") throw new Error(outcome.why);
  return outcome.value;
}

async function sessions(
  options: Options,
  known: { readonly version?: Version; readonly identity?: boolean; readonly timeoutMs?: number } = {},
  wrap: (script: Script) => Script = (script) => script,
): Promise<Sessions12 & { readonly connections: number; readonly resumptions: number }> {
  const rsa = await credentials("rsa");
  let resumptions = 0;
  const onFinished = ({ resumed }: { readonly resumed: boolean }): void => {
    if (resumed) resumptions++;
  };
  const classic = new ClassicServer({ credentials: rsa, onFinished, ...options });
  await using server = await ScriptedServer.start(wrap(classic.script));
  const prober = server.prober({ timeoutMs: known.timeoutMs ?? 5000 });
  const identity = known.identity === true ? { chain: [rsa.der], key: rsa.key } : undefined;
  const probe = { prober, known: { version: known.version ?? "TLSv1.2", suites: ALL }, identity };
  const found = await probeSessions12(probe);
  return { ...found, connections: server.connections, resumptions };
}

describe("a whole handshake", () => {
  test.each(Object.entries(SUITES))("TLS 1.2 with %s", async (_, suite) => {
    for (const extendedMasterSecret of [false, true]) {
      const answer = await complete({ extendedMasterSecret, encryptThenMac: true, tickets: true }, suite);
      expect(answer).toMatchObject({
        kind: "handshake",
        resumed: false,
        session: { suite, extendedMasterSecret, ticket: { lifetimeSeconds: 7200 } },
      });
    }
  });

  test.each(["TLSv1.0", "TLSv1.1"] as const)("%s with CBC", async (version) => {
    // ECDHE of these versions signs with MD5 and SHA-1 joined, which the scripted server does not make.
    expect((await complete({}, SUITES.rsaCbc, version)).kind).toBe("handshake");
    expect((await complete({ encryptThenMac: true }, SUITES.rsaCbc, version)).kind).toBe("handshake");
  });

  test("a Finished that does not fit is a violation", async () => {
    const answer = await complete({ wrongFinished: true }, SUITES.ecdheGcm);
    expect(answer).toMatchObject({ kind: "violation", section: "RFC 5246 §7.4.9" });
  });

  test("a suite that the server has not is an alert", async () => {
    const answer = await complete({ suites: CBC }, SUITES.rsaGcm);
    expect(answer).toMatchObject({ kind: "alert", name: "handshake_failure" });
  });
});

describe("sessions up to TLS 1.2", () => {
  test("tickets are given, and taken back with a short session id", async () => {
    const found = await sessions({ tickets: true });
    expect(found.facts).toEqual({
      ticketIssued: { kind: "offered" },
      ticketResumed: { kind: "offered" },
      ticketLifetimeSeconds: 7200,
      idIssued: { kind: "refused", how: "the server gave no session id" },
      idResumed: { kind: "refused", how: "the server gave no session id" },
    });
    expect(found.resumptions).toBe(1);
    expect(found.connections).toBe(4);
  });

  test("ids are given and taken back, with two connections where there are no tickets", async () => {
    const found = await sessions({ ids: true, extendedMasterSecret: true });
    expect(found.facts).toMatchObject({
      idIssued: { kind: "offered" },
      idResumed: { kind: "offered" },
      ticketIssued: { kind: "refused" },
    });
    expect(found.connections).toBe(2);
    expect(found.resumptions).toBe(1);
  });

  test("both at once cost four connections", async () => {
    const found = await sessions({ ids: true, tickets: true });
    expect(found.facts).toMatchObject({ idResumed: { kind: "offered" }, ticketResumed: { kind: "offered" } });
    expect(found.connections).toBe(4);
  });

  test("a server without sessions is said to have none", async () => {
    const { facts } = await sessions({});
    for (const answer of [facts.idIssued, facts.idResumed, facts.ticketIssued, facts.ticketResumed]) {
      expect(answer.kind).toBe("refused");
    }
  });

  test("every third connection being reset changes nothing", async () => {
    const reset =
      (script: Script): Script =>
      (socket, number) => {
        if (number % 3 === 0) socket.once("data", () => socket.resetAndDestroy());
        else script(socket, number);
      };
    const found = await sessions({ ids: true, tickets: true }, {}, reset);
    expect(found.facts).toMatchObject({ idResumed: { kind: "offered" }, ticketResumed: { kind: "offered" } });
    expect(found.clientRenegotiation).toEqual({ kind: "refused", how: "alert no_renegotiation (100)" });
  });

  test("a client certificate that is required leaves the rest open after one connection", async () => {
    const found = await sessions({ tickets: true, clientCertificate: "required" });
    expect(found.clientCertificate).toBe("required");
    expect(found.facts.ticketIssued).toEqual({
      kind: "inconclusive",
      why: "the server requires a client certificate",
    });
    expect(found.connections).toBe(1);
  });

  test("an identity opens what requires one", async () => {
    const found = await sessions({ tickets: true, clientCertificate: "required" }, { identity: true });
    expect(found.clientCertificate).toBe("required");
    expect(found.facts.ticketResumed).toEqual({ kind: "offered" });
  });

  test("an alert after no request has nothing to do with certificates", () => {
    const alert = { kind: "alert", level: 2, description: 40, name: "handshake_failure" } as const;
    expect(demandsCertificate(alert, true)).toBe(true);
    expect(demandsCertificate(alert, false)).toBe(false);
    const other = { ...alert, description: 50 };
    expect(demandsCertificate(other, true)).toBe(false);
  });

  test("a certificate that is only requested is not missed", async () => {
    const found = await sessions({ tickets: true, clientCertificate: "requested" });
    expect(found).toMatchObject({
      clientCertificate: "requested",
      facts: { ticketResumed: { kind: "offered" } },
    });
  });

  test("with node:tls, tickets and a stateful cache", async () => {
    const { certPem, keyPem } = await credentials("rsa");
    const kept = new Map<string, Buffer>();
    const server = createServer({ cert: certPem, key: keyPem, maxVersion: "TLSv1.2" }, (socket) =>
      socket.on("error", () => undefined).resume(),
    );
    server.on("newSession", (id: Buffer, data: Buffer, done: () => void) => {
      kept.set(id.toString("hex"), data);
      done();
    });
    server.on("resumeSession", (id: Buffer, done: (error: null, data: Buffer | null) => void) => {
      done(null, kept.get(id.toString("hex")) ?? null);
    });
    server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    await using scripted = await ScriptedServer.start(() => undefined);
    const { port } = server.address() as AddressInfo;
    const prober = scripted.prober({}, { port });
    const { facts } = await probeSessions12({
      prober,
      known: { version: "TLSv1.2", suites: ALL },
      identity: undefined,
    });
    server.close();
    expect(facts).toMatchObject({
      ticketIssued: { kind: "offered" },
      ticketResumed: { kind: "offered" },
      idIssued: { kind: "offered" },
      idResumed: { kind: "offered" },
    });
  });
});

describe("renegotiation", () => {
  test("a server that begins again lets the client renegotiate", async () => {
    expect((await sessions({ renegotiation: "accept" })).clientRenegotiation).toEqual({ kind: "offered" });
    expect(
      (await sessions({ renegotiation: "accept", ids: true, tickets: true })).clientRenegotiation.kind,
    ).toBe("offered");
  });

  test("no_renegotiation is a no", async () => {
    const { clientRenegotiation } = await sessions({ renegotiation: "refuse" });
    expect(clientRenegotiation).toEqual({ kind: "refused", how: "alert no_renegotiation (100)" });
  });

  test("closing is a no when it happens twice, and the sessions are found all the same", async () => {
    const found = await sessions({ renegotiation: "close", ids: true });
    expect(found.clientRenegotiation).toEqual({ kind: "refused", how: "closes the connection" });
    expect(found.facts.idResumed).toEqual({ kind: "offered" });
    expect(found.connections).toBe(3);
  });

  test("passing over the request is a no when the connection is alive", async () => {
    const { clientRenegotiation } = await sessions({ renegotiation: "ignore" }, { timeoutMs: 150 });
    expect(clientRenegotiation).toEqual({ kind: "refused", how: "passes over the request" });
  });
});
