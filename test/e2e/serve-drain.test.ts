// The end of a server, with clients that are in the middle of something: what was begun is finished.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { generateSelfSigned } from "../../src/core/tls/self-signed.ts";
import { KeepAliveClients } from "../support/keep-alive-clients.ts";
import { serve } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { Folder, Program } from "../support/program.ts";
import { eventually, RawClient, request } from "../support/raw-client.ts";
import { lastLine, type Served, stats } from "../support/served.ts";

/** `drained in 1.2 s: 12 finished, 0 cut` */
async function ended(server: Served): Promise<{ finished: number; cut: number; seconds: number }> {
  const end = await server.finished;
  expect(end.stderr).not.toMatch(/\bat .*\.js:\d+/);
  expect([end.code, end.signal]).toEqual([0, null]);
  const said = /^drained in \S+ \S+: ([\d,]+) finished, ([\d,]+) cut$/.exec(lastLine(end));
  expect(lastLine(end)).toMatch(/^drained in /);
  const figure = (at: number) => Number(said![at]!.replaceAll(",", ""));
  return { finished: figure(1), cut: figure(2), seconds: end.seconds };
}

async function inFlight(server: Served, count: number): Promise<void> {
  await eventually(async () => (await stats(server)).requests.inFlight === count, `${count} are in flight`);
}

describe.each(["1", "2"])("SIGTERM with %s threads", (threads) => {
  const start = (...args: string[]) =>
    serve("http://127.0.0.1:0", "--admin", "127.0.0.1:0", "--threads", threads, ...args);

  test("clients that heed `Connection: close` lose nothing, under load", async () => {
    await using server = await start();
    const { port } = server.ready.listeners[0]!;
    using quick = await KeepAliveClients.open(20, port, "/");
    using slow = await KeepAliveClients.open(20, port, "/delay/30ms");
    using large = await KeepAliveClients.open(4, port, "/bytes/300000");
    await sleep(500);
    server.process.kill("SIGTERM");
    const { finished, cut } = await ended(server);
    for (const clients of [quick, slow, large]) {
      await clients.over();
      expect(clients.lost).toBe(0);
      expect(clients.answered).toBe(clients.asked);
      expect(clients.toldToClose).toBe(clients.count);
    }
    expect(cut).toBe(0);
    expect(finished).toBeGreaterThanOrEqual(44);
  });

  peerTest("wrk", "wrk sees no connection end in the middle of an answer", async () => {
    await using server = await start();
    const { url } = server.ready.listeners[0]!;
    await using wrk = new Program("wrk", ["-t1", "-c20", "-d1s", `${url}/`]);
    await eventually(async () => (await stats(server)).requests.total > 1000, "there is load");
    server.process.kill("SIGTERM");
    const { cut } = await ended(server);
    expect(cut).toBe(0);
    await eventually(() => wrk.process.exitCode !== null, "wrk ends");
    // It says nothing of errors when there were none. What it calls write errors are refused new connections.
    const readErrors = /Socket errors: connect \d+, read (\d+),/.exec(wrk.output)?.[1] ?? "0";
    expect(readErrors).toBe("0");
    expect(wrk.output).not.toContain("Non-2xx");
  });

  test("a slow upload is taken to its end; meanwhile /readyz is 503 and nobody new is let in", async () => {
    await using server = await start();
    const { port, url } = server.ready.listeners[0]!;
    const piece = Buffer.alloc(50_000, 0x61);
    using upload = await RawClient.connect(port);
    upload.send("POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 500000\r\n\r\n");
    upload.send(piece);
    await inFlight(server, 1);
    expect((await fetch(`${server.ready.admin!.url}/readyz`)).status).toBe(200);
    server.process.kill("SIGTERM");
    await server.saw("draining");
    const ready = await fetch(`${server.ready.admin!.url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, "draining\n"]);
    expect((await fetch(`${server.ready.admin!.url}/healthz`)).status).toBe(200);
    expect((await stats(server)).state).toBe("draining");
    await eventually(
      () =>
        fetch(url).then(
          () => false,
          () => true,
        ),
      "new connections are refused",
    );
    for (let sent = 1; sent < 10; sent++) {
      await sleep(150);
      upload.send(piece);
    }
    await upload.untilEnd();
    expect(upload.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(upload.text).toContain("\r\nConnection: close\r\n");
    const sha256 = createHash("sha256").update(Buffer.alloc(500_000, 0x61)).digest("hex");
    expect(JSON.parse(upload.text.split("\r\n\r\n")[1]!)).toEqual({ bytes: 500_000, sha256 });
    expect(await ended(server)).toMatchObject({ finished: 1, cut: 0 });
  });

  test("what takes longer than --drain is cut, and counted", async () => {
    await using server = await start("--drain", "700ms");
    const { port } = server.ready.listeners[0]!;
    using hanging = await RawClient.connect(port);
    using delayed = await RawClient.connect(port);
    using idle = await RawClient.connect(port);
    idle.send(request("GET", "/"));
    await idle.untilIncludes("hello, world\n");
    hanging.send(request("GET", "/hang"));
    await inFlight(server, 1);
    delayed.send(request("GET", "/delay/300ms"));
    await inFlight(server, 2);
    server.process.kill("SIGTERM");
    await Promise.all([hanging.untilEnd(), delayed.untilEnd(), idle.untilEnd()]);
    expect(hanging.text).toBe("");
    expect(delayed.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(await ended(server)).toMatchObject({ finished: 1, cut: 1 });
  });

  test("a second signal cuts at once", async () => {
    await using server = await start("--drain", "60s");
    using hanging = await RawClient.connect(server.ready.listeners[0]!.port);
    hanging.send(request("GET", "/hang"));
    await inFlight(server, 1);
    const began = performance.now();
    server.process.kill("SIGTERM");
    await server.saw("draining");
    server.process.kill("SIGTERM");
    await hanging.untilEnd();
    expect(await ended(server)).toMatchObject({ finished: 0, cut: 1 });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("SIGHUP changes the certificate for those who come, not for those who are there", async () => {
    await using folder = await Folder.create();
    const [old, renewed] = [await generateSelfSigned(["localhost"]), await generateSelfSigned(["localhost"])];
    const cert = await folder.write("cert.pem", old.cert);
    const key = await folder.write("key.pem", old.key);
    await using server = await serve(
      "https://127.0.0.1:0",
      "--no-admin",
      "--threads",
      threads,
      "--cert",
      cert,
      "--key",
      key,
    );
    const { port, fingerprint } = server.ready.listeners[0]!;
    using before = await RawClient.connectTls(port);
    expect(before.fingerprint).toBe(fingerprint);
    before.send(request("GET", "/"));
    await before.untilIncludes("hello, world\n");

    await folder.write("cert.pem", "this is no certificate");
    server.process.kill("SIGHUP");
    await server.saw("the certificate stays as it was");
    using meanwhile = await RawClient.connectTls(port);
    expect(meanwhile.fingerprint).toBe(fingerprint);

    await folder.write("key.pem", renewed.key);
    await folder.write("cert.pem", renewed.cert);
    server.process.kill("SIGHUP");
    await server.saw("certificate loaded");
    // With several processes any of them may answer, and each has its own moment.
    await eventually(async () => {
      using after = await RawClient.connectTls(port);
      return after.fingerprint !== fingerprint;
    }, "the new certificate is shown");
    before.text = "";
    before.send(request("GET", "/bytes/10"));
    await before.until((text) => /\r\n\r\n[\s\S]{10}$/.test(text));
    expect(before.error).toBeUndefined();
    server.process.kill("SIGTERM");
    expect(await ended(server)).toMatchObject({ cut: 0 });
  });
});
