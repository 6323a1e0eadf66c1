// What hello probes find out about servers that no library builds any more, or not yet: SSLv2 and SSLv3, export
// and RC4, ML-KEM; and about servers that behave oddly, or badly, or not at all.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { u16, vector16 } from "../../../../src/core/framing/tls/byte-writer.ts";
import type { ClientHello } from "../../../../src/core/framing/tls/client-hello.ts";
import { EXTENSION } from "../../../../src/core/framing/tls/extension-types.ts";
import type { Answer, ProtocolFacts } from "../../../../src/engine/tls-check/facts.ts";
import { probeBehaviours } from "../../../../src/engine/tls-check/probe/behaviours.ts";
import { makeContact } from "../../../../src/engine/tls-check/probe/contact.ts";
import { LegacyProbe } from "../../../../src/engine/tls-check/probe/legacy.ts";
import type { Prober } from "../../../../src/engine/tls-check/probe/prober.ts";
import { certificateReaders } from "../../../../src/engine/tls-check/probe/readers.ts";
import { Sightings } from "../../../../src/engine/tls-check/probe/sightings.ts";
import { probeSslv2 } from "../../../../src/engine/tls-check/probe/sslv2.ts";
import { ModernEnumerator } from "../../../../src/engine/tls-check/probe/tls13.ts";
import { SUITES, suite } from "../../../../src/engine/tls-check/registry/suites.ts";
import { selfSignedDer } from "./certificates.ts";
import { alert, answer, type Model, sslv2Hello, startModel } from "./model-server.ts";

const [SSL3, TLS10, TLS11, TLS12, TLS13] = [0x0300, 0x0301, 0x0302, 0x0303, 0x0304];
const OFFERED: Answer = { kind: "offered" };

async function scan(prober: Prober) {
  const sightings = new Sightings(certificateReaders, prober.serverName);
  const contact = await makeContact(prober, sightings);
  if (contact.kind === "silent") return { kind: "silent" as const, why: contact.why, prober };
  const modern = new ModernEnumerator(prober, contact);
  const legacy = new LegacyProbe(prober, sightings, contact);
  const [sslv2, modernFound, legacyFound] = await Promise.all([
    probeSslv2(prober, sightings, certificateReaders),
    modern.enumerate(),
    legacy.enumerate(),
  ]);
  const protocols = [...legacyFound, modernFound];
  const below = legacyFound.some(({ answer: { kind } }) => kind === "offered");
  const [behaviours, ordered, finished] = await Promise.all([
    probeBehaviours(prober, sightings, protocols),
    modern.order(!below),
    legacy.finish(),
  ]);
  return {
    kind: "tls" as const,
    prober,
    sightings,
    behaviours,
    modern: ordered,
    legacy: finished,
    protocols: [sslv2, ...finished.protocols, ordered.protocol] as readonly ProtocolFacts[],
    of(version: string): ProtocolFacts {
      return this.protocols.find((one) => one.version === version)!;
    },
  };
}

async function scanModel(
  model: Model,
  limits: Parameters<Awaited<ReturnType<typeof startModel>>["prober"]>[0] = {},
) {
  await using server = await startModel(model);
  const result = await scan(server.prober({ maxConnections: 1000, ...limits }));
  expect(result.kind).toBe("tls");
  return result as Extract<typeof result, { kind: "tls" }>;
}

function codes(...openssl: readonly string[]): number[] {
  return openssl.map((name) => SUITES.find((one) => one.openssl === name)!.code);
}

/** What a good server of today has. */
const TODAY: Model = {
  versions: [TLS12, TLS13],
  suites: [
    ...codes("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"),
    ...codes("ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA"),
  ],
  groups: [0x001d, 0x0017],
  schemes: [0x0804, 0x0401],
  serverOrder: true,
  sentinel: true,
};

test("a server that signs with what it likes has that one scheme", async () => {
  // As if SHA-1 had been offered, each time.
  const stubborn: Model = { ...TODAY, versions: [TLS12], schemes: [0x0201] };
  const always = vector16(u16(0x0201));
  const before: Model["before"] = (hello) => {
    const extensions = new Map(hello.extensions).set(EXTENSION.signatureAlgorithms, always);
    return answer(stubborn, { ...hello, extensions });
  };
  const result = await scanModel({ ...stubborn, before });
  expect(result.sightings.schemes).toEqual([0x0201]);
  expect(result.legacy.gaps.signatures12).toBeUndefined();
});

describe("a budget that runs out", () => {
  // DHE, two kinds of schemes, two versions: enough for every list to be cut somewhere.
  const model: Model = {
    ...TODAY,
    versions: [TLS11, TLS12],
    suites: [...codes("ECDHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES128-SHA", "AES128-SHA")],
    schemes: [0x0804, 0x0401, 0x0201],
    dh: { p: Buffer.alloc(128, 0xfd), g: Buffer.from([5]) },
  };

  test("leaves a gap in every list that is not whole, and in no other", async () => {
    const whole = await scanModel(model);
    expect(whole.legacy.gaps).toEqual({ signatures12: undefined, dh: undefined });
    expect(whole.sightings.schemes).toEqual([0x0804, 0x0401, 0x0201]);
    const gaps = { signatures12: 0, dh: 0 };
    for (let budget = 1; budget < whole.prober.connections; budget++) {
      await using server = await startModel(model);
      const cut = await scan(server.prober({ maxConnections: budget, retries: 0 }));
      if (cut.kind === "silent") continue;
      const { signatures12, dh } = cut.legacy.gaps;
      if (signatures12 === undefined) {
        expect([...cut.sightings.schemes].sort()).toEqual([...whole.sightings.schemes].sort());
      } else gaps.signatures12++;
      if (dh === undefined) expect(cut.sightings.dh).toEqual(whole.sightings.dh);
      else gaps.dh++;
    }
    expect(gaps.signatures12).toBeGreaterThan(0);
    expect(gaps.dh).toBeGreaterThan(0);
  });
});

describe("historic servers", () => {
  test("SSLv2 lists its kinds of cipher and its certificate in one answer", async () => {
    const certificate = await selfSignedDer();
    const result = await scanModel({ ...TODAY, sslv2: sslv2Hello([0x010080, 0x0700c0], certificate) });
    const { answer: found, suites, preference, complete } = result.of("SSLv2");
    expect([found, suites, preference, complete]).toEqual([OFFERED, [0x010080, 0x0700c0], "client", true]);
    const chain = result.sightings.chains.find(({ version }) => version === "SSLv2");
    expect(Buffer.from(chain!.certificates[0]!.der).equals(certificate)).toBe(true);
  });

  test("SSLv2 without a single cipher is SSLv2 all the same", async () => {
    const result = await scanModel({ ...TODAY, sslv2: sslv2Hello([], await selfSignedDer()) });
    expect(result.of("SSLv2")).toMatchObject({ answer: OFFERED, suites: [], complete: true });
  });

  test("SSLv3 only, with RC4, export, DES and NULL", async () => {
    const suites = codes(
      "RC4-MD5",
      "EXP-RC4-MD5",
      "DES-CBC-SHA",
      "EXP-DES-CBC-SHA",
      "NULL-MD5",
      "DES-CBC3-SHA",
    );
    const result = await scanModel({ versions: [SSL3], suites, serverOrder: true });
    expect(result.of("SSLv3")).toMatchObject({
      answer: OFFERED,
      suites,
      preference: "server",
      complete: true,
    });
    for (const version of ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"]) {
      expect(result.of(version).answer.kind).toBe("refused");
    }
  });

  test("every suite of the registry that TLS 1.2 and before can have is seen", async () => {
    const classic = SUITES.filter(
      ({ maxVersion, name }) => maxVersion !== "TLSv1.3" && !name.endsWith("_SCSV"),
    );
    const model = { versions: [TLS12], suites: classic.map(({ code }) => code), groups: [0x0017, 0x000e] };
    const result = await scanModel(model);
    const expected = classic.filter(({ maxVersion }) => maxVersion === "TLSv1.2").map(({ code }) => code);
    expect([...result.of("TLSv1.2").suites].sort()).toEqual([...expected].sort());
    expect(result.of("TLSv1.2").complete).toBe(true);
    expect(result.legacy.groups.codes).toEqual([0x0017, 0x000e]);
  });

  test("the server's order holds across chunks", async () => {
    // One of the usual suites between unusual ones, which are asked for in other hellos.
    const odd = SUITES.filter(({ keyExchange }) => keyExchange === "KRB5" || keyExchange === "ECDHE_PSK");
    const suites = [
      ...odd.slice(0, 5).map(({ code }) => code),
      ...codes("AES128-SHA", "AES256-SHA"),
      odd[8]!.code,
    ];
    const result = await scanModel({ versions: [TLS12], suites, serverOrder: true });
    const known = suites.filter((code) => suite(code)!.maxVersion === "TLSv1.2");
    expect(result.of("TLSv1.2")).toMatchObject({ suites: known, preference: "server" });
  });

  test("a 512-bit export group shows its size", async () => {
    const p = Buffer.alloc(64, 0xfd);
    const suites = codes("EXP-EDH-RSA-DES-CBC-SHA", "EXP-RC4-MD5");
    const result = await scanModel({ versions: [TLS10], suites, dh: { p, g: Buffer.from([5]) } });
    expect(result.sightings.dh).toMatchObject([{ bits: 512, primeHex: "fd".repeat(64), generatorHex: "05" }]);
  });

  test("compression and heartbeats are taken up", async () => {
    const takes = new Map([[EXTENSION.heartbeat, Buffer.from([1])]]);
    const result = await scanModel({ ...TODAY, versions: [TLS12], compression: true, takes });
    expect(result.sightings.extensions.compression).toEqual(OFFERED);
    expect(result.sightings.heartbeat).toEqual(OFFERED);
  });
});

describe("TLS 1.3", () => {
  test("shows groups that nobody here can compute, in the server's order", async () => {
    const groups = [0x11ec, 0x0202, 0x001d, 0x6399, 0x0100];
    const { modern } = await scanModel({ ...TODAY, groups });
    expect(modern.groups).toEqual({ codes: groups, complete: true, preference: "server" });
    expect(modern.protocol).toMatchObject({ answer: OFFERED, complete: true, preference: "server" });
    expect(modern.protocol.suites).toEqual(TODAY.suites.slice(0, 2));
  });

  test("with more suites than groups, and the client's order", async () => {
    const suites = codes(
      "TLS_AES_128_CCM_SHA256",
      "TLS_AES_256_GCM_SHA384",
      "TLS_AES_128_GCM_SHA256",
      "TLS_CHACHA20_POLY1305_SHA256",
    );
    const { modern } = await scanModel({ versions: [TLS13], suites, groups: [0x0017], serverOrder: false });
    expect([...modern.protocol.suites].sort()).toEqual([...suites].sort());
    expect([modern.protocol.preference, modern.groups]).toEqual([
      "client",
      { codes: [0x0017], complete: true, preference: "one-choice" },
    ]);
  });

  test("is found with servers that dislike an empty key_share", async () => {
    const before: Model["before"] = ({ extensions }) =>
      extensions.get(EXTENSION.keyShare)?.length === 2 ? alert(47) : undefined;
    const { modern } = await scanModel({ ...TODAY, versions: [TLS13], groups: [0x001d, 0x11ec], before });
    expect(modern.protocol.answer).toEqual(OFFERED);
    expect(modern.groups.codes).toEqual([0x001d, 0x11ec]);
  });

  test("is found with servers that want a share of a group they know", async () => {
    const before: Model["before"] = ({ extensions }) => {
      const body = extensions.get(EXTENSION.keyShare);
      if (body === undefined) return undefined;
      return body.length >= 4 && [0x001d, 0x0017].includes(body.readUInt16BE(2)) ? undefined : "reset";
    };
    const { modern } = await scanModel(
      { ...TODAY, versions: [TLS13], groups: [0x001d, 0x0017], before },
      { retries: 0 },
    );
    expect(modern.protocol.answer).toEqual(OFFERED);
    expect(modern.groups.codes).toEqual([0x001d, 0x0017]);
  });
});

describe("a server's answers are told from its troubles", () => {
  test("a version that is met with silence, EOF or reset is inconclusive, however often", async () => {
    for (const how of ["close", "reset"] as const) {
      const before: Model["before"] = (hello) =>
        hello.legacyVersion < TLS12 && !hello.extensions.has(EXTENSION.supportedVersions) ? how : undefined;
      const result = await scanModel({ ...TODAY, before, sslv2: "close" }, { retries: 1 });
      for (const version of ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"]) {
        expect([version, result.of(version).answer.kind]).toEqual([version, "inconclusive"]);
        expect(result.of(version).complete).toBe(false);
      }
      expect(result.of("TLSv1.2").answer).toEqual(OFFERED);
    }
  });

  test("internal_error every time, while other hellos are answered, is a refusal", async () => {
    const before: Model["before"] = (hello) => (hello.legacyVersion === TLS10 ? alert(80) : undefined);
    const result = await scanModel({ ...TODAY, before });
    expect(result.of("TLSv1.0").answer).toEqual({
      kind: "refused",
      how: "alert internal_error (80), 3 times, while other hellos were answered",
    });
  });

  test("internal_error once is asked again, and the true answer counts", async () => {
    let troubles = 1;
    const before: Model["before"] = (hello) =>
      hello.legacyVersion === TLS11 && troubles-- > 0 ? alert(80) : undefined;
    const suites = [...TODAY.suites, ...codes("AES256-SHA")];
    const result = await scanModel({ ...TODAY, suites, versions: [TLS11, TLS12, TLS13], before });
    expect(result.of("TLSv1.1")).toMatchObject({
      answer: OFFERED,
      suites: codes("AES128-SHA", "AES256-SHA"),
    });
  });

  test("internal_error to everything decides nothing", async () => {
    await using server = await startModel({ ...TODAY, before: () => alert(80), sslv2: alert(80) });
    const result = await scan(server.prober({ retries: 0 }));
    expect(result).toMatchObject({ kind: "silent", why: "alert internal_error (80)" });
  });

  test("an alert that means something else is no refusal", async () => {
    const before: Model["before"] = (hello) => (hello.legacyVersion === TLS10 ? alert(50) : undefined);
    const result = await scanModel({ ...TODAY, before });
    expect(result.of("TLSv1.0").answer).toEqual({ kind: "inconclusive", why: "alert decode_error (50)" });
  });

  test("a suite that was not offered is no agreement to the version", async () => {
    const before: Model["before"] = (hello) => {
      if (hello.legacyVersion !== TLS10) return undefined;
      const suites = codes("AES128-SHA");
      const bytes = answer({ versions: [TLS10], suites }, { ...hello, suites });
      // Behind the headers of record and message, the version, the random and an empty session id.
      bytes.writeUInt16BE(0x1301, 5 + 4 + 2 + 32 + 1);
      return bytes;
    };
    const result = await scanModel({ ...TODAY, before });
    expect(result.of("TLSv1.0").answer).toEqual({
      kind: "inconclusive",
      why: "the server chose something that was not offered",
    });
  });

  test("one that never sends an alert refuses by closing: on everything it cannot accept, and on nothing else", async () => {
    const model: Model = { ...TODAY, versions: [TLS12], sslv2: "close" };
    const before: Model["before"] = (hello) => {
      const bytes = answer(model, hello);
      // A record of type 21.
      return bytes[0] === 21 ? "close" : bytes;
    };
    const result = await scanModel({ ...model, before }, { retries: 2 });
    const plain = await scanModel({ ...model, sslv2: alert(70) });
    for (const version of ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.3"]) {
      expect([version, result.of(version).answer.kind]).toEqual([version, "refused"]);
    }
    expect(result.of("TLSv1.2")).toEqual(plain.of("TLSv1.2"));
    expect(result.of("TLSv1.2").complete).toBe(true);
  });

  test("one that chooses its certificate before the suite tells of both kinds", async () => {
    const ecdsa = SUITES.filter(({ openssl }) => openssl === "ECDHE-ECDSA-AES128-GCM-SHA256").map(
      ({ code }) => code,
    );
    const rsa = SUITES.filter(({ openssl }) => /^(ECDHE-RSA-)?AES128-GCM-SHA256$/.test(openssl ?? "")).map(
      ({ code }) => code,
    );
    // With any ECDSA suite offered it looks at no other.
    const before: Model["before"] = (hello) => {
      const offersEcdsa = hello.suites.some((code) => suite(code)?.authentication === "ECDSA");
      return answer({ ...TODAY, versions: [TLS12], suites: offersEcdsa ? ecdsa : rsa }, hello);
    };
    const result = await scanModel({ ...TODAY, versions: [TLS12], before });
    expect([...result.of("TLSv1.2").suites].sort()).toEqual([...ecdsa, ...rsa].sort());
    expect(result.of("TLSv1.2").complete).toBe(true);
  });

  test("a chunk that is cut leaves the list incomplete, not shorter and complete", async () => {
    const unusual = SUITES.find(({ keyExchange }) => keyExchange === "KRB5")!.code;
    const before: Model["before"] = (hello) => (hello.suites.includes(unusual) ? "close" : undefined);
    const result = await scanModel({ ...TODAY, versions: [TLS12], before }, { retries: 0 });
    expect(result.of("TLSv1.2")).toMatchObject({
      answer: OFFERED,
      complete: false,
      suites: TODAY.suites.slice(2),
    });
  });

  test("every tenth connection reset changes nothing", async () => {
    const certificates = { RSA: [await selfSignedDer()] };
    const model: Model = { ...TODAY, versions: [SSL3, TLS10, TLS11, TLS12, TLS13], certificates };
    const [good, bad] = [
      await scanModel(model),
      await scanModel({ ...model, before: (_, number) => (number % 10 === 0 ? "reset" : undefined) }),
    ];
    expect(bad.protocols).toEqual(good.protocols);
    expect(bad.legacy).toEqual(good.legacy);
    expect(bad.modern).toEqual(good.modern);
    expect(bad.behaviours).toEqual(good.behaviours);
    expect(bad.prober.retries).toBeGreaterThan(1);
  });
});

describe("oddities", () => {
  test("a server that chokes on long lists is asked in short ones", async () => {
    const before: Model["before"] = (hello) => (hello.suites.length > 32 ? "close" : undefined);
    const result = await scanModel({ ...TODAY, before, versions: [TLS12] }, { retries: 0 });
    expect(result.of("TLSv1.2").suites).toEqual(TODAY.suites.slice(2));
  });

  test("intolerance of GREASE, long hellos and new versions is told apart", async () => {
    const intolerant: Record<string, NonNullable<Model["before"]>> = {
      greaseTolerant: (hello) => (hello.suites.includes(0x0a0a) ? alert(47) : undefined),
      longHelloTolerant: (hello) =>
        (hello.extensions.get(EXTENSION.padding)?.length ?? 0) > 4000 ? "hang" : undefined,
      versionTolerant: (hello) => (hello.legacyVersion > TLS12 ? alert(70) : undefined),
    };
    for (const [name, before] of Object.entries(intolerant)) {
      const result = await scanModel({ ...TODAY, versions: [TLS12], before }, { retries: 0, timeoutMs: 300 });
      const tolerances = result.legacy.tolerances!;
      for (const [other, found] of Object.entries(tolerances)) {
        expect([other, found.kind === "offered"]).toEqual([other, other !== name]);
      }
      expect(result.of("TLSv1.2").preference).toBe("server");
    }
  });

  test("unrecognized_name as a warning lets the handshake go on", async () => {
    const before: Model["before"] = (hello) =>
      Buffer.concat([alert(112, 1), answer({ ...TODAY, versions: [TLS12] }, hello)]);
    const result = await scanModel({ ...TODAY, before });
    expect(result.behaviours.unknownSni).toEqual(OFFERED);
    expect(result.of("TLSv1.2").answer).toEqual(OFFERED);
  });

  test("unrecognized_name as an end is a refusal of that name only", async () => {
    const before: Model["before"] = ({ extensions }) =>
      extensions.get(EXTENSION.serverName)?.includes("unknown-name") === true ? alert(112) : undefined;
    const result = await scanModel({ ...TODAY, before });
    expect(result.behaviours.unknownSni).toEqual({ kind: "refused", how: "alert unrecognized_name (112)" });
    expect(result.behaviours.withoutSni).toEqual(OFFERED);
  });

  test("the fallback signal is honoured, ignored, or has no use", async () => {
    const honoured = await scanModel({
      ...TODAY,
      before: (hello) => (hello.suites.includes(0x5600) ? alert(86) : undefined),
    });
    expect(honoured.behaviours.fallbackScsv).toEqual(OFFERED);
    const ignored = await scanModel(TODAY);
    expect(ignored.behaviours.fallbackScsv).toEqual({
      kind: "refused",
      how: "goes on with TLSv1.2 in spite of the signal",
    });
    const single = await scanModel({ ...TODAY, versions: [TLS12] });
    expect(single.behaviours.fallbackScsv.kind).toBe("refused");
  });

  test("ALPN names come in the server's order, whether it is strict about them or not", async () => {
    const alpn = ["http/1.1", "h2", "acme-tls/1"];
    const strict = (hello: ClientHello): Buffer | undefined => {
      const body = hello.extensions.get(EXTENSION.alpn);
      return body === undefined || alpn.some((name) => body.includes(name)) ? undefined : alert(120);
    };
    const lenient = () => undefined;
    for (const before of [lenient, strict]) {
      const result = await scanModel({ ...TODAY, versions: [TLS12], alpn, before });
      expect([result.legacy.alpn, result.legacy.alpnComplete]).toEqual([alpn, true]);
    }
  });

  test("ALPN and groups are found where TLS 1.0 is the best there is", async () => {
    const suites = codes("ECDHE-RSA-AES128-SHA", "AES128-SHA");
    const result = await scanModel({
      versions: [TLS10],
      suites,
      groups: [0x0017, 0x0018],
      alpn: ["http/1.1"],
    });
    expect(result.legacy.groups.codes).toEqual([0x0017, 0x0018]);
    expect(result.legacy.alpn).toEqual(["http/1.1"]);
  });

  test("certificates of each kind of key, and the authorities that are asked for", async () => {
    const [rsa, ecdsa] = [await selfSignedDer("rsa"), await selfSignedDer("ec")];
    const suites = codes("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256");
    const authority = Buffer.from("300f310d300b06035504030c0454657374", "hex");
    const result = await scanModel({
      versions: [TLS12],
      suites,
      schemes: [0x0804, 0x0403],
      certificates: { RSA: [rsa, rsa], ECDSA: [ecdsa] },
      authorities: [authority],
    });
    const chains = result.sightings.chains.map(({ keyType, certificates }) => [keyType, certificates.length]);
    expect(chains.sort()).toEqual([
      ["ecdsa", 1],
      ["rsa", 2],
    ]);
    expect(result.sightings.authorities).toEqual(["CN=Test"]);
    expect(result.sightings.asksForCertificate).toBe(true);
  });
});

describe("broken answers", () => {
  test("of any kind end the scan with facts, or with a reason, and never with a refusal that was not said", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(3000), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (flips) => {
          const before: Model["before"] = (hello) => {
            const bytes = answer({ ...TODAY, certificates: { RSA: [Buffer.alloc(900, 7)] } }, hello);
            // An alert is an answer; only what is agreed to is spoiled.
            if (bytes[0] === 21) return undefined;
            for (const [at, value] of flips) bytes[at % bytes.length]! ^= value;
            return bytes;
          };
          await using server = await startModel({ ...TODAY, before });
          const result = await scan(server.prober({ retries: 0, timeoutMs: 50, maxConnections: 300 }));
          if (result.kind === "silent") return;
          expect(result.prober.connections).toBeLessThanOrEqual(300);
          for (const { suites } of result.protocols) expect(new Set(suites).size).toBe(suites.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("that are noise end soon", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (noise) => {
        await using server = await startModel({
          ...TODAY,
          before: () => Buffer.from(noise),
          sslv2: Buffer.from(noise),
        });
        const prober = server.prober({ retries: 0, timeoutMs: 30 });
        await scan(prober);
        expect(prober.connections).toBeLessThan(60);
      }),
      { numRuns: 40 },
    );
  });
});

describe("no TLS", () => {
  test("a server of another protocol is told as such, after one connection", async () => {
    await using server = await startModel({
      ...TODAY,
      before: () => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
    });
    const prober = server.prober();
    expect(await scan(prober)).toMatchObject({ kind: "silent" });
    expect(prober.unreachable).toMatchObject({
      code: "NK_TLS_NOT_TLS",
      message: expect.stringContaining('"HTTP/1.1 400 Bad'),
    });
    expect(prober.connections).toBe(1);
  });

  test("a server that never says anything costs a few connections, not a scan", async () => {
    await using server = await startModel({ ...TODAY, before: () => "hang" });
    const prober = server.prober({ retries: 1, timeoutMs: 30 });
    expect(await scan(prober)).toMatchObject({ kind: "silent" });
    expect(prober.unreachable?.code).toBe("NK_TLS_HANDSHAKE_TIMEOUT");
    expect(prober.connections).toBeLessThanOrEqual(8);
  });
});
