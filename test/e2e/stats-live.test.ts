// The built `netkit stats URL` and `stats watch` against real endpoints: serve under a real flood, prom-client, Prometheus
// itself, and answers that are none.
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Counter, Gauge, Histogram, Registry, Summary } from "prom-client";
import { describe, expect, test } from "vitest";
import type { FamilyResult, StatsInterval, StatsResult } from "../../src/engine/stats/live/result.ts";
import { Exporter } from "../support/exporter.ts";
import { flood, netkit, Running, serve } from "../support/netkit.ts";
import { peerTest, programPath } from "../support/peers.ts";
import { accepts, Folder, freePort, Program, runProgram } from "../support/program.ts";

async function look(
  ...args: string[]
): Promise<{ code: number | null; stderr: string; result: StatsResult }> {
  const { code, stdout, stderr } = await netkit("stats", "--json", ...args);
  return { code, stderr, result: JSON.parse(stdout) as StatsResult };
}

function family({ families }: { readonly families: readonly FamilyResult[] }, name: string): FamilyResult {
  const found = families.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name} among ${families.map((one) => one.name).join(" ")}`);
  return found;
}

const REQUESTS = "netkit_serve_requests_total";
const DURATIONS = "netkit_serve_request_duration_seconds";

describe("serve under a flood", () => {
  test("has the rate that the flood itself measures, and a percentile that bounds the server's share", async () => {
    await using server = await serve("http://127.0.0.1:0", "--admin", "127.0.0.1:0");
    const url = server.ready.listeners[0]!.url;
    const flooding = flood(`${url.replace(/\/$/, "")}/delay/20ms`, "--rate", "500/s", "-c", "40", "-d", "5s");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const expectations = [`${REQUESTS}.rate>=450/s`, `[route=delay]${DURATIONS}.p50<50ms`];
    const { code, result } = await look(
      server.ready.admin!.url,
      ...["--interval", "2s", ...expectations.flatMap((text) => ["--expect", text])],
    );
    const { result: run } = await flooding;
    expect(result).toMatchObject({
      schema: "netkit.stats/1",
      format: "prometheus",
      scrapes: 2,
      failures: [],
    });
    expect(result.url).toBe(`${server.ready.admin!.url}/metrics`);
    const requests = family(result, REQUESTS).total!;
    expect(requests.kind).toBe("counter");
    if (requests.kind !== "counter") return;
    expect(Math.abs(requests.rate! / run.rate.achieved - 1)).toBeLessThan(0.03);
    const durations = family(result, DURATIONS).series.find(({ labels }) => labels.route === "delay");
    if (durations?.kind !== "histogram") throw new Error("no durations");
    expect(durations.rate! / run.rate.achieved).toBeCloseTo(1, 1);
    const p50 = durations.percentiles.find(({ percentile }) => percentile === 50)!;
    // Twenty milliseconds lie in the bucket, and the flood cannot have seen less than its lower bound.
    expect(p50.from).toBeLessThanOrEqual(0.0205);
    expect(Number(p50.le)).toBeGreaterThanOrEqual(0.02);
    expect(run.latency.service.p50! / 1e6).toBeGreaterThan(p50.from);
    expect(code, JSON.stringify(result.expectations)).toBe(0);
  });

  test("is followed line by line, and the whole is what its intervals add up to", async () => {
    await using server = await serve("http://127.0.0.1:0", "--admin", "127.0.0.1:0");
    const url = server.ready.listeners[0]!.url;
    const flooding = flood(url, "--rate", "300/s", "-c", "4", "-d", "3s");
    const args = ["--count", "4", "--interval", "500ms", "--filter", "netkit_serve"];
    const { code, stdout } = await netkit("stats", "watch", server.ready.admin!.url, "--json", ...args);
    const { result: run } = await flooding;
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as StatsInterval | StatsResult);
    expect(lines.map(({ schema }) => schema)).toEqual([
      ...Array<string>(4).fill("netkit.stats-interval/1"),
      "netkit.stats/1",
    ]);
    const printed = await netkit("stats", "watch", "--json-schema");
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(printed.stdout));
    for (const line of lines) expect(validate(line), JSON.stringify(validate.errors)).toBe(true);
    const increase = (line: StatsInterval | StatsResult): number => {
      const { total } = family(line, REQUESTS);
      return total?.kind === "counter" ? (total.increase ?? 0) : 0;
    };
    const whole = lines.at(-1) as StatsResult;
    const parts = lines.slice(0, -1).reduce((sum, line) => sum + increase(line), 0);
    expect(increase(whole)).toBe(parts);
    expect(parts).toBeGreaterThan(0);
    expect(run.totals.requests).toBeGreaterThanOrEqual(parts);
    expect(code).toBe(0);
  });

  test("tells /stats too when that is named, and is not there when no URL leads to it", async () => {
    await using server = await serve("http://127.0.0.1:0", "--admin", "127.0.0.1:0");
    const args = ["--interval", "100ms"];
    const { code, result } = await look(`${server.ready.admin!.url}/stats`, ...args);
    expect([code, result.format]).toEqual([0, "netkit.serve-stats"]);
    expect(family(result, "process_cpu_seconds_total").total).toMatchObject({ continuity: "counted" });
    const text = await netkit("stats", server.ready.admin!.url.replace("http://", ""), ...args);
    expect([text.code, text.stdout]).toEqual([0, expect.stringContaining("netkit_serve_connections_open")]);
    const wrong = await netkit("stats", `${server.ready.admin!.url}/nowhere`);
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining("status 404")]);
    const page = await netkit("stats", server.ready.listeners[0]!.url);
    expect([page.code, page.stderr]).toEqual([
      3,
      expect.stringContaining("netkit serve has them on its admin"),
    ]);
  });

  test("a watch survives a restart: the failure is told, the reset understood", async () => {
    const port = await freePort();
    await using folder = await Folder.create();
    const start = () => serve("http://127.0.0.1:0", "--admin", `127.0.0.1:${port}`);
    const first = await start();
    for (let at = 0; at < 50; at++) await fetch(first.ready.listeners[0]!.url);
    await using watch = new Running(
      ["stats", "watch", `127.0.0.1:${port}`, "--interval", "200ms", "--json", "--timeout", "5s"],
      { TMPDIR: folder.path },
    );
    await watch.saw(/"number":2/);
    await first[Symbol.asyncDispose]();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await using second = await start();
    for (let at = 0; at < 10; at++) await fetch(second.ready.listeners[0]!.url);
    const before = watch.stdout.split("\n").length;
    while (watch.stdout.split("\n").length < before + 3)
      await new Promise((resolve) => setTimeout(resolve, 50));
    watch.process.kill("SIGINT");
    const { code, stdout } = await watch.finished;
    const whole = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as StatsResult;
    expect([code, whole.interrupted]).toEqual([130, true]);
    expect(whole.failures.length).toBeGreaterThan(0);
    expect(whole.failures[0]).toMatchObject({ code: "NK_CONNECT_REFUSED" });
    expect(family(whole, REQUESTS).total).toMatchObject({ increase: 10, continuity: "reset" });
  });
});

describe("prom-client", () => {
  test.each([
    ["prometheus", Registry.PROMETHEUS_CONTENT_TYPE],
    ["openmetrics", Registry.OPENMETRICS_CONTENT_TYPE],
  ] as const)("is read in its %s output, escapes and exemplars included", async (format, contentType) => {
    const registry = new Registry();
    registry.setContentType(contentType as never);
    const registers = [registry];
    const jobs = new Counter({
      name: "jobs_total",
      help: "Jobs\nand \\ more.",
      labelNames: ["kind"],
      registers,
    });
    const depth = new Gauge({ name: "queue_depth", help: "Depth.", registers });
    const openmetrics = format === "openmetrics";
    const took = new Histogram({
      name: "job_seconds",
      help: "Time.",
      buckets: [0.1, 1, 10],
      labelNames: ["kind"],
      registers,
      enableExemplars: openmetrics,
    });
    const rpc = new Summary({ name: "rpc_seconds", help: "Rpc.", percentiles: [0.5, 0.9], registers });
    const odd = 'a"b\\c\nd';
    const step = () => {
      jobs.inc({ kind: odd }, 10);
      depth.set(7);
      for (const value of [0.05, 0.5, 0.5, 5]) {
        if (openmetrics)
          took.observe({ labels: { kind: "x" }, value, exemplarLabels: { trace: "1" } } as never);
        else took.observe({ kind: "x" }, value);
      }
      rpc.observe(0.25);
    };
    step();
    await using exporter = await Exporter.start((_request, response) => {
      void registry.metrics().then((text) => {
        response.writeHead(200, { "Content-Type": registry.contentType }).end(text);
        step();
      });
    });
    const { code, result } = await look(`http://${exporter.host}/`, "--interval", "200ms");
    expect([code, result.format, result.warnings]).toEqual([0, format, []]);
    expect(family(result, "jobs_total")).toMatchObject({ kind: "counter", help: "Jobs\nand \\ more." });
    expect(family(result, "jobs_total").series[0]).toMatchObject({ labels: { kind: odd }, increase: 10 });
    expect(family(result, "queue_depth").series[0]).toMatchObject({ value: 7 });
    expect(family(result, "job_seconds").series[0]).toMatchObject({
      increase: 4,
      mean: 1.5125,
      percentiles: [{ percentile: 50, value: 0.55, from: 0.1, le: 1 }, { le: 10 }, { le: 10 }, { le: 10 }],
    });
    expect(family(result, "rpc_seconds").series[0]).toMatchObject({
      increase: 1,
      quantiles: [
        { quantile: 0.5, value: 0.25 },
        { quantile: 0.9, value: 0.25 },
      ],
    });
  });
});

describe("Prometheus", () => {
  peerTest("prometheus", "of itself is read, and its own count agrees", async () => {
    await using folder = await Folder.create();
    const port = await freePort();
    const config = await folder.write("prometheus.yml", "scrape_configs: []\n");
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${folder.path}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    await using _program = new Program(programPath("prometheus")!, args);
    await accepts(port);
    const { code, result } = await look(`127.0.0.1:${port}`, "--interval", "300ms");
    expect([code, result.warnings, result.format]).toEqual([0, [], "prometheus"]);
    const kinds = new Set(result.families.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(["counter", "gauge", "histogram", "summary"]);
    expect(family(result, "go_gc_duration_seconds").series[0]).toMatchObject({ kind: "summary" });
    // Our own first scrape is the one that it counted in between.
    const scraped = family(result, "prometheus_http_requests_total").series.find(
      ({ labels }) => labels.handler === "/metrics",
    );
    expect(scraped).toMatchObject({ increase: 1 });
    const { code: text, stdout } = await netkit("stats", `127.0.0.1:${port}`, "--interval", "100ms");
    expect(text).toBe(0);
    expect(stdout.split("\n").filter((line) => line.length > 79)).toEqual([]);
  });
});

describe("an answer without figures", () => {
  const METRICS = "# TYPE a_total counter\na_total 1\n";

  test.each([
    ["<!doctype html><p>hello", { "Content-Type": "text/html" }, 200, "it is a web page"],
    ["", { "Content-Type": "text/plain" }, 200, "it is empty"],
    ['{"schema":"other/1"}', { "Content-Type": "application/json" }, 200, 'it is JSON of schema "other/1"'],
    ["gone", { "Content-Type": "text/plain" }, 404, "it answers with status 404"],
    ["no", {}, 401, "give what it asks for with --bearer"],
    ["a 1\nb = 2\n", { "Content-Type": "text/plain" }, 200, "line 2 has a value that is no number"],
    ["a 1\n", { "Content-Type": "application/openmetrics-text" }, 200, "no # EOF"],
    ["junk", { "Content-Encoding": "gzip" }, 200, "what came is not gzip"],
    ["", { Location: "/more" }, 302, "redirects without an end"],
  ])("%j is told in words", async (body, headers, status, words) => {
    await using exporter = await Exporter.of(body, headers as Record<string, string>, status);
    const { code, stderr } = await netkit("stats", `http://${exporter.host}/m`, "--timeout", "5s");
    expect([code, stderr]).toEqual([3, expect.stringContaining(words)]);
    expect(stderr).not.toContain("    at ");
  });

  test("nothing at all is told after the time-out, and a refusal at once", async () => {
    await using silent = await Exporter.start(() => {});
    const late = await netkit("stats", silent.host, "--timeout", "300ms");
    expect([late.code, late.stderr]).toEqual([3, expect.stringContaining("longer than 300 ms")]);
    const refused = await netkit("stats", `127.0.0.1:${await freePort()}`);
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringContaining("nothing listens on that port"),
    ]);
  });

  test("what is packed, elsewhere, or behind a password is found", async () => {
    await using exporter = await Exporter.start((request, response) => {
      if (request.url === "/metrics") return response.writeHead(404).end();
      if (request.url === "/") return response.writeHead(302, { Location: "/deep" }).end();
      if (request.headers.authorization !== "Bearer t0ken") return response.writeHead(401).end();
      return response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync(METRICS));
    });
    const { code, stdout } = await netkit(
      ...["stats", exporter.host, "--bearer", "t0ken", "--interval", "50ms", "--json"],
    );
    expect(code).toBe(0);
    expect(stdout).not.toContain("t0ken");
    expect((JSON.parse(stdout) as StatsResult).families).toHaveLength(1);
  });

  test("expectations and filters are refused or broken as they ought", async () => {
    await using exporter = await Exporter.of(METRICS, {});
    const at = ["stats", exporter.host, "--interval", "50ms"];
    const unknown = await netkit(...at, "--expect", "b_total.rate<1");
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("b_total.rate")]);
    const broken = await netkit(...at, "--expect", "a_total.rate>1/s");
    expect([broken.code, broken.stdout]).toEqual([1, expect.stringContaining("✗ a_total.rate>1/s")]);
    const nothing = await netkit(...at, "--filter", "zzz");
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining("no series fits zzz")]);
    const scheme = await netkit("stats", "ftp://127.0.0.1");
    expect([scheme.code, scheme.stderr]).toEqual([2, expect.stringContaining("http: https:")]);
    const file = await netkit("stats", "package.json", "--expect", "a<1");
    expect([file.code, file.stderr]).toEqual([2, expect.stringContaining("is a file")]);
  });
});

describe("a watch on a terminal", () => {
  peerTest(
    "script",
    "redraws in place, ends by Ctrl-C with a summary, and leaves the terminal as it was",
    async () => {
      await using server = await serve("http://127.0.0.1:0", "--admin", "127.0.0.1:0");
      const flooding = flood(server.ready.listeners[0]!.url, "--rate", "200/s", "-c", "2", "-d", "3s");
      const command = `${process.execPath} bin/run.js stats watch ${server.ready.admin!.url} --interval 200ms --count 6`;
      const { output } = await runProgram("script", ["-qec", command, "/dev/null"]);
      await flooding;
      expect(output).toContain("\u001b[0J");
      expect(output).toMatch(/[▁▂▃▄▅▆▇█]/);
      expect(output).toContain("7 scrapes");
      // No alternate screen, and the cursor was never hidden.
      expect(output).not.toMatch(/\u001b\[\?(1049|25)/);
      await using endless = new Running(["stats", "watch", server.ready.admin!.url, "--interval", "100ms"]);
      await endless.saw(/ 2 {2}\d\d:/);
      endless.process.kill("SIGINT");
      await once(endless.process, "exit");
      const { code, stdout } = await endless.finished;
      expect([code, stdout]).toEqual([130, expect.stringContaining("interrupted")]);
    },
  );
});
