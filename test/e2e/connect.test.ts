// The built `netkit connect` as a person and a script use it, against `netkit serve`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConnectResult } from "../../src/engine/connect/result.ts";
import { displayWidth } from "../../src/report/text/style.ts";
import { BIN, type Finished, netkit, serve } from "../support/netkit.ts";
import { Folder } from "../support/program.ts";

let server: Awaited<ReturnType<typeof serve>>;
let problems: (document: unknown) => string[];

beforeAll(async () => {
  const listeners = [
    "http://127.0.0.1:0",
    "https://127.0.0.1:0",
    "tcp://127.0.0.1:0",
    "framed://127.0.0.1:0",
  ];
  server = await serve(...listeners, "--self-signed", "--no-admin");
  const { stdout } = await netkit("connect", "--json-schema");
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(stdout) as object);
  problems = (document) =>
    validate(document)
      ? []
      : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const url = (at: number): string => server.ready.listeners[at]!.url;

async function connect(...args: string[]): Promise<Finished & { result: ConnectResult }> {
  const finished = await netkit("connect", "--json", ...args);
  try {
    return { ...finished, result: JSON.parse(finished.stdout) as ConnectResult };
  } catch {
    throw new Error(`no JSON document (exit ${finished.code}):\n${finished.stdout}\n${finished.stderr}`);
  }
}

/** With something behind standard input. */
async function piped(input: string | Buffer, ...args: string[]): Promise<{ code: number; stdout: string }> {
  const child = spawn(process.execPath, [BIN, "connect", ...args], { stdio: ["pipe", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    stdout += text;
  });
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number];
  return { code, stdout };
}

describe("the document", () => {
  test.each([
    ["once", 0, []],
    ["over TLS", 1, ["--insecure"]],
    ["raw", 2, []],
    ["framed", 3, []],
    ["all addresses", 0, ["--all-addresses"]],
    ["compared", 1, ["--insecure", "--compare", "cold,warm,resumed"]],
    ["repeated", 0, ["--count", "3", "--interval", "20ms"]],
    ["failed", 1, []],
  ] as const)("of a path %s fits its schema", async (_, at, args) => {
    const { result } = await connect(url(at), ...args);
    expect(problems(result)).toEqual([]);
  });

  test("of a comparison has what keep-alive and resumption gain", async () => {
    const { result, code } = await connect(url(1), "--insecure", "--compare", "cold,warm,resumed");
    expect(code).toBe(0);
    expect(result.paths.map(({ label, tls }) => [label, tls?.resumed])).toEqual([
      ["cold", false],
      ["warm", false],
      ["resumed", true],
    ]);
    expect(result.paths[1]!.phases.map(({ name }) => name)).toEqual(["request", "firstByte", "transfer"]);
  });

  test("a path each as lines", async () => {
    const { stdout, code } = await netkit(
      "connect",
      url(0),
      "--ndjson",
      "--count",
      "3",
      "--interval",
      "10ms",
    );
    const lines = stdout.trim().split("\n");
    expect([code, lines.length]).toEqual([0, 3]);
    for (const line of lines) expect(problems(JSON.parse(line))).toEqual([]);
  });
});

describe("the exit code", () => {
  test.each([
    ["0 when it is reached", 0, [], 0],
    ["0 for a status of 500, which is an answer", 0, ["/status/500"], 0],
    ["1 for a broken expectation", 0, ["", "--expect", "total<1us"], 1],
    ["3 for a certificate that is not trusted", 1, [], 3],
    ["2 for a bad flag", 0, ["", "--resolve", "nonsense"], 2],
  ] as const)("is %s", async (_, at, [path = "", ...flags], code) => {
    const finished = await netkit("connect", url(at) + path, ...flags);
    expect(finished.code, finished.stdout + finished.stderr).toBe(code);
    expect(finished.stderr).not.toContain("    at ");
  });
});

test("the page fits eighty columns, and phases stand under each other", async () => {
  const { stdout } = await netkit("connect", `${url(1)}/delay/50ms`, "--insecure");
  for (const line of stdout.split("\n")) expect(displayWidth(line), line).toBeLessThanOrEqual(80);
  expect(stdout).toMatch(/^ TCP +[\d.]+ (us|ms) +[█▏▎▍▌▋▊▉]/m);
  expect(stdout).toMatch(/^ first byte +[\d.]+ ms/m);
  expect(stdout).toMatch(/^ ✓ 127\.0\.0\.1:\d+ answered in/m);
});

describe("a pipe", () => {
  test("carries bytes there and back, whatever they are", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 31) & 0xff));
    const { code, stdout } = await piped(bytes, url(2));
    expect(code).toBe(0);
    expect(Buffer.from(stdout, "latin1").equals(bytes)).toBe(true);
  });

  test("of frames goes by line", async () => {
    expect(await piped("one\ntwo\n", url(3))).toEqual({ code: 0, stdout: "one\ntwo\n" });
  });

  test("is recorded, and the record is sent again", async () => {
    await using folder = await Folder.create();
    const record = `${folder.path}/session.ndjson`;
    expect(await piped("hello", url(2), "--record", record)).toEqual({ code: 0, stdout: "hello" });
    expect(await piped("", url(2), "--replay", record)).toEqual({ code: 0, stdout: "hello" });
  });

  test("to nobody is exit 3", async () => {
    expect((await piped("x", "tcp://127.0.0.1:1")).code).toBe(3);
  });
});

describe("refused before the first connection, exit 2", () => {
  test.each([
    ["a pause longer than a timer can wait", ["--interval", "30d"]],
    ["a time-out longer than that", ["--timeout", "1000d"]],
    ["a header on two lines", ["-H", "a: b\r\nc: d"]],
    ["an unknown resolver", ["--dns", "nowhere"]],
    ["TLS to resume where there is none", ["--compare", "cold,resumed"]],
    ["lines of a repetition that is none", ["--ndjson"]],
    ["a lowest version above the highest", ["--tls-min", "TLSv1.3", "--tls-max", "TLSv1.2"]],
  ])("%s", async (_, args) => {
    const { code, stderr } = await netkit("connect", "http://127.0.0.1:1", ...args);
    expect(code, stderr).toBe(2);
    expect(stderr).not.toMatch(/\n\s+at |Warning/);
  });

  test("a warm connection where the protocol has one dialogue", async () => {
    const { code, stderr } = await netkit("connect", "tcp://127.0.0.1:1", "--compare", "cold,warm");
    expect(code).toBe(2);
    expect(stderr).toContain("is never warm");
  });

  test("user information of a proxy with a stray per cent sign stands for itself", async () => {
    const { code, stderr, stdout } = await netkit(
      "connect",
      "http://127.0.0.1:1",
      "--proxy",
      "http://u:%zz@127.0.0.1:1",
    );
    expect(code, stderr).toBe(3);
    expect(stdout + stderr).not.toContain("%zz");
  });
});

test.each([
  ["refused", "http://127.0.0.1:1", "the proxy 127.0.0.1:1"],
  ["name", "http://no-such-proxy.invalid:3128", "no-such-proxy.invalid"],
])("a proxy that is not reached is blamed itself: %s", async (layer, proxy, words) => {
  const { code, result } = await connect(url(0), "--proxy", proxy);
  expect([code, result.verdict.layer]).toEqual([3, layer]);
  expect(result.verdict.title).toContain(words);
});

test("a repetition in lines tells its summary on stderr", async () => {
  const { stdout, stderr } = await netkit(
    ...["connect", url(0), "--ndjson", "--count", "2", "--interval", "10ms", "--expect", "total<1us"],
  );
  expect(stdout.trim().split("\n")).toHaveLength(2);
  expect(stderr).toContain("total<1us");
});
