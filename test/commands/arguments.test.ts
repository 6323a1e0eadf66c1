import type { Config } from "@oclif/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import Flood from "../../src/commands/flood.ts";
import Serve from "../../src/commands/serve.ts";
import { unknownCommand } from "../../src/commands/shared/command-not-found.ts";
import TlsCheck from "../../src/commands/tls-check.ts";
import { FLOOD_METRICS } from "../../src/engine/flood/expectations.ts";

/** As much of oclif's Config as a command touches. */
function fakeConfig(): Config {
  const describeCommand = (id: string, command: typeof Flood | typeof Serve | typeof TlsCheck) => ({
    id,
    pluginName: "netkit",
    flags: { ...command.baseFlags, ...command.flags },
    args: command.args,
  });
  return {
    bin: "netkit",
    version: "0.1.0",
    userAgent: "netkit/0.1.0",
    pjson: { name: "netkit" },
    commands: [
      describeCommand("flood", Flood),
      describeCommand("serve", Serve),
      describeCommand("tls-check", TlsCheck),
    ],
    runHook: async () => ({ successes: [], failures: [] }),
    scopedEnvVarKeys: (key: string) => [`NETKIT_${key}`],
  } as unknown as Config;
}

interface Outcome {
  readonly settings: Record<string, unknown> | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: unknown;
}

/** Parses as the real command does; what it would do with the settings is kept instead of done. */
async function parse(command: "flood" | "serve" | "tls-check", argv: readonly string[]): Promise<Outcome> {
  let settings: Record<string, unknown> | undefined;
  class FloodProbe extends Flood {
    static override id = "flood";
    override async run() {
      settings = await this.settings(Flood);
    }
  }
  class ServeProbe extends Serve {
    static override id = "serve";
    override async run() {
      settings = await this.settings(Serve);
    }
  }
  class TlsCheckProbe extends TlsCheck {
    static override id = "tls-check";
    override async run() {
      settings = await this.settings(TlsCheck);
    }
  }
  const Probe = { flood: FloodProbe, serve: ServeProbe, "tls-check": TlsCheckProbe }[command];
  const probe = new Probe([...argv], fakeConfig()) as unknown as { _run(): Promise<void> };
  return { ...(await captured(() => probe._run())), settings };
}

async function captured(work: () => Promise<unknown>): Promise<Omit<Outcome, "settings">> {
  let stdout = "";
  let stderr = "";
  const out = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    stdout += chunk;
    return true;
  });
  const err = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    stderr += chunk;
    return true;
  });
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await work();
    return { stdout, stderr, exitCode: process.exitCode };
  } finally {
    process.exitCode = before;
    out.mockRestore();
    err.mockRestore();
  }
}

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("NETKIT_")) vi.stubEnv(name, undefined);
  vi.stubEnv("NO_COLOR", "1");
  vi.stubEnv("FORCE_COLOR", undefined);
  vi.stubEnv("DEBUG", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the command line of flood", () => {
  test("reads every kind of value in its own unit", async () => {
    const argv =
      "http://a/ -c 10k --depth 4 -d 1m30s --rate 2k/s --arrival poisson --warmup 500ms --timeout 2s".split(
        " ",
      );
    const { settings } = await parse("flood", [
      ...argv,
      "-H",
      "A: 1",
      "-H",
      "B: 2",
      "http://a/b",
      "--insecure",
    ]);
    expect(settings).toMatchObject({
      url: ["http://a/", "http://a/b"],
      connections: 10_000,
      depth: 4,
      duration: 90_000,
      rate: 2_000,
      arrival: "poisson",
      warmup: 500,
      timeout: 2_000,
      header: ["A: 1", "B: 2"],
      insecure: true,
    });
  });

  test("without arguments there are no settings, so that the plan's defaults hold", async () => {
    const { settings } = await parse("flood", []);
    expect(Object.values(settings!).filter((value) => value !== undefined)).toEqual([]);
  });

  test("standard input is left alone unless a body is asked from it", async () => {
    const { settings } = await parse("flood", ["--body-file", "-"]);
    expect(settings).toMatchObject({ "body-file": "-" });
    expect(settings!.url).toBeUndefined();
  });

  test("the environment fills what the command line leaves open, arguments included", async () => {
    vi.stubEnv("NETKIT_CONNECTIONS", "7");
    vi.stubEnv("NETKIT_FLOOD_URL", "http://b/");
    vi.stubEnv("NETKIT_EXPECT", "p99<1s\nerror_rate<1%");
    expect((await parse("flood", [])).settings).toMatchObject({
      url: ["http://b/"],
      connections: 7,
      expect: ["p99<1s", "error_rate<1%"],
    });
    expect((await parse("flood", ["http://a/", "-c", "8"])).settings).toMatchObject({
      url: ["http://a/"],
      connections: 8,
    });
  });

  test("a misspelt variable is told on stderr", async () => {
    vi.stubEnv("NETKIT_CONECTIONS", "7");
    expect((await parse("flood", [])).stderr).toBe(
      "NETKIT_CONECTIONS is not read by netkit; did you mean NETKIT_CONNECTIONS?\n",
    );
    expect((await parse("flood", ["--quiet"])).stderr).toBe("");
  });
});

describe("mistakes on the command line", () => {
  const cases: [string[], string, string][] = [
    [["--conections", "5"], "--conections is not a flag of netkit flood", "did you mean --connections?"],
    [["--zzz=1"], "--zzz is not a flag of netkit flood", "see netkit flood --help"],
    [["-d", "10"], '"10" is not a duration', "write it like 250ms, 10s or 1m30s"],
    [["-c", "0"], '"0" is not a whole number of at least 1', "write it like 50 or 10k"],
    [["--rate", "fast"], '"fast" is not a rate', "write it like 1000/s or 600/min"],
    [["--arrival", "often"], '"often" is not a choice of --arrival', "use one of: constant, poisson"],
    [["-c", "1", "-c", "2"], "--connections is given more than once", "keep one of them"],
    [["--out"], "--out needs a value", "see --help for an example"],
    [["-n", "5", "-d", "1s"], "--duration and --requests cannot be used together", "keep one of them"],
    [["--config", "/absent.yaml"], "could not read /absent.yaml", "check the path given with --config"],
  ];

  for (const [argv, message, next] of cases) {
    test(`${argv.join(" ")}: exit 2, in words and as a document`, async () => {
      const text = await parse("flood", argv);
      expect(text.exitCode).toBe(2);
      expect(text.stdout).toBe("");
      expect(text.stderr.split("\n")[0]).toBe(`netkit flood: ${message}`);
      expect(text.stderr.replace(/\s+/g, " ")).toContain(`try ${next}`);
      expect(text.stderr).not.toMatch(/^ +at /m);

      const json = await parse("flood", ["--json", ...argv]);
      const document = JSON.parse(json.stdout);
      expect(document).toMatchObject({
        schema: "netkit.error/1",
        command: "flood",
        message,
        next,
        exitCode: 2,
      });
    });
  }

  test("the stack is for those who ask", async () => {
    vi.stubEnv("DEBUG", "netkit*");
    const { stderr } = await parse("flood", ["-d", "10"]);
    expect(stderr).toMatch(/^ +at /m);
  });

  test("an error that is no mistake of the user is called a bug", async () => {
    class Broken extends Flood {
      static override id = "flood";
      override async run() {
        throw new TypeError("x is not a function");
      }
    }
    const broken = new Broken(["--json"], fakeConfig()) as unknown as { _run(): Promise<void> };
    const { stdout, exitCode } = await captured(() => broken._run());
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      stage: "internal",
      why: "TypeError: x is not a function",
      exitCode: 1,
    });
  });

  test("a command that does not exist is a usage error with the nearest name", () => {
    const error = unknownCommand("flodo", ["flood", "serve", "help"], "netkit");
    expect(error.message).toBe("flodo is not a command of netkit");
    expect(error.next).toBe("did you mean netkit flood?");
    expect(error.exitCode).toBe(2);
  });
});

describe("the command line of serve", () => {
  test("reads limits as sizes, counts and durations", async () => {
    const argv =
      "tcp://127.0.0.1:0 --max-body 1MiB --max-connections 20k --idle-timeout 5s --no-admin --threads 2";
    expect((await parse("serve", argv.split(" "))).settings).toMatchObject({
      url: ["tcp://127.0.0.1:0"],
      "max-body": 1_048_576,
      "max-connections": 20_000,
      "idle-timeout": 5_000,
      "no-admin": true,
      threads: 2,
    });
  });

  test("refuses settings that exclude each other", async () => {
    const { stderr } = await parse("serve", ["--admin", "127.0.0.1:1", "--no-admin"]);
    expect(stderr).toContain("--admin and --no-admin cannot be used together");
  });
});

describe("the command line of tls-check", () => {
  test("reads targets, names, shares and rules", async () => {
    const argv =
      "https://a cert.pem --server-name b --days 0 --lifetime-left 33% --fail-on high --fail-on cert-expired --rate 20/s";
    expect((await parse("tls-check", argv.split(" "))).settings).toMatchObject({
      target: ["https://a", "cert.pem"],
      sni: "b",
      days: 0,
      "lifetime-left": 0.33,
      "fail-on": ["high", "cert-expired"],
      rate: 20,
    });
  });

  test.each([
    ["--nagios --json", "--nagios and --json cannot be used together"],
    ["--list-rules --explain x", "--explain and --list-rules cannot be used together"],
    ["--retries 21", "is not a whole number from 0 to 20"],
    ["--input-schema x", "is not a choice of --input-schema"],
  ])("refuses %s", async (argv, message) => {
    expect((await parse("tls-check", argv.split(" "))).stderr.replace(/\s+/g, " ")).toContain(message);
  });

  test.each([
    [["--explain", "cert-expired"], "The certificate has expired"],
    [["--list-rules"], "heartbleed"],
    [["--list-rules", "--json"], '"schema":"netkit.tls-rules/1"'],
    [["--input-schema", "waivers"], '"title":"netkit.tls-waivers/1"'],
    [["--input-schema", "policy"], '"$schema"'],
  ])("%j tells, and stops", async (argv, text) => {
    const asked = new TlsCheck([...argv], fakeConfig()) as unknown as { _run(): Promise<void> };
    const { stdout, stderr, exitCode } = await captured(() => asked._run());
    expect(stdout).toContain(text);
    expect(stderr).toBe("");
    expect(exitCode).toBeUndefined();
  });

  test("a rule that there is not is a usage error with the nearest one", async () => {
    const asked = new TlsCheck(["--explain", "cert-expird"], fakeConfig()) as unknown as {
      _run(): Promise<void>;
    };
    const { stderr, exitCode } = await captured(() => asked._run());
    expect(exitCode).toBe(2);
    expect(stderr).toContain("did you mean cert-expired?");
  });
});

describe("--json-schema", () => {
  for (const [name, command, documents] of [
    ["flood", Flood, ["netkit.error_1", "netkit.run_1"]],
    ["serve", Serve, ["netkit.error_1", "netkit.ready_1", "netkit.serve-stats_1"]],
    ["tls-check", TlsCheck, ["netkit.error_1", "netkit.tls-check_1", "netkit.tls-rules_1"]],
  ] as const) {
    test(`${name} prints one schema for all its documents, and does nothing else`, async () => {
      const asked = new command(["--json-schema"], fakeConfig()) as unknown as { _run(): Promise<void> };
      const { stdout, stderr, exitCode } = await captured(() => asked._run());
      const schema = JSON.parse(stdout) as { $schema: string; $defs: object };
      expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
      expect(Object.keys(schema.$defs).sort()).toEqual([...documents]);
      expect(stderr).toBe("");
      expect(exitCode).toBeUndefined();
    });
  }
});

describe("help", () => {
  for (const [name, command] of Object.entries({ flood: Flood, serve: Serve, "tls-check": TlsCheck })) {
    test(`${name} has a summary, exit codes and examples that use only its own flags`, () => {
      expect(command.summary.length).toBeLessThanOrEqual(72);
      expect(command.description).toMatch(/Exit codes:\s0/);
      expect(command.examples.length).toBeGreaterThanOrEqual(4);
      const flags = { ...command.baseFlags, ...command.flags };
      for (const { command: line } of command.examples) {
        const [own = ""] = line.split(" | ");
        for (const [, flag] of own.matchAll(/\s--([\w-]+)/g)) expect(Object.keys(flags)).toContain(flag);
      }
    });

    test(`no group of flags of ${name} begins with one without a letter when others have one`, () => {
      const flags: { helpGroup?: string; char?: string }[] = Object.values({
        ...command.baseFlags,
        ...command.flags,
      });
      for (const group of new Set(flags.map(({ helpGroup }) => helpGroup))) {
        const letters = flags.filter(({ helpGroup }) => helpGroup === group).map(({ char }) => char);
        if (letters.some((letter) => letter !== undefined)) expect(letters[0], group).toBeDefined();
      }
    });

    test(`every flag of ${name} says what it does, in one line`, () => {
      for (const [flag, { summary }] of Object.entries({ ...command.baseFlags, ...command.flags })) {
        expect(summary, flag).toMatch(/^[A-Z].*\.$|^What must hold/);
      }
    });
  }

  test("the help of flood names every metric", () => {
    const words = new Set(Flood.description.match(/[\w.]*\w\.?/g));
    for (const metric of Object.keys(FLOOD_METRICS)) {
      const [head, statistic] = metric.split(".");
      const spellings = statistic === undefined ? [metric.replace("NN", "50")] : [`${head}.`, `${head}.p99`];
      expect(
        spellings.some((name) => words.has(name)),
        metric,
      ).toBe(true);
    }
  });

  test("the examples of flood are broken by hand, not between a flag and its value, at 80 columns", () => {
    for (const { command } of Flood.examples) {
      const shown = command.replace("<%= config.bin %> <%= command.id %>", "$ netkit flood");
      // Six columns are the margin, two the mark that the line goes on.
      for (const line of shown.split("\n")) expect(line.length).toBeLessThanOrEqual(72);
    }
  });
});
