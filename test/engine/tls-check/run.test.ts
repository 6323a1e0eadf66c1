import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import type { Credentials } from "../../../src/core/tls/credentials.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";
import { rememberingParser } from "../../../src/engine/tls-check/context.ts";
import { toDocument } from "../../../src/engine/tls-check/document/document.ts";
import { eachBounded } from "../../../src/engine/tls-check/each-bounded.ts";
import type { CheckPlan, EndpointTarget, Target } from "../../../src/engine/tls-check/plan.ts";
import type { Resolve } from "../../../src/engine/tls-check/resolve.ts";
import { RULES } from "../../../src/engine/tls-check/rules/catalog.ts";
import { type CheckOptions, runChecks } from "../../../src/engine/tls-check/run.ts";
import { tlsCheckSchema } from "../../../src/report/schemas/tls-check.ts";

let first: Credentials;
let second: Credentials;
let folder = "";
const servers: Server[] = [];
let port = 0;

/** Two nodes of one name, each with a certificate of its own. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "netkit-run-"));
  [first, second] = await Promise.all([generateSelfSigned(["a.test"]), generateSelfSigned(["a.test"])]);
  port = await listen(first, "127.0.0.1", 0);
  await listen(second, "127.0.0.2", port);
});
afterAll(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true, force: true });
});

async function listen({ cert, key }: Credentials, address: string, at: number): Promise<number> {
  const server = createServer({ cert, key });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(at, address, resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

const ADDRESSES: Record<string, readonly string[]> = {
  "a.test": ["127.0.0.1"],
  "both.test": ["127.0.0.1", "127.0.0.2"],
  "half.test": ["127.0.0.1", "127.0.0.3"],
};

const resolve: Resolve = async (host) => {
  const found = ADDRESSES[host];
  if (found === undefined)
    throw new NetkitError("dns", "NK_DNS_NOT_FOUND", `could not resolve ${host}`, { next: "x" });
  return found.map((address) => ({ address, family: 4 }));
};

function endpoint(host: string, at = port): EndpointTarget {
  return {
    kind: "endpoint",
    name: `https://${host}:${at}`,
    host,
    port: at,
    upgrade: "none",
    serverName: "a.test",
  };
}

async function file(name: string, text: string): Promise<Target> {
  const path = join(folder, name);
  await writeFile(path, text);
  return { kind: "file", name, path };
}

function plan(targets: readonly Target[], more: Partial<CheckPlan> = {}): CheckPlan {
  return {
    targets,
    scope: "certificate-only",
    limits: { maxConnections: 50, concurrency: 4, ratePerSecond: undefined, timeoutMs: 5000, retries: 0 },
    parallelTargets: 4,
    intrusive: false,
    atMs: Date.now(),
    daysLeft: 21,
    lifetimeLeftPercent: undefined,
    extraAuthorities: undefined,
    expectChain: undefined,
    clientCert: undefined,
    clientKey: undefined,
    password: undefined,
    ctLogs: new Map(),
    revocation: false,
    policy: undefined,
    failOn: ["medium"],
    ...more,
  };
}

async function run(what: CheckPlan, options: Partial<CheckOptions> = {}) {
  return await runChecks(what, { version: "0.0.0", resolve, ...options });
}

const rulesOf = (findings: readonly { readonly rule: string }[]) => [
  ...new Set(findings.map(({ rule }) => rule)),
];

describe("a check", () => {
  test("passes a server whose certificate is trusted, and fails it when it is not", async () => {
    const trusted = await run(plan([endpoint("a.test")], { extraAuthorities: first.cert }));
    expect(trusted.targets[0]!.findings.filter(({ severity }) => severity !== "info")).toEqual([]);
    expect(trusted.outcome).toBe("passed");
    const stranger = await run(plan([endpoint("a.test")]));
    expect(stranger.outcome).toBe("failed");
    expect(rulesOf(stranger.targets[0]!.findings)).toContain("cert-self-signed");
  });

  test("looks at every address of a name, and sees that one node has another certificate", async () => {
    const { targets } = await run(
      plan([endpoint("both.test")], { extraAuthorities: first.cert + second.cert }),
    );
    expect(targets[0]!.endpoint!.addresses.map(({ address }) => address)).toEqual(["127.0.0.1", "127.0.0.2"]);
    expect(targets[0]!.drift).toHaveLength(1);
    expect(rulesOf(targets[0]!.findings)).toContain("endpoint-drift");
  });

  test("finds the address that does not serve the expected chain", async () => {
    const expectChain = [first.leaf.raw];
    const same = await run(plan([endpoint("a.test")], { extraAuthorities: first.cert, expectChain }));
    expect(same.outcome).toBe("passed");
    const other = await run(plan([endpoint("both.test")], { extraAuthorities: first.cert, expectChain }));
    const differs = other.targets[0]!.findings.filter(({ rule }) => rule === "expect-chain-differs");
    expect(differs.map(({ where }) => where)).toEqual([`127.0.0.2:${port}, ecdsa`]);
  });

  test("holds keys of files against what an endpoint serves", async () => {
    const targets = [endpoint("a.test"), await file("own.key", second.key)];
    const { targets: results } = await run(plan(targets, { extraAuthorities: first.cert }));
    expect(results[0]!.findings.find(({ rule }) => rule === "key-mismatch")!.message).toMatch(
      /own\.key does not belong to the certificate that https:\/\/a\.test:\d+ serves/,
    );
    const right = [endpoint("a.test"), await file("own.key", first.key)];
    expect((await run(plan(right, { extraAuthorities: first.cert }))).outcome).toBe("passed");
  });

  test("judges a file by the same rules as an endpoint", async () => {
    const atMs = Date.parse("2040-01-01");
    const { targets } = await run(plan([endpoint("a.test"), await file("leaf.pem", first.cert)], { atMs }));
    for (const target of targets) expect(rulesOf(target.findings)).toContain("cert-expired");
  });

  test("excuses by a waiver until its day, and fails for one that is over", async () => {
    const target = plan([endpoint("a.test")], { atMs: Date.now() });
    const found = rulesOf((await run(target)).targets[0]!.findings);
    const waivers = found.map((rule) => ({ rule, until: "2999-01-01", reason: "a test" }));
    const excused = await run(target, { waivers });
    expect(excused.outcome).toBe("passed");
    expect(rulesOf(excused.targets[0]!.waived)).toEqual(found);
    const over = [...waivers, { rule: "cert-expired", until: "2020-01-01", reason: "x" }];
    expect(await run(target, { waivers: over })).toMatchObject({
      outcome: "failed",
      expiredWaivers: [{ rule: "cert-expired", until: "2020-01-01" }],
    });
  });
});

describe("a target that cannot be looked at", () => {
  test("is a result with its reason, and the others go on in their order", async () => {
    const targets = [
      endpoint("nowhere.test"),
      endpoint("a.test"),
      { kind: "file", name: "gone.pem", path: join(folder, "gone.pem") } as const,
      endpoint("a.test", 1),
      await file("noise.pem", "nothing"),
    ];
    const result = await run(plan(targets, { extraAuthorities: first.cert, failOn: ["critical"] }));
    expect(result.targets.map(({ outcome }) => outcome)).toEqual([
      "unreachable",
      "passed",
      "unreadable",
      "unreachable",
      "unreadable",
    ]);
    expect(result.targets.map(({ error }) => error?.code)).toEqual([
      "NK_DNS_NOT_FOUND",
      undefined,
      "NK_FILE_READ",
      "NK_CONNECT_REFUSED",
      undefined,
    ]);
    expect(result.outcome).toBe("inconclusive");
  });

  test("a name of which one address is silent is inconclusive, unless findings decide", async () => {
    const half = await run(plan([endpoint("half.test")], { extraAuthorities: first.cert }));
    expect(half.outcome).toBe("inconclusive");
    expect((await run(plan([endpoint("half.test")]))).outcome).toBe("failed");
  });

  test("an unreadable file says why", async () => {
    const secret = await file("secret.pem", "x");
    if (secret.kind !== "file" || process.getuid?.() === 0) return;
    await chmod(secret.path, 0);
    const { targets } = await run(plan([secret]));
    expect(targets[0]!.error).toMatchObject({
      code: "NK_FILE_READ",
      why: expect.stringContaining("permission"),
    });
  });
});

describe("an interrupt", () => {
  test("lets nothing more begin, and keeps what is done", async () => {
    const drain = new AbortController();
    const targets = Array.from({ length: 20 }, () => endpoint("a.test"));
    const result = await run(plan(targets, { parallelTargets: 1 }), {
      drain: drain.signal,
      onTarget: () => drain.abort(),
    });
    expect(result.targets).toHaveLength(1);
    expect(result).toMatchObject({ interrupted: true });
    expect(toDocument(result, plan(targets), RULES)).toMatchObject({ planned: 20, interrupted: true });
  });

  test("stops what is under way, which is a result too", async () => {
    const abort = new AbortController();
    const silent = createServer().on("connection", () => abort.abort());
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    const at = (silent.address() as AddressInfo).port;
    // Accepts and says nothing: without the stop this would take the time-out.
    silent.removeAllListeners("secureConnection");
    const result = await run(plan([endpoint("a.test", at)]), { abort: abort.signal });
    silent.close();
    expect(result.targets).toHaveLength(1);
    expect(result.interrupted).toBe(true);
  });
});

test("progress counts up to the number of targets", async () => {
  const seen: number[] = [];
  const targets = [endpoint("a.test"), await file("a.pem", first.cert), endpoint("nowhere.test")];
  await run(plan(targets), { onProgress: ({ done }) => seen.push(done) });
  expect(Math.max(...seen)).toBe(3);
});

test("the trace tells which target and address a hello went to", async () => {
  const lines: string[] = [];
  await run(plan([endpoint("a.test")]), {
    trace: (target, address, { what }) => lines.push(`${target.host} ${address} ${what}`),
  });
  expect(lines.some((line) => line.startsWith("a.test 127.0.0.1 ClientHello"))).toBe(true);
});

test("a real result is what the published schema says", async () => {
  const targets = [
    endpoint("both.test"),
    endpoint("nowhere.test"),
    await file("all.pem", first.cert + first.key),
    await file("x", "x"),
  ];
  for (const scope of ["full", "certificate-only"] as const) {
    const what = plan(targets, { scope, intrusive: scope === "full" });
    const document = toDocument(await run(what), what, RULES);
    const sent = JSON.parse(JSON.stringify(document)) as unknown;
    expect(tlsCheckSchema.safeParse(sent).error?.issues ?? []).toEqual([]);
    expect(sent).toEqual(document);
  }
});

test("a certificate that is seen again is not read again", () => {
  const parse = rememberingParser(1);
  const der = Uint8Array.from(first.leaf.raw);
  const one = parse(der);
  expect(parse(Uint8Array.from(der))).toBe(one);
  parse(Uint8Array.from(second.leaf.raw));
  expect(parse(der)).not.toBe(one);
});

test("bounded work keeps its bound, its order, and ends with the first error after what had begun", async () => {
  let running = 0;
  let most = 0;
  const begun: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    most = Math.max(most, ++running);
    await new Promise((done) => setImmediate(done));
    running--;
    if (item === 5) throw new Error("five");
  };
  await expect(eachBounded([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 3, work)).rejects.toThrow("five");
  expect(most).toBe(3);
  expect(running).toBe(0);
  expect(begun.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(begun.length).toBeLessThan(10);
});
