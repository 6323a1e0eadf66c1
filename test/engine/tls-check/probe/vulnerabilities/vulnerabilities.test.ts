// Each vulnerability against a server that has it and one that has not; both speak from `classic-server.ts`.
import { describe, expect, test } from "vitest";
import { VERSION } from "../../../../../src/core/framing/tls/record.ts";
import { parseCertificate } from "../../../../../src/engine/tls-check/certificates/certificate.ts";
import type { Answer } from "../../../../../src/engine/tls-check/facts.ts";
import { probeHandshakes } from "../../../../../src/engine/tls-check/probe/handshakes.ts";
import type { Prober } from "../../../../../src/engine/tls-check/probe/prober.ts";
import { type ClassicProbe, probeSessions12 } from "../../../../../src/engine/tls-check/probe/sessions12.ts";
import { probeCbcPadding } from "../../../../../src/engine/tls-check/probe/vulnerabilities/cbc-padding.ts";
import { probeCcsInjection } from "../../../../../src/engine/tls-check/probe/vulnerabilities/ccs-injection.ts";
import { probeHeartbleed } from "../../../../../src/engine/tls-check/probe/vulnerabilities/heartbleed.ts";
import { probeRobot } from "../../../../../src/engine/tls-check/probe/vulnerabilities/robot.ts";
import { probeVulnerabilities } from "../../../../../src/engine/tls-check/probe/vulnerabilities/vulnerabilities.ts";
import { ClassicServer, type ClassicServerOptions, SUITES } from "../handshake/classic-server.ts";
import { credentials } from "../handshake/credentials.ts";
import { type Script, ScriptedServer } from "../scripted.ts";

const KNOWN = { version: "TLSv1.2", suites: Object.values(SUITES) } as const;
const OFFERED: Answer = { kind: "offered" };

type Options = Omit<ClassicServerOptions, "credentials">;

async function withServer<T>(
  options: Options,
  probe: (probe: ClassicProbe, server: ScriptedServer) => Promise<T>,
  wrap: (script: Script) => Script = (script) => script,
): Promise<T> {
  const classic = new ClassicServer({ credentials: await credentials("rsa"), ...options });
  await using server = await ScriptedServer.start(wrap(classic.script));
  const prober: Prober = server.prober();
  return await probe({ prober, known: KNOWN, identity: undefined }, server);
}

/** Every n-th connection is reset as soon as something comes. */
function resetting(n: number): (script: Script) => Script {
  return (script) => (socket, number) => {
    if (number % n === 0) socket.once("data", () => socket.resetAndDestroy());
    else script(socket, number);
  };
}

describe("Heartbleed", () => {
  const ask = ({ prober }: ClassicProbe): Promise<Answer> => probeHeartbleed(prober, KNOWN, undefined);

  test("a server that fills its answer up from memory is vulnerable", async () => {
    expect(await withServer({ heartbeat: "bleeding" }, ask)).toEqual(OFFERED);
  });

  test("a server that drops the request is not", async () => {
    expect(await withServer({ heartbeat: "sound" }, ask)).toEqual({
      kind: "refused",
      how: "drops the request",
    });
  });

  test("without the extension nothing is sent, and nothing at all when that is known", async () => {
    await withServer({}, async (probe, server) => {
      expect((await ask(probe)).kind).toBe("refused");
      expect(server.connections).toBe(1);
      const known: Answer = { kind: "refused", how: "not taken up" };
      expect((await probeHeartbleed(probe.prober, KNOWN, known)).kind).toBe("refused");
      expect(server.connections).toBe(1);
    });
  });
});

describe("CCS injection", () => {
  const ask = ({ prober }: ClassicProbe): Promise<Answer> => probeCcsInjection(prober, KNOWN);

  test("a server that switches keys early is vulnerable, and is asked twice", async () => {
    await withServer({ earlyCcs: true }, async (probe, server) => {
      expect(await ask(probe)).toEqual(OFFERED);
      expect(server.connections).toBe(2);
    });
  });

  test("a server that says unexpected_message is not", async () => {
    await withServer({}, async (probe, server) => {
      expect(await ask(probe)).toEqual({ kind: "refused", how: "alert unexpected_message (10)" });
      expect(server.connections).toBe(1);
    });
  });
});

describe("ROBOT", () => {
  test("a server that tells right from wrong is a weak oracle", async () => {
    expect(await withServer({ robot: "weak" }, probeRobot)).toEqual({ answer: OFFERED, oracle: "weak" });
  });

  test("a server that tells wrong from wrong is a strong oracle", async () => {
    expect(await withServer({ robot: "strong" }, probeRobot)).toEqual({ answer: OFFERED, oracle: "strong" });
  });

  test("an oracle that shows only without a Finished is found, too", async () => {
    const { answer } = await withServer({ robot: "only-without-finished" }, probeRobot);
    expect(answer).toEqual(OFFERED);
  });

  test("a sound server gives one answer, and ten connections show it", async () => {
    await withServer({}, async (probe, server) => {
      const { answer } = await probeRobot(probe);
      expect(answer).toMatchObject({ kind: "refused", how: expect.stringContaining("bad_record_mac") });
      expect(server.connections).toBe(10);
    });
  });

  test("answers that vary by themselves are no oracle", async () => {
    expect((await withServer({ robot: "unsteady" }, probeRobot)).answer.kind).toBe("inconclusive");
  });

  test("every fifth connection being reset makes no oracle of a sound server", async () => {
    expect((await withServer({}, probeRobot, resetting(5))).answer.kind).toBe("refused");
  });

  test("every fifth connection being reset hides no oracle", async () => {
    expect((await withServer({ robot: "strong" }, probeRobot, resetting(5))).oracle).toBe("strong");
  });

  test("without RSA key exchange nothing is asked", async () => {
    await withServer({}, async (probe, server) => {
      const known = { ...KNOWN, suites: [SUITES.ecdheGcm] };
      expect((await probeRobot({ ...probe, known })).answer.kind).toBe("refused");
      expect(server.connections).toBe(0);
    });
  });

  test("a server that wants a certificate first has not shown anything", async () => {
    const { answer } = await withServer({ clientCertificate: "required" }, probeRobot);
    expect(answer).toEqual({ kind: "inconclusive", why: "the server requires a client certificate" });
  });
});

describe("CBC padding", () => {
  test("a server that looks at the last byte of padding only is vulnerable to POODLE", async () => {
    const finding = await withServer({ padding: "unchecked" }, probeCbcPadding);
    expect(finding.poodleTls).toEqual(OFFERED);
  });

  test("a server with an alert of its own for padding is an oracle, but not POODLE's", async () => {
    const finding = await withServer({ padding: "oracle" }, probeCbcPadding);
    expect(finding).toEqual({
      poodleTls: { kind: "refused", how: "alert decryption_failed" },
      paddingOracle: OFFERED,
    });
  });

  test("a server that checks neither padding nor MAC has POODLE, and tells nothing apart", async () => {
    const finding = await withServer({ padding: "nothing-checked" }, probeCbcPadding);
    expect(finding).toMatchObject({ poodleTls: OFFERED, paddingOracle: { kind: "refused" } });
  });

  test("a sound server says bad_record_mac to every fault, and two connections show it", async () => {
    await withServer({ encryptThenMac: true }, async (probe, server) => {
      const finding = await probeCbcPadding(probe);
      const refused = { kind: "refused", how: "one answer to every fault: alert bad_record_mac" };
      expect(finding).toEqual({ poodleTls: refused, paddingOracle: refused });
      expect(server.connections).toBe(2);
    });
  });

  test("every fifth connection being reset changes no verdict", async () => {
    expect((await withServer({ padding: "unchecked" }, probeCbcPadding, resetting(5))).poodleTls.kind).toBe(
      "offered",
    );
    expect((await withServer({}, probeCbcPadding, resetting(5))).poodleTls.kind).toBe("refused");
  });
});

describe("Ticketbleed", () => {
  test("a server that fills the session id up to 32 bytes is vulnerable", async () => {
    const { ticketbleed } = await withServer({ tickets: true, ticketbleed: true }, probeSessions12);
    expect(ticketbleed).toEqual(OFFERED);
  });

  test("a server that echoes what came is not", async () => {
    const { ticketbleed } = await withServer({ tickets: true }, probeSessions12);
    expect(ticketbleed).toEqual({ kind: "refused", how: "echoes the session id as it came" });
  });
});

describe("versions below the highest", () => {
  test("are looked at for CBC suites that the highest lacks", async () => {
    await withServer({ version: VERSION.tls11, padding: "unchecked" }, async (probe) => {
      const known = { version: "TLSv1.2", suites: [SUITES.ecdheGcm] } as const;
      const older = [{ version: "TLSv1.1", suites: [SUITES.rsaCbc] }] as const;
      const found = await probeVulnerabilities({ ...probe, known, older, heartbeat: undefined });
      expect(found.poodleTls).toEqual(OFFERED);
      const without = await probeVulnerabilities({ ...probe, known, older: [], heartbeat: undefined });
      expect(without.poodleTls?.kind).toBe("refused");
    });
  });

  test("what is open stays open: nothing is said to be refused", async () => {
    await withServer({}, async ({ prober }) => {
      const found = await probeHandshakes(
        prober,
        {
          modern: undefined,
          classic: undefined,
          open: { modern: "reset", classic: "time-out" },
          heartbeat: undefined,
        },
        { readers: { parseCertificate, nameText: () => undefined }, intrusive: true },
      );
      expect(found.sessions.pskResumed).toEqual({ kind: "inconclusive", why: "reset" });
      expect(found.sessions.ticketIssued).toEqual({ kind: "inconclusive", why: "time-out" });
      expect(found.signatures13Complete).toBe(false);
    });
  });
});
