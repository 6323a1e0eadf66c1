// `serve` met by the clients that people have: curl, wrk, ab, h2load, openssl, Chromium; and by slowhttptest.
import { createHash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect } from "vitest";
import { generateSelfSigned } from "../../src/core/tls/self-signed.ts";
import { serve } from "../support/netkit.ts";
import { hasProgram, peerTest } from "../support/peers.ts";
import { Folder, Program, runProgram } from "../support/program.ts";
import { eventually } from "../support/raw-client.ts";
import { type Served, stats } from "../support/served.ts";

const ADMIN = ["--admin", "127.0.0.1:0"];

/** What curl printed; fails when curl did. */
async function curl(...args: string[]): Promise<string> {
  const { code, output } = await runProgram("curl", ["-sS", "--max-time", "20", ...args]);
  expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
  return output;
}

/** A certificate for localhost by openssl, as a user would make one. */
async function opensslCertificate(folder: Folder, name: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(folder.path, `${name}.pem`), join(folder.path, `${name}.key`)];
  const { code, output } = await runProgram("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ...["-keyout", key, "-out", cert],
  ]);
  expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
  return { cert, key };
}

describe("curl", () => {
  peerTest("curl", "reuses one connection for many paths", async () => {
    await using server = await serve("http://127.0.0.1:0", ...ADMIN);
    const { url } = server.ready.listeners[0]!;
    const output = await curl(
      "-w",
      "%{http_code} %{num_connects}\n",
      "-o",
      "/dev/null",
      `${url}/status/[200-203]`,
    );
    expect(output).toBe("200 1\n201 0\n202 0\n203 0\n");
    expect((await stats(server)).connections.accepted).toBe(1);
  });

  peerTest("curl", "gets a HEAD with the length of the GET, and no body", async () => {
    await using server = await serve("http://127.0.0.1:0", "--no-admin");
    const { url } = server.ready.listeners[0]!;
    const output = await curl("--head", "-w", "%{size_download}", `${url}/bytes/100000`);
    expect(output).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(output).toMatch(/Content-Length: 100000\r\n/i);
    expect(output).toMatch(/\r\n\r\n0$/);
  });

  peerTest(
    "curl",
    "uploads with a length, chunked and with Expect: 100-continue, byte for byte",
    async () => {
      await using server = await serve("http://127.0.0.1:0", "--no-admin");
      await using folder = await Folder.create();
      const { url } = server.ready.listeners[0]!;
      const content = randomBytes(3_000_000);
      const sha256 = createHash("sha256").update(content).digest("hex");
      const file = join(folder.path, "upload");
      const echoed = join(folder.path, "echoed");
      await writeFile(file, content);
      const ways = {
        length: ["-H", "Expect:"],
        continued: ["-H", "Expect: 100-continue", "--expect100-timeout", "20"],
        chunked: ["-H", "Transfer-Encoding: chunked", "-H", "Expect:"],
        chunkedAndContinued: ["-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue"],
      };
      for (const how of Object.values(ways)) {
        const answer = JSON.parse(await curl(...how, "--data-binary", `@${file}`, `${url}/upload`));
        expect(answer).toEqual({ bytes: content.length, sha256 });
        await curl(...how, "--data-binary", `@${file}`, "-o", echoed, `${url}/echo`);
        const { output } = await runProgram("cmp", [file, echoed]);
        expect(output).toBe("");
      }
      // The interim answer is asked for and comes: without it curl would wait for its 20 s.
      const began = performance.now();
      const trace = await curl("-v", ...ways.continued, "--data-binary", `@${file}`, `${url}/upload`);
      expect(trace).toContain("100 Continue");
      expect(performance.now() - began).toBeLessThan(15_000);
    },
  );

  peerTest("curl", "speaks HTTP/1.0, with and without keep-alive", async () => {
    await using server = await serve("http://127.0.0.1:0", "--no-admin");
    const { url } = server.ready.listeners[0]!;
    const format = ["-w", "%{http_code} %{num_connects} %{size_download}\n", "-o", "/dev/null"];
    expect(await curl("--http1.0", ...format, `${url}/bytes/[10-11]`)).toBe("200 1 10\n200 1 11\n");
    expect(await curl("--http1.0", "-H", "Connection: keep-alive", ...format, `${url}/bytes/[10-11]`)).toBe(
      "200 1 10\n200 0 11\n",
    );
    // No length is known, and HTTP/1.0 has no chunks: the end of the connection is the end of the answer.
    const lines = await curl("--http1.0", `${url}/stream/3`);
    expect(lines.trimEnd().split("\n")).toHaveLength(3);
  });

  peerTest("curl", "follows redirects, and logs in by Basic authentication", async () => {
    await using server = await serve("http://127.0.0.1:0", "--no-admin");
    const { url } = server.ready.listeners[0]!;
    const followed = await curl("-L", "-w", "%{num_redirects} %{url_effective}", `${url}/redirect/5`);
    expect(followed).toBe(`hello, world\n5 ${url}/`);
    const code = ["-o", "/dev/null", "-w", "%{http_code}"];
    expect(await curl(...code, `${url}/basic-auth/ann/secret`)).toBe("401");
    expect(await curl(...code, "-u", "ann:wrong", `${url}/basic-auth/ann/secret`)).toBe("401");
    expect(await curl(...code, "-u", "ann:secret", `${url}/basic-auth/ann/secret`)).toBe("200");
    // --anyauth asks first without, on the same connection.
    expect(await curl(...code, "--anyauth", "-u", "ann:secret", `${url}/basic-auth/ann/secret`)).toBe("200");
  });

  peerTest("curl", "sees paths that end without an answer for what they are", async () => {
    await using server = await serve("http://127.0.0.1:0", "--no-admin");
    const { url } = server.ready.listeners[0]!;
    const ends = async (path: string) => (await runProgram("curl", ["-sS", `${url}${path}`])).code;
    expect(await ends("/close")).toBe(52); // empty reply
    expect(await ends("/reset")).toBe(56); // failure in receiving
  });

  peerTest(["curl", "openssl"], "verifies the certificate, in TLS 1.2 and 1.3", async () => {
    await using folder = await Folder.create();
    const { cert, key } = await opensslCertificate(folder, "server");
    await using server = await serve("https://localhost:0", "--no-admin", "--cert", cert, "--key", key);
    const { url } = server.ready.listeners[0]!;
    for (const version of [["--tlsv1.2", "--tls-max", "1.2"], ["--tlsv1.3"]]) {
      const format = ["-w", "%{http_version} %{ssl_verify_result}"];
      expect(await curl("--cacert", cert, ...version, ...format, url)).toBe("hello, world\n2 0");
      const old = await curl("--cacert", cert, ...version, "--http1.1", ...format, url);
      expect(old).toBe("hello, world\n1.1 0");
    }
    expect((await runProgram("curl", ["-sS", url])).code).toBe(60);
    const content = join(folder.path, "large");
    await curl("--cacert", cert, "-o", content, `${url}/bytes/20000000`);
    const sent = await curl("--cacert", cert, "-T", content, "-X", "POST", `${url}/upload`);
    expect(JSON.parse(sent).bytes).toBe(20_000_000);
  });

  peerTest(["curl", "openssl"], "shows its own certificate where --client-ca asks for one", async () => {
    await using folder = await Folder.create();
    const own = await opensslCertificate(folder, "server");
    const client = await opensslCertificate(folder, "client");
    const stranger = await opensslCertificate(folder, "stranger");
    const tls = ["--cert", own.cert, "--key", own.key, "--client-ca", client.cert];
    await using server = await serve("https://localhost:0", ...ADMIN, ...tls);
    const { url } = server.ready.listeners[0]!;
    const shown = ({ cert, key }: typeof client) => ["--cacert", own.cert, "--cert", cert, "--key", key];
    expect(await curl(...shown(client), url)).toBe("hello, world\n");
    expect((await runProgram("curl", ["-sS", "--cacert", own.cert, url])).code).not.toBe(0);
    expect((await runProgram("curl", ["-sS", ...shown(stranger), url])).code).not.toBe(0);
    const { connections, requests } = await stats(server);
    expect(requests.total).toBe(1);
    expect(connections.handshakeFailures).toBe(2);
  });
});

describe("load generators", () => {
  peerTest("wrk", "wrk finds no error", async () => {
    await using server = await serve("http://127.0.0.1:0", ...ADMIN);
    const { output, code } = await runProgram("wrk", ["-t1", "-c50", "-d1s", server.ready.listeners[0]!.url]);
    expect(code).toBe(0);
    expect(output).not.toMatch(/Socket errors|Non-2xx/);
    const requests = Number(/(\d+) requests in/.exec(output)![1]);
    expect(requests).toBeGreaterThan(1000);
    // At most one for each connection was answered and no longer counted by wrk.
    const { total } = (await stats(server)).requests;
    expect(total).toBeGreaterThanOrEqual(requests);
    expect(total).toBeLessThanOrEqual(requests + 100);
  });

  peerTest("ab", "ab finds no error, with HTTP/1.0 keep-alive and without", async () => {
    await using server = await serve("http://127.0.0.1:0", ...ADMIN);
    const { url } = server.ready.listeners[0]!;
    const load = ["-q", "-n", "3000", "-c", "20"];
    const { output } = await runProgram("ab", [...load, "-k", `${url}/`]);
    expect(output).toMatch(/Complete requests:\s+3000\n/);
    expect(output).toMatch(/Failed requests:\s+0\n/);
    expect(output).toMatch(/Keep-Alive requests:\s+3000\n/);
    expect(output).not.toContain("Non-2xx");
    const single = await runProgram("ab", [...load, `${url}/bytes/1000`]);
    expect(single.output).toMatch(/Complete requests:\s+3000\n/);
    expect(single.output).toMatch(/Failed requests:\s+0\n/);
    expect(single.output).toMatch(/HTML transferred:\s+3000000 bytes\n/);
  });

  peerTest("h2load", "h2load finds no error with 16 requests in flight on each connection", async () => {
    await using server = await serve("http://127.0.0.1:0", ...ADMIN);
    const load = ["--h1", "-n", "20000", "-c", "10", "-m", "16"];
    const { output } = await runProgram("h2load", [...load, `${server.ready.listeners[0]!.url}/`]);
    expect(output).toContain("20000 done, 20000 succeeded, 0 failed, 0 errored, 0 timeout");
    expect(output).toContain("status codes: 20000 2xx");
    expect((await stats(server)).requests.total).toBe(20_000);
  });
});

describe("openssl s_client", () => {
  peerTest("openssl", "agrees on version, ALPN and the fingerprint of the ready line", async () => {
    await using server = await serve("https://127.0.0.1:0", "--self-signed", "--no-admin");
    const { port, fingerprint } = server.ready.listeners[0]!;
    for (const [flag, version] of [
      ["-tls1_2", "TLSv1.2"],
      ["-tls1_3", "TLSv1.3"],
    ]) {
      const command = `printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client -connect 127.0.0.1:${port} ${flag} -alpn http/1.1 -ign_eof 2>&1`;
      const { output } = await runProgram("sh", ["-c", command]);
      expect(output).toContain("ALPN protocol: http/1.1");
      expect(output).toMatch(new RegExp(`New, ${version},`));
      expect(output).toContain("hello, world");
      const both = `openssl s_client -connect 127.0.0.1:${port} ${flag} -alpn h2,http/1.1 < /dev/null 2>&1`;
      expect((await runProgram("sh", ["-c", both])).output).toContain("ALPN protocol: h2");
      const pem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(output)![0];
      const der = Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ""), "base64");
      const sha256 = createHash("sha256").update(der).digest("hex").toUpperCase();
      expect(fingerprint).toBe(sha256.match(/../g)!.join(":"));
    }
  });

  peerTest("openssl", "is refused where it knows nothing newer than TLS 1.1", async () => {
    await using server = await serve("tls://127.0.0.1:0", "--self-signed", ...ADMIN);
    const { port } = server.ready.listeners[0]!;
    const old = ["s_client", "-connect", `127.0.0.1:${port}`, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
    const { code } = await runProgram("sh", ["-c", `openssl ${old.join(" ")} < /dev/null 2>&1`]);
    expect(code).not.toBe(0);
    expect((await stats(server)).connections.handshakeFailures).toBe(1);
  });

  peerTest("openssl", "gets its bytes back from raw echo over TLS", async () => {
    await using server = await serve("tls://127.0.0.1:0", "--self-signed", "--no-admin");
    const { port } = server.ready.listeners[0]!;
    const command = `(echo some words; sleep 1) | openssl s_client -quiet -no_ign_eof -connect 127.0.0.1:${port} 2>/dev/null`;
    expect((await runProgram("sh", ["-c", command])).output).toBe("some words\n");
  });
});

describe("Chromium", () => {
  const CHROMIUM = ["chromium", "chromium-browser", "google-chrome"].find(hasProgram) ?? "chromium";

  /** The document as it stands after the page's scripts have run a few seconds of its own time. */
  async function dumpDom(folder: Folder, url: string, ...more: string[]): Promise<string> {
    const { output } = await runProgram(CHROMIUM, [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      ...[`--user-data-dir=${join(folder.path, "profile")}`, ...more, "--dump-dom", url],
    ]);
    return output;
  }

  peerTest(CHROMIUM, "shows a page, plain and over TLS, and follows a redirect", async () => {
    await using folder = await Folder.create();
    const { cert, key } = await generateSelfSigned(["localhost"]);
    const files = ["--cert", await folder.write("c.pem", cert), "--key", await folder.write("k.pem", key)];
    await using server = await serve("http://127.0.0.1:0", "https://localhost:0", ...ADMIN, ...files);
    const [plain, secure] = server.ready.listeners;
    expect(await dumpDom(folder, `${plain!.url}/redirect/2`)).toContain("hello, world");
    const overTls = await dumpDom(folder, `${secure!.url}/headers`, "--ignore-certificate-errors");
    expect(overTls).toContain("sec-fetch-mode");
    expect((await stats(server)).violations).toEqual({});
  });

  peerTest(CHROMIUM, "fills the dashboard with the server's figures", async () => {
    await using folder = await Folder.create();
    await using server = await serve("http://127.0.0.1:0", ...ADMIN);
    const answer = await fetch(`${server.ready.listeners[0]!.url}/status/404`);
    await answer.arrayBuffer();
    const page = await dumpDom(folder, server.ready.admin!.url, "--virtual-time-budget=5000");
    expect(page).toMatch(/<span id="state"[^>]*>serving</);
    expect(page).toMatch(/<b id="total">1</);
    expect(page).toMatch(/<td>status<\/td><td>1<\/td><td>4xx 1<\/td>/);
  });
});

describe("slowhttptest", () => {
  /** How long each answer took while `attack` went on, sorted. */
  async function normalClient(server: Served, attack: Program): Promise<number[]> {
    const agent = new Agent({ keepAlive: true });
    const tookMs: number[] = [];
    while (attack.process.exitCode === null) {
      // Every second one comes on a new connection.
      const own = tookMs.length % 2 === 0 ? { agent } : { agent: false as const };
      const began = performance.now();
      await new Promise<void>((resolve, reject) => {
        get(server.ready.listeners[0]!.url, own, (response) => {
          expect(response.statusCode).toBe(200);
          response.resume().on("end", resolve);
        }).on("error", reject);
      });
      tookMs.push(performance.now() - began);
      await sleep(5);
    }
    agent.destroy();
    return tookMs.sort((a, b) => a - b);
  }

  const attacks = [
    ["headers that never end", ["-H", "-i", "1"], "/", "header-timeout"],
    ["bodies that trickle in", ["-B", "-i", "1", "-s", "100000"], "/upload", undefined],
    [
      "requests and hardly read the answers",
      ["-X", "-w", "10", "-y", "20", "-z", "5", "-n", "1"],
      "/bytes/4MiB",
      undefined,
    ],
  ] as const;
  for (const [name, mode, path, limit] of attacks) {
    peerTest("slowhttptest", `others are served while 200 clients send ${name}`, async () => {
      await using server = await serve("http://127.0.0.1:0", ...ADMIN, "--header-timeout", "2s");
      const url = server.ready.listeners[0]!.url + path;
      const rates = ["-c", "200", "-r", "200", "-l", "3", "-p", "3"];
      await using attack = new Program("slowhttptest", [...mode, ...rates, "-u", url]);
      const attacked = eventually(
        async () => (await stats(server)).connections.open >= 190,
        "the attackers are connected",
      );
      const [tookMs] = await Promise.all([normalClient(server, attack), attacked]);
      expect(tookMs.length).toBeGreaterThan(50);
      expect(tookMs[Math.floor(tookMs.length / 2)]).toBeLessThan(100);
      // A client that is starved waits until the attack is over.
      expect(tookMs.at(-1)).toBeLessThan(3000);
      if (limit !== undefined) expect((await stats(server)).limits[limit]).toBeGreaterThan(0);
    });
  }
});
