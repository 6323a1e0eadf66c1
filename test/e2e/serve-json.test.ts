// What scripts, scrapers and orchestrators read of `serve`: the ready line, /stats, /metrics, exit codes.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, test } from "vitest";
import type { ErrorDocument } from "../../src/report/schemas/error.ts";
import { netkit, serve } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { Folder, Program, runProgram } from "../support/program.ts";
import { eventually, RawClient, request } from "../support/raw-client.ts";
import { metrics, sample, stats } from "../support/served.ts";

/** What the published schema finds wrong with a document. */
let problems: (document: unknown) => string[];

beforeAll(async () => {
  const { stdout, code } = await netkit("serve", "--json-schema");
  expect(code).toBe(0);
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(stdout) as object);
  problems = (document) =>
    validate(document)
      ? []
      : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
});

/** Something of everything: answers, errors, echoes, limits, violations, an open request. */
async function variedTraffic(server: Awaited<ReturnType<typeof serve>>): Promise<RawClient> {
  const [http, framed] = server.ready.listeners;
  for (const path of ["/", "/status/404", "/status/503", "/bytes/100", "/nowhere"]) {
    await (await fetch(http!.url + path)).arrayBuffer();
  }
  using frames = await RawClient.connect(framed!.port);
  frames.send(Buffer.from("000000026869ffffffff", "hex"));
  await frames.untilEnd();
  using broken = await RawClient.connect(http!.port);
  broken.send("not HTTP at all\r\n\r\n");
  await broken.untilEnd();
  const open = await RawClient.connect(http!.port);
  open.send(request("GET", "/hang"));
  await eventually(async () => (await stats(server)).requests.inFlight === 1, "one request is open");
  return open;
}

describe("the published schema accepts", () => {
  test.each([
    ["one listener", ["http://127.0.0.1:0", "--no-admin"], 1],
    [
      "several schemes",
      [
        "http://127.0.0.1:0",
        "https://localhost:0",
        "tcp://[::1]:0",
        "--self-signed",
        "--admin",
        "127.0.0.1:0",
      ],
      3,
    ],
    [
      "two processes",
      ["http://127.0.0.1:0", "framed://127.0.0.1:0", "--threads", "2", "--admin", "127.0.0.1:0"],
      2,
    ],
  ])("the ready line of %s, with real ports, and all of them accept", async (_name, args, count) => {
    await using server = await serve(...args);
    const { ready } = server;
    expect(problems(ready)).toEqual([]);
    expect(server.stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(ready.listeners).toHaveLength(count);
    const ports = ready.listeners.map(({ port }) => port);
    expect(new Set(ports).size).toBe(count);
    for (const { scheme, url, address, port, fingerprint } of ready.listeners) {
      expect(port).toBeGreaterThan(0);
      expect(new URL(url).port).toBe(String(port));
      expect(fingerprint === null).toBe(scheme !== "https");
      if (address === "127.0.0.1") (await RawClient.connect(port))[Symbol.dispose]();
    }
    process.kill(ready.pid, "SIGTERM");
    expect((await server.finished).code).toBe(0);
  });

  test.each(["1", "2"])(
    "the figures of a server with %s threads, before, under and after use",
    async (threads) => {
      await using server = await serve(
        "http://127.0.0.1:0",
        "framed://127.0.0.1:0",
        "--admin",
        "127.0.0.1:0",
        "--threads",
        threads,
      );
      expect(problems(await stats(server))).toEqual([]);
      using open = await variedTraffic(server);
      const used = await stats(server);
      expect(problems(used)).toEqual([]);
      expect(used).toMatchObject({
        state: "serving",
        threads: Number(threads),
        requests: { inFlight: 1, statuses: { "2xx": 2, "4xx": 3, "5xx": 1 } },
        echoed: 1,
        limits: { "frame-bytes": 1 },
      });
      expect(used.requests.total).toBe(6);
      open.socket.destroy();
      await eventually(async () => (await stats(server)).requests.inFlight === 0, "the client is gone");
      const text = await metrics(server);
      expect(sample(text, 'netkit_serve_requests_total{route="root",status="2xx"}')).toBe(1);
      expect(sample(text, "netkit_serve_requests_in_flight")).toBe(0);
    },
  );

  test("the admin pages, each with its status and type", async () => {
    await using server = await serve("http://127.0.0.1:0", "--admin", "127.0.0.1:0");
    const { url } = server.ready.admin!;
    const types = {
      "/": "text/html; charset=utf-8",
      "/metrics": "text/plain; version=0.0.4; charset=utf-8",
      "/stats": "application/json",
      "/healthz": "text/plain; charset=utf-8",
      "/readyz": "text/plain; charset=utf-8",
    };
    for (const [path, type] of Object.entries(types)) {
      const answer = await fetch(url + path);
      expect([path, answer.status, answer.headers.get("content-type")]).toEqual([path, 200, type]);
      await answer.arrayBuffer();
    }
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/stats`, { method: "POST" })).status).toBe(405);
  });
});

peerTest("promtool", "promtool finds nothing wrong with /metrics", async () => {
  await using server = await serve(
    "http://127.0.0.1:0",
    "framed://127.0.0.1:0",
    "--admin",
    "127.0.0.1:0",
    "--threads",
    "2",
  );
  await using folder = await Folder.create();
  const check = async (name: string) => {
    const file = await folder.write(name, await metrics(server));
    const { code, output } = await runProgram("sh", ["-c", `promtool check metrics < '${file}'`]);
    expect(output).toBe("");
    expect(code).toBe(0);
  };
  await check("before");
  using open = await variedTraffic(server);
  const { url } = server.ready.listeners[0]!;
  await using _load = new Program("sh", [
    "-c",
    `while :; do curl -s -o /dev/null '${url}/[a-z]' '${url}/bytes/[1-99]'; done`,
  ]);
  await eventually(async () => (await stats(server)).requests.total > 200, "there is load");
  await check("under load");
  open.socket.destroy();
});

describe("what cannot be is refused", () => {
  /** Runs `serve`, which must end by itself, as JSON and as text. */
  async function refused(args: readonly string[]): Promise<{ document: ErrorDocument; text: string }> {
    const asJson = await netkit("serve", "--json", ...args);
    const document = JSON.parse(asJson.stdout) as ErrorDocument;
    expect(problems(document)).toEqual([]);
    expect(document.exitCode).toBe(asJson.code);
    const asText = await netkit("serve", ...args);
    expect(asText.code).toBe(asJson.code);
    expect(asText.stdout).toBe("");
    expect(asText.stderr).not.toMatch(/\bat .*\.js:\d+/);
    return { document, text: asText.stderr };
  }

  test.each(["1", "2"])("a port in use, by exit 3 and the way out, with %s threads", async (threads) => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const { document, text } = await refused([
      `http://127.0.0.1:${port}`,
      "--no-admin",
      "--threads",
      threads,
    ]);
    expect(document).toMatchObject({ code: "NK_LISTEN_IN_USE", exitCode: 3 });
    expect(text).toContain(`127.0.0.1:${port}`);
    expect(text).toContain("port 0");
    const admin = await refused(["http://127.0.0.1:0", "--admin", `127.0.0.1:${port}`, "--threads", threads]);
    expect(admin.document).toMatchObject({ code: "NK_LISTEN_IN_USE", exitCode: 3 });
    expect(admin.text).toContain("--no-admin");
    taken.close();
  });

  test.each([
    [["http://127.0.0.1:0", "--max-conections", "5"], "--max-connections"],
    [["http://127.0.0.1:0", "--drain", "5"], "10s"],
    [["http://127.0.0.1:0", "--threads", "none"], "--threads"],
    [["http://127.0.0.1:0", "--max-frame", "-1"], "64KiB"],
    [["http://127.0.0.1:0", "--admin", "127.0.0.1:0", "--no-admin"], "--no-admin"],
    [["gopher://127.0.0.1:0"], "framed+tls:"],
    [["tcp://127.0.0.1"], "port"],
    [["https://127.0.0.1:0", "--no-admin"], "--self-signed"],
    [["https://127.0.0.1:0", "--cert", "/does/not/exist", "--key", "/does/not/exist"], "/does/not/exist"],
    [["https://127.0.0.1:0", "--self-signed", "--cert", "x.pem"], "--cert"],
    [["http://127.0.0.1:0", "--config", "/does/not/exist.yaml"], "/does/not/exist.yaml"],
  ])("%j by exit 2, with a hint of %s", async (args, hint) => {
    const { document, text } = await refused(args);
    expect(document.exitCode).toBe(2);
    expect(text).toContain(hint);
  });
});
