// One address from end to end: what cannot be reached, what is stopped half-way, and SSLv2 alone.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { describe, expect, test } from "vitest";
import { generateSelfSigned } from "../../../../src/core/tls/self-signed.ts";
import { certificateReaders } from "../../../../src/engine/tls-check/probe/readers.ts";
import { type ScanOptions, scanAddress } from "../../../../src/engine/tls-check/probe/scan-address.ts";
import { converse } from "../../../support/starttls-scripts.ts";
import { selfSignedDer } from "./certificates.ts";
import { alert, type Model, sslv2Hello, startModel } from "./model-server.ts";
import { LIMITS, ScriptedServer } from "./scripted.ts";

function options(port: number, more: Partial<ScanOptions> = {}): ScanOptions {
  return {
    address: "127.0.0.1",
    family: 4,
    port,
    upgrade: "none",
    serverName: "localhost",
    limits: { ...LIMITS, retries: 0, timeoutMs: 1000 },
    signal: new AbortController().signal,
    scope: "full",
    intrusive: false,
    readers: certificateReaders,
    backOff: () => 1,
    ...more,
  };
}

/** Its flight of TLS 1.2 is whole, but nobody can finish a handshake with it. */
const MODEL: Model = { versions: [0x0303], suites: [0xc030, 0xc02f, 0x009c], groups: [0x001d, 0x0017] };

describe("an address", () => {
  test("on which nothing listens is unreachable, with the reason, after one connection", async () => {
    let port: number;
    {
      await using server = await startModel(MODEL);
      port = server.port;
    }
    const facts = await scanAddress(options(port));
    expect(facts.unreachable).toMatchObject({ code: "NK_CONNECT_REFUSED" });
    expect([facts.protocols, facts.chains, facts.features, facts.connections]).toEqual([
      [],
      [],
      undefined,
      1,
    ]);
  });

  test("that refuses STARTTLS is unreachable for that reason", async () => {
    await using server = await ScriptedServer.start(converse("", [[8, "N"]]));
    const facts = await scanAddress(options(server.port, { upgrade: "postgres" }));
    expect(facts.unreachable).toMatchObject({
      code: "NK_STARTTLS_NOT_OFFERED",
      message: `127.0.0.1:${server.port}: the server does not offer STARTTLS`,
    });
    expect(facts.connections).toBe(1);
  });

  test("that answers every hello with an alert speaks TLS, and agrees to nothing", async () => {
    await using server = await startModel({ ...MODEL, before: () => alert(112) });
    const facts = await scanAddress(options(server.port));
    expect(facts.unreachable).toMatchObject({ code: "NK_TLS_NO_HANDSHAKE" });
    expect(facts.unreachable?.message).toContain("alert unrecognized_name (112)");
    expect(facts.protocols.map(({ answer }) => answer.kind)).toEqual(Array(6).fill("refused"));
  });

  test("for which there is no budget is not said to be at fault", async () => {
    await using server = await startModel(MODEL);
    const facts = await scanAddress(options(server.port, { limits: { ...LIMITS, maxConnections: 0 } }));
    expect(facts.unreachable).toMatchObject({
      code: "NK_TLS_NOT_PROBED",
      message: `127.0.0.1:${server.port} was not probed: the budget of 0 connections is spent`,
    });
    expect(server.connections).toBe(0);
  });

  test("that speaks SSLv2 and nothing later is found out", async () => {
    await using server = await startModel({
      ...MODEL,
      before: () => "close",
      sslv2: sslv2Hello([0x010080], await selfSignedDer("rsa")),
    });
    const facts = await scanAddress(options(server.port));
    expect(facts.unreachable).toBeUndefined();
    expect(facts.protocols).toMatchObject([
      { version: "SSLv2", answer: { kind: "offered" }, suites: [0x010080] },
    ]);
    expect(facts.chains).toMatchObject([{ version: "SSLv2", keyType: "rsa" }]);
  });

  test("whose scan is stopped keeps the facts found so far, and leaves the rest open", async () => {
    const controller = new AbortController();
    await using server = await startModel({
      ...MODEL,
      before: (_, number) => {
        if (number === 12) controller.abort(new Error("Ctrl-C"));
        return number >= 12 ? "hang" : undefined;
      },
    });
    const facts = await scanAddress(options(server.port, { signal: controller.signal }));
    const classic = facts.protocols.find(({ version }) => version === "TLSv1.2")!;
    expect(classic.answer).toEqual({ kind: "offered" });
    expect(classic.suites.length).toBeGreaterThan(0);
    expect(facts.features?.unknownSni).toEqual({ kind: "inconclusive", why: "the scan was stopped" });
  });

  test("of which only the certificate is wanted costs one connection", async () => {
    const leaf = await selfSignedDer("rsa");
    await using server = await startModel({ ...MODEL, certificates: { RSA: [leaf] } });
    const facts = await scanAddress(options(server.port, { scope: "certificate-only" }));
    expect([facts.connections, facts.unreachable, facts.features]).toEqual([1, undefined, undefined]);
    expect(facts.chains.map(({ certificates }) => Buffer.from(certificates[0]!.der).equals(leaf))).toEqual([
      true,
    ]);
    expect(facts.protocols).toMatchObject([{ version: "TLSv1.2", complete: false }]);
  });

  test("that has TLS 1.3 alone is asked for heartbeats, and answers for itself", async () => {
    const { cert, key } = await generateSelfSigned(["localhost"]);
    const server = createServer({ cert, key, minVersion: "TLSv1.3" }, (socket) => {
      socket.on("error", () => undefined).end();
    });
    server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    const facts = await scanAddress(options((server.address() as AddressInfo).port));
    server.close();
    expect(facts.features?.heartbeat).toEqual({
      kind: "refused",
      how: "the EncryptedExtensions are without it",
    });
    expect(facts.gaps).toEqual({ signatures13: undefined, signatures12: undefined, dh: undefined });
    expect(facts.signatures13.length).toBeGreaterThan(0);
    expect(facts.vulnerabilities?.heartbleed).toBeUndefined();
  });

  test("that has TLS 1.3 alone and finishes no handshake leaves heartbeats and schemes open", async () => {
    await using server = await startModel({ ...MODEL, versions: [0x0304], suites: [0x1301] });
    const facts = await scanAddress(options(server.port));
    expect(facts.protocols.find(({ version }) => version === "TLSv1.3")?.answer.kind).toBe("offered");
    expect(facts.features?.heartbeat.kind).toBe("inconclusive");
    expect(facts.gaps.signatures13).toEqual(expect.any(String));
    expect(facts.gaps.signatures12).toBeUndefined();
  });

  test("that sends a certificate nobody can read has a chain that says so", async () => {
    const certificates = { RSA: [await selfSignedDer("rsa"), Buffer.from("not DER")] };
    await using server = await startModel({ ...MODEL, certificates });
    const facts = await scanAddress(options(server.port));
    expect(facts.chains[0]!.certificates).toHaveLength(1);
    expect(facts.chains[0]!.unreadable).toEqual([expect.stringMatching(/^certificate 2 of 2: /)]);
  });
});
