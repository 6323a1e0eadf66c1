// tls-check as people and pipelines meet it: real servers, real files, exit codes, every report.
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer as createPlainServer } from "node:net";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Credentials } from "../../src/core/tls/credentials.ts";
import { generateSelfSigned } from "../../src/core/tls/self-signed.ts";
import type { CheckDocument } from "../../src/engine/tls-check/document/model.ts";
import { type Finished, netkit, Running } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { accepts, Folder, freePort, Program, startNginx } from "../support/program.ts";

const DAY_MS = 86_400_000;

let folder: Folder;
let good: Credentials;
let goodCert = "";
let goodKey = "";
let server: Server;
let port = 0;

beforeAll(async () => {
  folder = await Folder.create();
  good = await generateSelfSigned(["web.test"]);
  goodCert = await folder.write("good.pem", good.cert);
  goodKey = await folder.write("good.key", good.key);
  // On all addresses: 127.0.0.0/8 makes a thousand targets of it.
  server = createServer({ cert: good.cert, key: good.key }).on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.close();
  await folder[Symbol.asyncDispose]();
});

async function check(...args: string[]): Promise<Finished & { result: CheckDocument }> {
  const finished = await netkit("tls-check", "--json", ...args);
  try {
    return { ...finished, result: JSON.parse(finished.stdout) as CheckDocument };
  } catch {
    throw new Error(`no JSON document (exit ${finished.code}):\n${finished.stdout}\n${finished.stderr}`);
  }
}

const rulesOf = ({ targets }: CheckDocument) => [
  ...new Set(targets.flatMap(({ findings }) => findings.map(({ rule }) => rule))),
];

describe("an endpoint", () => {
  peerTest("nginx", "of the default nginx is scanned in full, quickly and with few connections", async () => {
    const at = await freePort();
    const lines = `listen 127.0.0.1:${at} ssl; server_name localhost; ssl_certificate ${goodCert}; ssl_certificate_key ${goodKey}; location / { return 200 "hi"; }`;
    await using nginx = await startNginx(folder, at, lines);
    const { result, code } = await check(
      `https://localhost:${at}`,
      "--cacert",
      goodCert,
      "--fail-on",
      "high",
    );
    expect(code, nginx.output).toBe(0);
    const [target] = result.targets;
    expect(target!.grade!.letter).toMatch(/^[AB]/);
    for (const address of target!.endpoint!.addresses) {
      const offered = address.protocols.filter(({ answer }) => answer.kind === "offered");
      expect(offered.map(({ version }) => version)).toContain("TLSv1.2");
      expect(offered.every(({ suites, complete }) => complete && suites.length > 0)).toBe(true);
      expect(address.effort.connections).toBeLessThanOrEqual(80);
    }
  });

  test("says in one page what it is, and fits 80 columns", async () => {
    const { stdout, stderr, code } = await netkit(
      "tls-check",
      `https://localhost:${port}`,
      "--cacert",
      goodCert,
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
    for (const part of [
      "✓ passed",
      "grade A",
      "TLSv1.3",
      "TLS_AES_256_GCM_SHA384",
      "CN=netkit self-signed",
      "trusted",
    ]) {
      expect(stdout).toContain(part);
    }
    for (const line of stdout.split("\n")) expect([...line].length).toBeLessThanOrEqual(80);
  });

  test("of a certificate that nobody trusts, or that is not for the name, fails", async () => {
    const untrusted = await check(`https://localhost:${port}`, "--certificate-only");
    expect([untrusted.code, rulesOf(untrusted.result)]).toEqual([
      1,
      expect.arrayContaining(["cert-self-signed"]),
    ]);
    const args = ["--certificate-only", "--cacert", goodCert];
    const wrong = await check(`https://localhost:${port}`, "--sni", "other.test", ...args);
    expect([wrong.code, rulesOf(wrong.result)]).toEqual([1, expect.arrayContaining(["cert-name-mismatch"])]);
  });

  peerTest(
    "openssl",
    "of a certificate that is over fails; so does one that will be over by --at",
    async () => {
      const old = await generateSelfSigned([], {
        notBefore: new Date(Date.now() - 60 * DAY_MS),
        notAfter: new Date(Date.now() - DAY_MS),
      });
      const cert = await folder.write("old.pem", old.cert);
      await using openssl = new Program("openssl", [
        "s_server",
        "-quiet",
        "-accept",
        String(await freePort()),
        "-cert",
        cert,
        "-key",
        await folder.write("old.key", old.key),
      ]);
      const at = openssl.process.spawnargs[4]!;
      await accepts(Number(at));
      const now = await check(`https://localhost:${at}`, "--cacert", cert, "--certificate-only");
      expect([now.code, rulesOf(now.result)]).toEqual([1, expect.arrayContaining(["cert-expired"])]);
      const good = [`https://localhost:${port}`, "--cacert", goodCert, "--certificate-only"];
      expect((await check(...good)).code).toBe(0);
      const later = await check(...good, "--at", "2099-01-01");
      expect([later.code, rulesOf(later.result)]).toEqual([1, expect.arrayContaining(["cert-expired"])]);
    },
  );

  test("is held against the chain that it has to serve", async () => {
    const args = [`https://localhost:${port}`, "--cacert", goodCert, "--certificate-only", "--expect-cert"];
    expect((await check(...args, goodCert)).code).toBe(0);
    const other = await folder.write("other.pem", (await generateSelfSigned()).cert);
    const { code, result } = await check(...args, other);
    expect([code, rulesOf(result)]).toEqual([1, ["expect-chain-differs"]]);
  });

  test("that is not there is exit 3, with a reason and the next thing to try", async () => {
    const closed = await netkit("tls-check", `https://127.0.0.1:${await freePort()}`);
    expect(closed.code).toBe(3);
    expect(closed.stdout).toMatch(/nothing\s+listens/);
    expect(closed.stdout).toContain("try ");
    const unknown = await check("https://no-such-host.invalid");
    expect(unknown.code).toBe(3);
    expect(unknown.result.targets[0]!.error!.code).toMatch(/^NK_DNS/);
  });

  test("that is not there does not hide what was found elsewhere", async () => {
    const { code, result } = await check(
      `https://127.0.0.1:${await freePort()}`,
      `https://localhost:${port}`,
      "--certificate-only",
    );
    expect(code).toBe(1);
    expect(result.targets.map(({ outcome }) => outcome)).toEqual(["unreachable", "failed"]);
  });

  test("is held against a policy, with the steps to comply", async () => {
    const policy = await folder.write(
      "policy.yaml",
      "name: ours\nversion: '1'\nversions:\n  allow: [TLSv1.3]\n",
    );
    const args = [`https://localhost:${port}`, "--cacert", goodCert, "--policy", policy];
    const { code, result } = await check(...args);
    expect(code).toBe(1);
    expect(result.targets[0]!.policy).toMatchObject({ name: "ours", complies: false });
    expect(result.targets[0]!.policy!.steps[0]).toMatchObject({ action: "remove", what: "TLSv1.2" });
  });

  test("shows each hello when asked, on stderr", async () => {
    const args = ["tls-check", `https://127.0.0.1:${port}`, "--certificate-only", "--trace", "--json"];
    const { stderr, stdout } = await netkit(...args);
    expect(stderr).toMatch(/#1 .* → ClientHello/);
    expect(stderr).toMatch(/← ServerHello/);
    JSON.parse(stdout);
  });
});

describe("files", () => {
  test("that belong together pass; a key that belongs elsewhere is told in a sentence", async () => {
    const endpoint = `https://localhost:${port}`;
    const args = ["--cacert", goodCert, "--certificate-only"];
    expect((await check(endpoint, goodCert, goodKey, ...args)).code).toBe(0);
    const wrong = await folder.write("wrong.key", (await generateSelfSigned()).key);
    const { stdout, code } = await netkit("tls-check", endpoint, goodCert, wrong, ...args);
    expect(code).toBe(1);
    const words = stdout.replace(/\s+/g, " ");
    expect(words).toContain(
      `${wrong} does not belong to the certificate that https://localhost:${port} serves`,
    );
    expect(words).toContain(`${wrong} does not belong to ${goodCert}`);
  });

  test("that are not there, or are no certificates, are exit 2", async () => {
    const gone = await netkit("tls-check", "gone.pem");
    expect([gone.code, gone.stdout]).toEqual([2, ""]);
    expect(gone.stderr).toContain("there is no file gone.pem");
    const noise = await folder.write("noise.pem", "no certificate\n");
    expect((await check(noise)).code).toBe(2);
    expect((await check(noise, "--fail-on", "critical")).code).toBe(2);
  });

  test("in a folder are checked like endpoints, for the same rules", async () => {
    await using own = await Folder.create();
    await own.write("a.pem", good.cert);
    await own.write("notes.txt", "not looked at");
    const { result, code } = await check(own.path, "--at", "2099-01-01");
    expect(code).toBe(1);
    expect(result.targets.map(({ name }) => name)).toEqual([join(own.path, "a.pem")]);
    expect(rulesOf(result)).toContain("cert-expired");
  });
});

describe("a pipeline", () => {
  test("gets every report, valid and whole, and the same document in the file", async () => {
    await using out = await Folder.create();
    const names = ["out", "junit", "sarif", "markdown", "csv", "html", "prometheus"];
    const flags = names.flatMap((name) => [`--${name}`, join(out.path, name)]);
    const { result, code } = await check(
      `https://localhost:${port}`,
      goodKey,
      "--certificate-only",
      ...flags,
    );
    expect(code).toBe(1);
    const texts = await Promise.all(names.map((name) => readFile(join(out.path, name), "utf8")));
    const [document, junit, sarif, markdown, csv, html, prometheus] = texts as [string, ...string[]];
    expect(JSON.parse(document)).toEqual(result);
    expect(junit).toMatch(/^<\?xml[\s\S]*<failure/);
    expect(JSON.parse(sarif!)).toMatchObject({ version: "2.1.0" });
    expect(markdown).toContain("TLS check failed");
    expect(csv).toContain("cert-self-signed");
    expect(html).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(prometheus).toContain("netkit_tls_certificate_not_after_seconds{");
  });

  test("gets one document that the published schema accepts, whatever happened", async () => {
    const { stdout } = await netkit("tls-check", "--json-schema");
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(stdout) as object);
    const runs = [
      [`https://localhost:${port}`],
      [goodCert, goodKey],
      ["https://no-such-host.invalid"],
      ["gone.pem"],
      ["--list-rules"],
      ["--explain", "cert-expird"],
      [`https://localhost:${port}`, "--fail-on", "nonsense"],
    ];
    for (const args of runs) {
      const { stdout: text } = await netkit("tls-check", "--json", ...args);
      expect(validate(JSON.parse(text)), `${args.join(" ")}: ${JSON.stringify(validate.errors)}`).toBe(true);
    }
  });

  test("sees the same findings run after run", async () => {
    const target = [`https://localhost:${port}`];
    const [one, two] = [await check(...target), await check(...target)];
    const stable = ({ result }: { result: CheckDocument }) =>
      result.targets.map(({ findings, grade }) => [grade, findings.map(({ evidence: _, ...rest }) => rest)]);
    expect(stable(one)).toEqual(stable(two));
  });

  test("excuses by waivers until their day", async () => {
    const rules = rulesOf((await check(`https://localhost:${port}`, "--certificate-only")).result);
    const lines = rules.map((rule) => `- rule: ${rule}\n  until: 2999-01-01\n  reason: a test\n`);
    const waivers = await folder.write("waivers.yaml", lines.join(""));
    const args = [`https://localhost:${port}`, "--certificate-only", "--waivers"];
    expect((await check(...args, waivers)).code).toBe(0);
    const over = await folder.write("over.yaml", "- rule: heartbleed\n  until: 2020-01-01\n  reason: x\n");
    const { code, result } = await check(...args, over, "--fail-on", "none");
    expect([code, result.expiredWaivers]).toEqual([1, [{ rule: "heartbleed", until: "2020-01-01" }]]);
  });

  test("gets annotations in GitHub Actions, and one line with the codes of a plugin for Nagios", async () => {
    const args = ["tls-check", `https://localhost:${port}`, "--certificate-only"];
    const annotated = await new Running(args, { GITHUB_ACTIONS: "true" }).finished;
    expect(annotated.stdout).toMatch(/^::error title=cert-self-signed/m);
    const nagios = await netkit(...args, "--nagios");
    expect(nagios.code).toBe(2);
    expect(nagios.stdout).toMatch(/^TLS CRITICAL - .* \| days_left=\d+ .*\n$/);
  });

  test("reads targets from standard input", async () => {
    const running = new Running(["tls-check", "--json", "--targets", "-"]);
    // Nothing comes: its standard input is closed.
    const { code, stdout } = await running.finished;
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ message: "no target is in -" });
  });

  test("checks a thousand certificates within a minute and within bounds", async () => {
    const hosts = Array.from({ length: 1000 }, (_, index) => `127.1.${index >> 8}.${index & 255}:${port}`);
    const list = await folder.write("hosts.txt", hosts.join("\n"));
    const args = ["--targets", list, "--certificate-only", "--sni", "web.test", "--cacert", goodCert];
    const { result, code, seconds } = await check(...args);
    expect(code).toBe(0);
    expect(result.targets).toHaveLength(1000);
    expect(result.targets.every(({ outcome }) => outcome === "passed")).toBe(true);
    expect(seconds).toBeLessThan(60);
  });

  test("is interrupted with what was done until then", async () => {
    // A port that accepts and says nothing.
    const mute = createPlainServer();
    await new Promise<void>((resolve) => mute.listen(0, "0.0.0.0", resolve));
    const at = (mute.address() as AddressInfo).port;
    const targets = [
      `https://localhost:${port}`,
      ...Array.from({ length: 40 }, (_, n) => `https://127.0.0.${n + 1}:${at}`),
    ];
    await using running = new Running([
      "tls-check",
      "--json",
      "--certificate-only",
      "--parallel-targets",
      "1",
      "--timeout",
      "20s",
      ...targets,
    ]);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    running.process.kill("SIGINT");
    await running.saw("stopping");
    running.process.kill("SIGINT");
    const { code, stdout } = await running.finished;
    mute.close();
    expect(code).toBe(130);
    const result = JSON.parse(stdout) as CheckDocument;
    expect(result).toMatchObject({ interrupted: true, planned: 41 });
    expect(result.targets[0]).toMatchObject({ name: `https://localhost:${port}`, outcome: "failed" });
    expect(result.targets.length).toBeLessThan(41);
  });
});
