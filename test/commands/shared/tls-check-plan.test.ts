import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { readWaivers } from "../../../src/commands/shared/tls-check-files.ts";
import {
  buildCheckPlan,
  parseFailOn,
  parseMoment,
  type TlsCheckSettings,
} from "../../../src/commands/shared/tls-check-plan.ts";
import { NetkitError } from "../../../src/core/errors.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";

const { cert, key, leaf } = await generateSelfSigned(["a.test"]);
const other = await generateSelfSigned();

const FILES: Record<string, string | Uint8Array> = {
  "cert.pem": cert,
  "cert.der": leaf.raw,
  "key.pem": key,
  "other.key": other.key,
  "pass.txt": "secret\nnot this\n",
  "hosts.txt": "# mine\na.test\n\nb.test:8443 # other\na.test\n",
  "none.txt": "# nothing\n",
  "policy.yaml": "name: ours\nversion: '1'\nversions:\n  allow: [TLSv1.3]\n",
  "bad-policy.yaml": "name: ours\nversion: '1'\nversions: [1]\n",
  "waivers.yaml": "- rule: cert-expired\n  until: 2026-12-31\n  reason: moving\n",
  "bad-waivers.yaml": "- rule: cert-expird\n  until: 2026-12-31\n  reason: moving\n",
  "logs.json": JSON.stringify({
    operators: [
      {
        logs: [{ description: "A 2026", log_id: "q80=", key: "AQI=", url: "x" }],
        tiled_logs: [{ description: "B 2026", log_id: "7/g=", key: "AwQ=" }],
      },
    ],
  }),
  "no-logs.json": "{}",
  "noise.bin": "nothing at all",
};

async function readBytes(path: string): Promise<Uint8Array> {
  const found = FILES[path];
  if (found === undefined)
    throw new NetkitError("file", "NK_FILE_READ", `could not read ${path}`, { subject: path });
  return Buffer.from(found);
}

const NOW = Date.parse("2026-11-23T05:00:00Z");
const plan = (settings: TlsCheckSettings) =>
  buildCheckPlan({ target: ["a.test"], ...settings }, { readBytes, nowMs: NOW });

describe("a plan", () => {
  test("has the defaults that the help shows", async () => {
    expect(await plan({})).toMatchObject({
      scope: "full",
      limits: { maxConnections: 500, concurrency: 8, ratePerSecond: undefined, timeoutMs: 5000, retries: 2 },
      parallelTargets: 4,
      intrusive: true,
      atMs: NOW,
      daysLeft: 21,
      lifetimeLeftPercent: undefined,
      failOn: ["medium"],
      revocation: false,
      policy: undefined,
    });
    expect((await plan({ "certificate-only": true })).parallelTargets).toBe(32);
  });

  test("takes targets from arguments and lists, each once", async () => {
    const { targets } = await plan({ targets: "hosts.txt", sni: "c.test" });
    expect(targets.map(({ name }) => name)).toEqual(["https://a.test:443", "https://b.test:8443"]);
    expect(targets[0]).toMatchObject({ serverName: "c.test" });
  });

  test("reads authorities and expected chains in any format", async () => {
    const made = await plan({ cacert: "cert.der", "expect-cert": "cert.pem" });
    expect(made.extraAuthorities).toContain("-----BEGIN CERTIFICATE-----");
    expect(Buffer.from(made.expectChain![0]!).equals(leaf.raw)).toBe(true);
  });

  test("takes the first line of a password file", async () => {
    expect((await plan({ "password-file": "pass.txt" })).password).toBe("secret");
  });

  test("knows the policies by name, and reads others from files", async () => {
    expect((await plan({ policy: "modern" })).policy!.name).toBe("mozilla-modern");
    expect((await plan({ policy: "policy.yaml" })).policy).toMatchObject({ name: "ours" });
  });

  test("reads log lists of version 3, tiled logs too", async () => {
    const { ctLogs } = await plan({ "ct-logs": "logs.json" });
    expect([...ctLogs].map(([id, { name }]) => [id, name])).toEqual([
      ["abcd", "A 2026"],
      ["eff8", "B 2026"],
    ]);
  });

  test("reads waivers", async () => {
    expect(await readWaivers("waivers.yaml", readBytes)).toEqual([
      { rule: "cert-expired", until: "2026-12-31", reason: "moving" },
    ]);
    expect(await readWaivers(undefined, readBytes)).toEqual([]);
  });

  test("turns a share into per cent", async () => {
    expect((await plan({ "lifetime-left": 0.33 })).lifetimeLeftPercent).toBeCloseTo(33);
  });
});

describe("what cannot be used is refused before the first connection, with exit code 2", () => {
  test.each<[TlsCheckSettings, string]>([
    [{ target: [] }, "tls-check needs a target"],
    [{ target: [], targets: "none.txt" }, "no target is in none.txt"],
    [{ cert: "cert.pem" }, "--cert and --key belong together"],
    [{ cert: "cert.pem", key: "other.key" }, "other.key"],
    [{ cacert: "gone.pem" }, "could not read gone.pem"],
    [{ cacert: "noise.bin" }, "no certificate can be read from noise.bin"],
    [{ "expect-cert": "key.pem" }, "no certificate can be read from key.pem"],
    [{ policy: "moderm" }, 'there is no policy "moderm"'],
    [{ policy: "bad-policy.yaml" }, "bad-policy.yaml:3 is not a policy"],
    [{ "ct-logs": "no-logs.json" }, "is no list of certificate transparency logs"],
    [{ "ct-logs": "noise.bin" }, "is no list of certificate transparency logs"],
    [{ rate: 0 }, "--rate must be more than 0"],
    [{ timeout: 0 }, "--timeout must be more than 0"],
    [{ at: "soon" }, '"soon" is not a date'],
    [{ "fail-on": ["hihg"] }, '"hihg" is neither a severity nor a rule'],
  ])("%j", async (settings, message) => {
    const error = await plan(settings).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NetkitError);
    expect((error as NetkitError).exitCode).toBe(2);
    expect((error as NetkitError).message).toContain(message);
  });

  test("a waiver for a rule that there is not, with its line", async () => {
    await expect(readWaivers("bad-waivers.yaml", readBytes)).rejects.toMatchObject({
      exitCode: 2,
      why: expect.stringContaining('no rule is called "cert-expird"'),
    });
  });
});

describe("--at", () => {
  test.each([
    ["2027-03-15", "2027-03-15T00:00:00.000Z"],
    ["2027-03-15T12:30:00Z", "2027-03-15T12:30:00.000Z"],
    ["2027-03-15T12:30+01:00", "2027-03-15T11:30:00.000Z"],
  ])("%s", (text, iso) => {
    expect(new Date(parseMoment(text)).toISOString()).toBe(iso);
  });

  test.each(["2027-02-30", "15.03.2027", "2027-3-15", "2027-13-01", "", "now"])("refuses %j", (text) => {
    expect(() => parseMoment(text)).toThrow("is not a date");
  });
});

describe("--fail-on", () => {
  test("takes severities, rules, several of them, and none", () => {
    expect(parseFailOn(["high", "cert-expired,low"])).toEqual(["high", { rule: "cert-expired" }, "low"]);
    expect(parseFailOn(["none"])).toEqual([]);
  });

  test("knows what was meant", () => {
    expect(() => parseFailOn(["cert-expird"])).toThrow(
      expect.objectContaining({ next: "did you mean cert-expired?" }),
    );
  });
});
