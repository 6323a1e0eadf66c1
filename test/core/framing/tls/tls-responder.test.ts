// The scripted server that other tests lean on: what it is told is what clients see, openssl's included.
import { Buffer } from "node:buffer";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Alert, parseAlert } from "../../../../src/core/framing/tls/alerts.ts";
import { encodeClientHello, type HelloSpec } from "../../../../src/core/framing/tls/client-hello.ts";
import { EXTENSION } from "../../../../src/core/framing/tls/extension-types.ts";
import * as extension from "../../../../src/core/framing/tls/extensions.ts";
import {
  HANDSHAKE,
  type HandshakeMessage,
  HandshakeReader,
} from "../../../../src/core/framing/tls/handshake.ts";
import { encodeRecord, RECORD, RecordReader } from "../../../../src/core/framing/tls/record.ts";
import { parseServerKeyExchange } from "../../../../src/core/framing/tls/server-key-exchange.ts";
import {
  parseCertificate12,
  parseCertificateStatus,
  parseServerHello,
  type ServerHello,
} from "../../../../src/core/framing/tls/server-messages.ts";
import { encodeSslv2Hello, parseSslv2ServerHello } from "../../../../src/core/framing/tls/sslv2.ts";
import { GROUPS } from "../../../../src/engine/tls-check/registry/groups.ts";
import { keyExchangeForm, SUITES } from "../../../../src/engine/tls-check/registry/suites.ts";
import { type ResponderScript, TlsResponder } from "../../../support/tls-responder.ts";

const [SSL3, TLS10, TLS12, TLS13] = [0x0300, 0x0301, 0x0303, 0x0304];
const EMPTY = Buffer.alloc(0);
const DER = Buffer.from("30030201ff", "hex");

interface Seen {
  readonly messages: readonly HandshakeMessage[];
  readonly alerts: readonly Alert[];
  readonly end: "fin" | "reset" | "open";
  readonly records: number;
  readonly rest: readonly Buffer[];
}

function spec(changes: Partial<HelloSpec> = {}): HelloSpec {
  return {
    legacyVersion: TLS12,
    random: Buffer.alloc(32, 1),
    sessionId: EMPTY,
    suites: SUITES.map(({ code }) => code),
    compressions: [0],
    extensions: [
      extension.supportedGroups(GROUPS.map(({ code }) => code)),
      extension.signatureAlgorithms([0x0403, 0x0401, 0x0202]),
    ],
    ...changes,
  };
}

function modernSpec(shares: readonly extension.KeyShareEntry[] = []): HelloSpec {
  const base = spec();
  return {
    ...base,
    sessionId: Buffer.alloc(32, 5),
    extensions: [...base.extensions, extension.supportedVersions([TLS13]), extension.keyShare(shares)],
  };
}

/** A message to send, and what to wait for then; the end of the connection is always enough. */
interface Turn {
  readonly bytes: Buffer;
  readonly until?: (seen: Seen) => boolean;
  /** Nothing is expected: wait that long for it, ms. */
  readonly quietMs?: number;
}

/** The last message of a first flight: ServerHelloDone, or a ServerHello of TLS 1.3. */
function flown({ messages }: Seen): boolean {
  const last = messages.at(-1);
  if (last?.type !== HANDSHAKE.serverHello) return last?.type === HANDSHAKE.serverHelloDone;
  const parsed = parseServerHello(last.body);
  return parsed.kind === "server-hello" && parsed.version === TLS13;
}

async function talk(port: number, ...turns: readonly (Buffer | Turn)[]): Promise<Seen> {
  const socket = connect(port, "127.0.0.1");
  const records = new RecordReader();
  const messages = new HandshakeReader();
  const seen = {
    messages: [] as HandshakeMessage[],
    alerts: [] as Alert[],
    records: 0,
    rest: [] as Buffer[],
    end: "open" as Seen["end"],
  };
  let wake = (): void => undefined;
  socket.on("end", () => {
    seen.end = "fin";
    wake();
  });
  socket.on("error", () => {
    seen.end = "reset";
    wake();
  });
  socket.on("data", (chunk: Buffer) => {
    records.feed(chunk);
    for (let one = records.next(); one.kind === "record"; one = records.next()) {
      seen.records++;
      if (one.type === RECORD.handshake) messages.feed(one.payload);
      else if (one.type === RECORD.alert) seen.alerts.push(parseAlert(one.payload) as Alert);
      else seen.rest.push(one.payload);
    }
    for (let one = messages.next(); one.kind === "message"; one = messages.next()) seen.messages.push(one);
    wake();
  });
  await once(socket, "connect");
  for (const turn of turns) {
    const { bytes, until = flown, quietMs } = Buffer.isBuffer(turn) ? { bytes: turn } : turn;
    const known = seen.messages.length;
    socket.write(bytes);
    if (quietMs !== undefined) await sleep(quietMs);
    else {
      const fresh = () => until !== flown || seen.messages.length > known;
      while (seen.end === "open" && !(fresh() && until(seen))) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  socket.destroy();
  return seen;
}

const hello = (changes?: Partial<HelloSpec>) => record(encodeClientHello(spec(changes)));
const record = (message: Buffer) => encodeRecord(RECORD.handshake, TLS10, message);

async function ask(script: ResponderScript, ...sent: readonly (Buffer | Turn)[]): Promise<Seen> {
  await using server = await TlsResponder.start(script);
  return await talk(server.port, ...(sent.length === 0 ? [hello()] : sent));
}

function serverHello({ messages }: Seen): ServerHello {
  const parsed = parseServerHello(messages[0]!.body);
  if (parsed.kind === "violation") throw new Error(parsed.what);
  return parsed;
}

const bodyOf = ({ messages }: Seen, type: number) => messages.find((message) => message.type === type)?.body;

const TLS: ResponderScript = { versions: [TLS12], suites: [0xc02f, 0x002f], certificates: [DER] };

describe("a scripted server", () => {
  test("sends the flight of its version, suite, group, chain and signature", async () => {
    const seen = await ask({ ...TLS, groups: [0x0018], staple: DER });
    expect(seen.messages.map(({ type }) => type)).toEqual([2, 11, 12, 14]);
    expect(serverHello(seen)).toMatchObject({ version: TLS12, suite: 0xc02f, compression: 0 });
    expect(parseCertificate12(bodyOf(seen, HANDSHAKE.certificate)!)).toMatchObject({ chain: [DER] });
    const exchange = parseServerKeyExchange(bodyOf(seen, HANDSHAKE.serverKeyExchange)!, "ecdhe", TLS12);
    expect(exchange).toMatchObject({ parameters: { group: 0x0018 }, scheme: 0x0401 });
  });

  test("staples, and answers the extensions that it is asked for, but no others", async () => {
    const asked = [extension.statusRequest(), extension.extendedMasterSecret(), extension.sessionTicket()];
    const base = spec().extensions;
    const seen = await ask(
      { ...TLS, staple: DER, tickets: true },
      hello({ extensions: [...base, ...asked] }),
    );
    expect(parseCertificateStatus(bodyOf(seen, HANDSHAKE.certificateStatus)!)).toMatchObject({
      responses: [DER],
    });
    expect([...serverHello(seen).extensions.keys()].sort((a, b) => a - b)).toEqual([
      EXTENSION.statusRequest,
      EXTENSION.extendedMasterSecret,
      EXTENSION.sessionTicket,
    ]);
  });

  test("speaks every suite below TLS 1.3 in a flight that reads as it should", async () => {
    const classic = SUITES.filter(({ maxVersion }) => maxVersion === "TLSv1.2");
    for (const facts of classic) {
      await using server = await TlsResponder.start({ ...TLS, suites: [facts.code], rsaExportBits: 512 });
      const seen = await talk(server.port, hello());
      expect([facts.name, serverHello(seen).suite]).toEqual([facts.name, facts.code]);
      const exchange = bodyOf(seen, HANDSHAKE.serverKeyExchange);
      const form = keyExchangeForm(facts);
      if (form === undefined) expect(exchange).toBeUndefined();
      else if (exchange !== undefined) {
        expect(parseServerKeyExchange(exchange, form, TLS12).kind).toBe("server-key-exchange");
      }
    }
  }, 60_000);

  test("speaks SSLv3 without extensions and TLS 1.0 without a scheme", async () => {
    const ssl3 = await ask({ ...TLS, versions: [SSL3], suites: [0x0004] }, hello({ extensions: [] }));
    expect(serverHello(ssl3)).toMatchObject({ version: SSL3, suite: 0x0004, extensions: new Map() });
    const tls10 = await ask({ ...TLS, versions: [TLS10], suites: [0xc013] });
    const exchange = parseServerKeyExchange(bodyOf(tls10, HANDSHAKE.serverKeyExchange)!, "ecdhe", TLS10);
    expect(exchange).toMatchObject({ kind: "server-key-exchange", scheme: undefined });
  });

  test("chooses in its own order, or the client's, or moves ChaCha20 up", async () => {
    const suites = [0x009c, 0xcca8, 0xc02f];
    const theirs = hello({ suites: [0xc02f, 0x009c] });
    expect(serverHello(await ask({ ...TLS, suites }, theirs)).suite).toBe(0x009c);
    expect(serverHello(await ask({ ...TLS, suites, order: "client" }, theirs)).suite).toBe(0xc02f);
    const mobile = hello({ suites: [0xcca8, 0x009c] });
    expect(serverHello(await ask({ ...TLS, suites, chachaForMobile: true }, mobile)).suite).toBe(0xcca8);
  });

  test("asks for its group by HelloRetryRequest and takes a share of it, ML-KEM hybrids too", async () => {
    const script: ResponderScript = { versions: [TLS12, TLS13], suites: [0x1301], groups: [0x11ec, 0x001d] };
    const retry = await ask(script, record(encodeClientHello(modernSpec())));
    expect(serverHello(retry)).toMatchObject({
      isRetry: true,
      retryGroup: 0x11ec,
      version: TLS13,
      suite: 0x1301,
    });
    const share = { group: 0x11ec, key: Buffer.alloc(1216) };
    const both = [record(encodeClientHello(modernSpec())), record(encodeClientHello(modernSpec([share])))];
    const seen = await ask(script, ...both);
    const second = parseServerHello(seen.messages[1]!.body) as ServerHello;
    expect([second.isRetry, second.keyShare?.group, second.keyShare?.key.length]).toEqual([
      false,
      0x11ec,
      1120,
    ]);
  });

  test("shows the DH prime it was given, and the short RSA key of export suites", async () => {
    const dh = { prime: "fb".repeat(64), generator: 5 };
    const seen = await ask({ ...TLS, suites: [0x0033], dh });
    expect(parseServerKeyExchange(bodyOf(seen, 12)!, "dhe", TLS12)).toMatchObject({
      parameters: { kind: "dh", p: Buffer.from(dh.prime, "hex"), g: Buffer.from([5]) },
    });
    const weak = await ask({ ...TLS, versions: [TLS10], suites: [0x0003], rsaExportBits: 512 });
    const exported = parseServerKeyExchange(bodyOf(weak, 12)!, "rsa-export", TLS10);
    expect(exported.kind === "server-key-exchange" && exported.parameters.kind).toBe("rsa");
  });

  test("marks downgrades, unless told not to, and refuses a needless fallback", async () => {
    const versions = [TLS12, TLS13];
    const suites = [0x1301, 0xc02f];
    expect(serverHello(await ask({ ...TLS, versions, suites })).downgradeSentinel).toBe("tls12");
    expect(
      serverHello(await ask({ ...TLS, versions, suites, sentinel: false })).downgradeSentinel,
    ).toBeUndefined();
    const fallback = hello({ suites: [0xc02f, 0x5600] });
    expect((await ask({ ...TLS, versions, suites }, fallback)).alerts.map(({ name }) => name)).toEqual([
      "inappropriate_fallback",
    ]);
    expect(serverHello(await ask({ ...TLS, versions, suites, fallbackScsv: false }, fallback)).suite).toBe(
      0xc02f,
    );
  });

  test.each([
    ["a version above", { version: "reset" }, { legacyVersion: TLS13 }, [], "reset"],
    ["a long hello", { long: { reaction: "close" } }, {}, [], "fin"],
    ["GREASE", { grease: { alert: 47 } }, { suites: [0x0a0a, 0xc02f] }, ["illegal_parameter"], "fin"],
    ["an extension", { extensions: { types: [10], reaction: { alert: 80 } } }, {}, ["internal_error"], "fin"],
    ["many suites", { suites: { most: 100, reaction: "silence" } }, {}, [], "open"],
  ] as const)("cannot stand %s when told so", async (_what, intolerance, changes, alerts, end) => {
    const bytes = hello(changes);
    const seen = await ask({ ...TLS, intolerance }, end === "open" ? { bytes, quietMs: 50 } : bytes);
    expect([seen.messages.length, seen.alerts.map(({ name }) => name), seen.end]).toEqual([0, alerts, end]);
  });

  test("knows names: its own, none, and others", async () => {
    const other = Buffer.from("3000", "hex");
    const script: ResponderScript = {
      ...TLS,
      certificatesByName: { "a.test": [other] },
      unknownName: { warning: 112 },
      withoutName: { alert: 40 },
    };
    const named = (name: string) => hello({ extensions: [...spec().extensions, extension.serverName(name)] });
    expect(parseCertificate12(bodyOf(await ask(script, named("a.test")), 11)!)).toMatchObject({
      chain: [other],
    });
    const unknown = await ask(script, named("b.test"));
    expect([unknown.alerts.map(({ name, level }) => [name, level]), unknown.messages.length]).toEqual([
      [["unrecognized_name", 1]],
      4,
    ]);
    expect((await ask(script, hello())).alerts.map(({ name }) => name)).toEqual(["handshake_failure"]);
  });

  test("answers SSL 2.0 with what both have, or all it has, or not at all", async () => {
    const kinds = [0x010080, 0x0700c0];
    const seen = async (script: ResponderScript) => {
      await using server = await TlsResponder.start(script);
      const socket = connect(server.port, "127.0.0.1");
      socket.write(encodeSslv2Hello([0x0700c0]));
      const [chunk] = (await once(socket, "data")) as [Buffer];
      socket.destroy();
      expect(server.sslv2Hellos).toEqual([[0x0700c0]]);
      return parseSslv2ServerHello(chunk);
    };
    expect(await seen({ ...TLS, sslv2: { kinds, certificate: DER } })).toMatchObject({
      kind: "server-hello",
      certificate: DER,
      kinds: [0x0700c0],
    });
    expect(await seen({ ...TLS, sslv2: { kinds, certificate: DER, all: true } })).toMatchObject({ kinds });
    expect(await seen(TLS)).toEqual({ kind: "tls", recordType: RECORD.alert });
  });

  test("bleeds, or drops the request, or knows no heartbeat", async () => {
    const request = encodeRecord(RECORD.heartbeat, TLS12, Buffer.from("011000", "hex"));
    const first = hello({ extensions: [...spec().extensions, extension.heartbeat()] });
    const bled = await ask({ ...TLS, heartbeat: "vulnerable" }, first, {
      bytes: request,
      until: ({ rest }) => rest.length > 0,
    });
    expect(serverHello(bled).extensions.has(EXTENSION.heartbeat)).toBe(true);
    expect(bled.rest.map(({ length }) => length)).toEqual([3 + 0x1000 + 16]);
    const sound = await ask({ ...TLS, heartbeat: "sound" }, first, { bytes: request, quietMs: 50 });
    expect([sound.rest, sound.end]).toEqual([[], "open"]);
    expect(serverHello(await ask(TLS, first)).extensions.has(EXTENSION.heartbeat)).toBe(false);
  });

  test("refuses ChangeCipherSpec before its time, or takes it for real", async () => {
    const early = encodeRecord(RECORD.changeCipherSpec, TLS12, Buffer.from([1]));
    const sound = await ask(TLS, hello(), early);
    expect(sound.alerts.map(({ name }) => name)).toEqual(["unexpected_message"]);
    const gullible = await ask(
      { ...TLS, earlyChangeCipherSpec: "accepted" },
      hello(),
      Buffer.concat([early, early]),
    );
    expect(gullible.alerts.map(({ name }) => name)).toEqual(["bad_record_mac"]);
  });

  test("resets every n-th connection, fragments, and remembers what it was sent", async () => {
    await using server = await TlsResponder.start({ ...TLS, resetEvery: 2, fragmentBytes: 50 });
    const first = await talk(server.port, hello());
    const second = await talk(server.port, hello());
    expect([first.end, second.end, server.connections]).toEqual(["open", "reset", 2]);
    expect(first.records).toBeGreaterThan(5);
    expect(first.messages.map(({ type }) => type)).toEqual([2, 11, 12, 14]);
    expect(server.hellos.map(({ connection, recordVersion }) => [connection, recordVersion])).toEqual([
      [1, TLS10],
    ]);
    expect(server.hellos[0]?.hello.suites).toHaveLength(SUITES.length);
  });

  test("does what it is told when there is nothing in common, or first of all", async () => {
    expect((await ask({ ...TLS, versions: [TLS13] })).alerts[0]?.name).toBe("protocol_version");
    expect((await ask({ ...TLS, suites: [0x0005] }, hello({ suites: [0x002f] }))).alerts[0]?.name).toBe(
      "handshake_failure",
    );
    expect(
      (await ask({ ...TLS, before: (_hello, number) => (number === 1 ? "close" : undefined) })).end,
    ).toBe("fin");
  });
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

describe.skipIf(!hasOpenssl)("openssl s_client", () => {
  test("takes the flight for one of TLS and goes on with its key exchange", async () => {
    const args = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      "/dev/null",
      "-subj",
      "/CN=localhost",
    ];
    const der = spawnSync("openssl", [...args, "-outform", "DER"]).stdout;
    await using server = await TlsResponder.start({
      versions: [TLS12],
      suites: [0x009c],
      certificates: [der],
    });
    const at = `127.0.0.1:${server.port}`;
    const client = spawn("openssl", ["s_client", "-connect", at, "-tls1_2"]);
    client.stdin.end();
    let output = "";
    client.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    await once(client, "close");
    expect(output).toContain("CN = localhost");
    expect(server.messages.map(({ messageType }) => messageType)[0]).toBe(HANDSHAKE.clientKeyExchange);
  });
});
