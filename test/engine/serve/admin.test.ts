import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import { isOurHost } from "../../../src/engine/serve/admin/host-check.ts";
import { servePlan } from "../../../src/engine/serve/plan.ts";
import type { RunningServer } from "../../../src/engine/serve/running.ts";
import { startServer } from "../../../src/engine/serve/server.ts";
import { get, RawClient, talk } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

describe("the admin listener", () => {
  let server: RunningServer;
  let admin: string;

  beforeAll(async () => {
    server = await serve("http", {}, true);
    admin = server.admin!.url;
    await talk(server, get("/"));
    await talk(server, get("/nowhere"));
    await talk(server, get("/delay/5ms"));
    await talk(server, "nonsense\r\n\r\n");
  });
  afterAll(() => server.close());

  it("/metrics is Prometheus text with the counts of what happened", async () => {
    const answer = await fetch(`${admin}/metrics`);
    expect(answer.headers.get("content-type")).toContain("version=0.0.4");
    const text = await answer.text();
    for (const line of [
      'netkit_serve_requests_total{route="root",status="2xx"} 1',
      'netkit_serve_requests_total{route="none",status="4xx"} 2',
      'netkit_serve_requests_total{route="delay",status="2xx"} 1',
      'netkit_serve_request_duration_seconds_count{route="delay"} 1',
      'netkit_serve_protocol_violations_total{reason="bad-request-line"} 1',
      "netkit_serve_connections_accepted_total 4",
      "netkit_serve_requests_in_flight 0",
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    for (const name of ["process_resident_memory_bytes", "process_cpu_seconds_total", "netkit_build_info"]) {
      expect(text).toContain(`# TYPE ${name} `);
    }
  });

  it("/stats is the same as JSON", async () => {
    const stats = (await (await fetch(`${admin}/stats`)).json()) as Record<string, unknown>;
    expect(stats).toMatchObject({
      schema: "netkit.serve-stats/1",
      state: "serving",
      threads: 1,
      requests: { total: 4, inFlight: 0, statuses: { "2xx": 2, "4xx": 2 } },
      violations: { "bad-request-line": 1 },
      limits: {},
    });
  });

  it("measures the time of an answer", async () => {
    const { routes } = await server.stats();
    const delay = routes.find(({ route }) => route === "delay")!;
    expect(delay.latency.p50).toBeGreaterThanOrEqual(4000);
    expect(delay.latency.p50).toBeLessThan(1_000_000);
  });

  it("/ is one self-contained page", async () => {
    const answer = await fetch(`${admin}/`);
    const page = await answer.text();
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(page).toContain("prefers-color-scheme: dark");
  });

  it("/healthz and /readyz say yes, other paths and methods say what there is", async () => {
    expect(await (await fetch(`${admin}/healthz`)).text()).toBe("ok\n");
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${admin}/nowhere`)).text()).toContain("/metrics");
    expect((await fetch(`${admin}/stats`, { method: "POST" })).status).toBe(405);
    const head = await fetch(`${admin}/stats`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("answers to its addresses and loopback names only, whatever the page", async () => {
    const { port } = server.admin!;
    const statusFor = async (path: string, field: string): Promise<string> => {
      using client = await RawClient.to({ listeners: [{ ...server.listeners[0]!, port }] });
      const version = field === "" ? "1.0" : "1.1";
      client.send(`GET ${path} HTTP/${version}\r\n${field}Connection: close\r\n\r\n`);
      return (await client.untilEnd()).slice(9);
    };
    const ours = ["127.0.0.1", "localhost", "LOCALHOST.", "a.localhost", "10.1.2.3", "[::1]", "[fe80::1]"];
    for (const host of ours) {
      expect([host, (await statusFor("/stats", `Host: ${host}:${port}\r\n`)).slice(0, 3)]).toEqual([
        host,
        "200",
      ]);
      expect([host, (await statusFor("/healthz", `Host: ${host}\r\n`)).slice(0, 3)]).toEqual([host, "200"]);
    }
    expect((await statusFor("/healthz", "")).slice(0, 3)).toBe("200");
    const foreign = [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "evillocalhost",
      "1",
      "",
    ];
    for (const host of foreign) {
      for (const path of ["/", "/metrics", "/stats", "/healthz", "/readyz", "/nowhere"]) {
        const answer = await statusFor(path, `Host: ${host}:${port}\r\n`);
        expect([host, path, answer.slice(0, 3)]).toEqual([host, path, "403"]);
        expect(answer).toContain(`do not answer to the name "${host}:${port}": call them by address`);
        expect(answer).not.toContain("netkit_");
      }
    }
  });

  it("answers to the name it was bound to", async () => {
    expect(isOurHost("Build-Box.Example.:9090", "build-box.example")).toBe(true);
    expect(isOurHost("build-box.example", "0.0.0.0")).toBe(false);
    expect(isOurHost("0.0.0.0:9090", "0.0.0.0")).toBe(true);
  });

  it("a taken admin port fails the start and leaves nothing open", async () => {
    const { port } = server.admin!;
    const endpoint = parseEndpoint("http://127.0.0.1:0", "serve");
    const plan = servePlan([{ endpoint }], { admin: { host: "127.0.0.1", port } });
    await expect(startServer(plan)).rejects.toMatchObject({ code: "NK_LISTEN_IN_USE" });
  });

  it("a taken port fails the start and closes the listeners that were open", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const { port } = holder.address() as { port: number };
    const probe = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => probe.once("listening", resolve));
    const free = (probe.address() as { port: number }).port;
    await new Promise((resolve) => probe.close(resolve));
    const plan = servePlan(
      [free, port].map((one) => ({ endpoint: parseEndpoint(`http://127.0.0.1:${one}`, "serve") })),
    );
    await expect(startServer(plan)).rejects.toMatchObject({ code: "NK_LISTEN_IN_USE" });
    const again = createServer().listen(free, "127.0.0.1");
    await new Promise((resolve) => again.once("listening", resolve));
    again.close();
    holder.close();
  });
});
