import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import { HANDLERS } from "../../../src/engine/serve/handlers/catalog.ts";
import { servePlan } from "../../../src/engine/serve/plan.ts";
import type { RunningServer } from "../../../src/engine/serve/running.ts";
import { startServer } from "../../../src/engine/serve/server.ts";
import { get, parse, RawClient, request, talk } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

describe("the HTTP paths", () => {
  let server: RunningServer;
  let url: string;

  beforeAll(async () => {
    server = await serve();
    url = server.listeners[0]!.url;
  });
  afterAll(() => server.close());

  it("/ is a small fixed text, byte for byte", async () => {
    const text = await talk(server, get("/"));
    const { fields } = parse(text);
    expect(text).toBe(
      `HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 13\r\n` +
        `Connection: close\r\nDate: ${fields.get("date")}\r\n\r\nhello, world\n`,
    );
    expect(Math.abs(Date.parse(fields.get("date")!) - Date.now())).toBeLessThan(3000);
  });

  it("HEAD has the head of GET and no body", async () => {
    for (const path of ["/", "/bytes/5", "/bytes/1MB", "/delay/1ms", "/headers", "/status/404"]) {
      const head = parse(await talk(server, request("HEAD", path, ["Connection: close"])));
      const full = parse(await talk(server, get(path)));
      expect(head.status).toBe(full.status);
      expect(head.body).toBe("");
      if (path !== "/headers")
        expect(head.fields.get("content-length")).toBe(full.fields.get("content-length"));
    }
    const stream = parse(await talk(server, request("HEAD", "/stream/3", ["Connection: close"])));
    expect(stream.fields.get("transfer-encoding")).toBe("chunked");
    expect(stream.body).toBe("");
  });

  it("/echo returns a body with its length and its type", async () => {
    const answer = await fetch(`${url}/echo`, {
      method: "POST",
      body: "ping",
      headers: { "content-type": "x/y" },
    });
    expect(answer.headers.get("content-length")).toBe("4");
    expect(answer.headers.get("content-type")).toBe("x/y");
    expect(await answer.text()).toBe("ping");
  });

  it("/echo returns a chunked body chunked", async () => {
    const text = await talk(
      server,
      `${request("POST", "/echo", ["Transfer-Encoding: chunked", "Connection: close"])}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`,
    );
    const { fields, body } = parse(text);
    expect(fields.get("transfer-encoding")).toBe("chunked");
    expect(body).toBe("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  });

  it("/echo answers a request without a body with an empty one", async () => {
    const { status, fields, body } = parse(await talk(server, get("/echo")));
    expect([status, fields.get("content-length"), body]).toEqual([200, "0", ""]);
  });

  it("/echo returns ten megabytes unchanged", async () => {
    const body = Buffer.alloc(10_000_000, "0123456789abcdef!");
    const answer = await fetch(`${url}/echo`, { method: "POST", body });
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
  });

  it("/headers shows the head as JSON", async () => {
    const { body } = parse(await talk(server, get("/headers?a=1", "X-One:  1 ", "X-One: 2")));
    expect(JSON.parse(body)).toEqual({
      method: "GET",
      target: "/headers?a=1",
      version: "1.1",
      headers: [
        ["host", "test"],
        ["connection", "close"],
        ["x-one", "1"],
        ["x-one", "2"],
      ],
    });
  });

  it("/status/{code} answers with that status, and without a body where there is none", async () => {
    for (const code of [200, 201, 299, 301, 400, 418, 500, 503, 599]) {
      const { status, body, fields } = parse(await talk(server, get(`/status/${code}`)));
      expect(status).toBe(code);
      expect(body).toContain(String(code));
      expect(Number(fields.get("content-length"))).toBe(body.length);
    }
    for (const code of [204, 304]) {
      const { status, body, fields } = parse(await talk(server, get(`/status/${code}`)));
      expect([status, body, fields.has("content-length")]).toEqual([code, "", false]);
    }
    expect(parse(await talk(server, get("/status/205"))).fields.get("content-length")).toBe("0");
    expect(parse(await talk(server, get("/status/401"))).fields.has("www-authenticate")).toBe(true);
  });

  it("refuses interim and impossible statuses with 400", async () => {
    for (const code of ["100", "101", "199", "600", "99", "abc", "-1", "2e2"]) {
      expect(parse(await talk(server, get(`/status/${code}`))).status).toBe(400);
    }
  });

  it("/bytes/{n} is n bytes of a known pattern, small or streamed", async () => {
    for (const total of [0, 1, 251, 16_384, 16_385, 64_256, 64_257, 1_000_003]) {
      const bytes = new Uint8Array(await (await fetch(`${url}/bytes/${total}`)).arrayBuffer());
      expect(bytes.length).toBe(total);
      expect(bytes.every((byte, at) => byte === at % 251)).toBe(true);
    }
    expect((await fetch(`${url}/bytes/lots`)).status).toBe(400);
  });

  it("/stream/{n} sends n JSON lines, each a chunk, the asked time apart", async () => {
    const started = performance.now();
    const answer = await fetch(`${url}/stream/4?every=30ms`);
    const lines = (await answer.text()).trimEnd().split("\n");
    expect(performance.now() - started).toBeGreaterThanOrEqual(88);
    expect(lines.map((line) => JSON.parse(line).line)).toEqual([0, 1, 2, 3]);
    expect(await (await fetch(`${url}/stream/0`)).text()).toBe("");
    const chunks = parse(await talk(server, get("/stream/2"))).body;
    expect(chunks).toMatch(/^[0-9a-f]+\r\n\{.*\}\n\r\n[0-9a-f]+\r\n\{.*\}\n\r\n0\r\n\r\n$/);
  });

  it("/stream for HTTP/1.0 is delimited by the close", async () => {
    const { fields, body } = parse(await talk(server, "GET /stream/2 HTTP/1.0\r\n\r\n"));
    expect(fields.has("transfer-encoding")).toBe(false);
    expect(body.trimEnd().split("\n")).toHaveLength(2);
  });

  it("/delay/{duration} answers not before that time", async () => {
    const started = performance.now();
    expect(await (await fetch(`${url}/delay/60ms`)).text()).toBe("after 60 ms\n");
    expect(performance.now() - started).toBeGreaterThanOrEqual(58);
    expect((await fetch(`${url}/delay/soon`)).status).toBe(400);
  });

  it("/drip spreads its bytes over the time", async () => {
    const started = performance.now();
    const bytes = new Uint8Array(await (await fetch(`${url}/drip?bytes=8&over=80ms`)).arrayBuffer());
    expect([...bytes]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(75);
  });

  it("/redirect/{n} leads n times further and then to /", async () => {
    const one = await fetch(`${url}/redirect/1`, { redirect: "manual" });
    expect([one.status, one.headers.get("location")]).toEqual([302, "/"]);
    const followed = await fetch(`${url}/redirect/5`);
    expect([followed.status, await followed.text()]).toEqual([200, "hello, world\n"]);
  });

  it("/close closes without a byte, /reset resets, /hang says nothing", async () => {
    expect(await talk(server, request("GET", "/close"))).toBe("");
    using reset = await RawClient.to(server);
    reset.send(request("GET", "/reset"));
    await reset.untilEnd();
    expect(reset.error?.code).toBe("ECONNRESET");
    using hang = await RawClient.to(server);
    hang.send(request("GET", "/hang"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([hang.text, hang.ended]).toEqual(["", false]);
    hang.socket.end();
    expect(await hang.untilEnd()).toBe("");
  });

  it("/reset resets under TLS too, and just closes a unix socket", async () => {
    await using secure = await serve("https");
    using client = await RawClient.to(secure);
    client.send(request("GET", "/reset"));
    await client.untilEnd();
    expect(client.error?.code).toBe("ECONNRESET");

    const path = join(tmpdir(), `netkit-serve-${process.pid}.sock`);
    const endpoint = parseEndpoint("http://localhost", "serve");
    await using local = await startServer(servePlan([{ endpoint, unixSocket: path }]));
    expect(local.listeners[0]).toMatchObject({ path, port: 0 });
    const socket = connect(path);
    socket.end(request("GET", "/reset"));
    await once(socket.resume(), "close");
    const asked = connect(path);
    asked.end(get("/"));
    const [chunk] = (await once(asked, "data")) as [Buffer];
    expect(chunk.toString()).toContain("hello, world");
  });

  it("/basic-auth lets in who has the credentials", async () => {
    const token = Buffer.from("ada:s3cret:x").toString("base64");
    const path = "/basic-auth/ada/s3cret%3Ax";
    expect(parse(await talk(server, get(path, `Authorization: Basic ${token}`))).status).toBe(200);
    expect(parse(await talk(server, get(path, "Authorization: Basic YTpi"))).status).toBe(401);
    const none = parse(await talk(server, get(path)));
    expect([none.status, none.fields.get("www-authenticate")]).toEqual([
      401,
      'Basic realm="netkit", charset="UTF-8"',
    ]);
  });

  it("/upload counts the bytes and tells their SHA-256", async () => {
    const body = Buffer.alloc(3_000_000, "netkit");
    const answer = await fetch(`${url}/upload`, { method: "PUT", body });
    expect(await answer.json()).toEqual({
      bytes: body.length,
      sha256: createHash("sha256").update(body).digest("hex"),
    });
    const empty = await fetch(`${url}/upload`, { method: "POST" });
    expect((await empty.json()) as unknown).toMatchObject({ bytes: 0 });
  });

  it("an unknown path is 404 with a list of all paths", async () => {
    const answer = await fetch(`${url}/nowhere/at/all`);
    expect(answer.status).toBe(404);
    const { paths } = (await answer.json()) as { paths: { path: string }[] };
    expect(paths.map(({ path }) => path)).toEqual(HANDLERS.map(({ pattern }) => pattern));
  });

  it("a wrong method is 405 with Allow, and OPTIONS tells it too", async () => {
    const wrong = await fetch(`${url}/`, { method: "DELETE" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    const asked = await fetch(`${url}/upload`, { method: "OPTIONS" });
    expect([asked.status, asked.headers.get("allow")]).toEqual([204, "POST, PUT, PATCH, OPTIONS"]);
    const all = parse(await talk(server, request("OPTIONS", "*", ["Connection: close"])));
    expect([all.status, all.fields.has("allow")]).toEqual([204, true]);
  });

  it("takes the absolute form of the target and refuses broken escapes", async () => {
    expect(parse(await talk(server, get("http://test/status/201"))).status).toBe(201);
    expect(parse(await talk(server, get("http://test"))).status).toBe(200);
    expect(parse(await talk(server, get("/%zz"))).status).toBe(400);
  });

  it("every handler has an example that is answered by it", async () => {
    for (const handler of HANDLERS) {
      if (["close", "reset", "hang", "drip", "stream", "delay"].includes(handler.id)) continue;
      const method = handler.methods === "any" ? "GET" : handler.methods[0]!;
      const { status } = await fetch(`${url}${handler.example}`, { method, redirect: "manual" });
      expect(status, handler.id).not.toBe(404);
    }
    const { routes } = await server.stats();
    expect(routes.map(({ route }) => route)).toContain("basic-auth");
  });
});
