/**
 * `netkit pool-test`: flags to a PoolTestPlan, the engine, the result to stdout, a file and the exit code.
 */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { PoolTestResult } from "../engine/pool-test/result.ts";
import type { PoolTestFormatId } from "../report/pool-test/catalog.ts";
import { NetkitCommand } from "./shared/base-command.ts";
import { countFlag, durationFlag, rateFlag, shown } from "./shared/flag-types.ts";
import type { ReportFile } from "./shared/report-files.ts";
import { requestFlags, tlsFlags } from "./shared/request-flags.ts";

const REPORTS = {
  out: "json",
  report: "html",
  csv: "csv",
  junit: "junit",
  markdown: "markdown",
} as const satisfies Record<string, PoolTestFormatId>;

/** How many connections, and what happens when they run out. */
export default class PoolTest extends NetkitCommand {
  static override summary =
    "Measure a connection pool: how many connections, and what happens when they run out.";

  static override description =
    `Callers take a connection out of a pool, work on it, and give it back. What they wait, hold and fail is measured; waiting counts from when a caller was meant to come. Schemes: postgres: mysql: redis: rediss: http: https: h2c: tcp: tls: framed: framed+tls: ws: wss:.

With --sizes several sizes are measured, in random order and repeatedly, the Universal Scalability Law is fitted, and a size is recommended with its reason and the line for your own pool's configuration. --pool tests the library that you use instead of netkit's own.

--chaos makes the server's side fail in the middle of the load; --leak, --nested, --exhaustion and --idle ask the pool one question each.

Expectations decide the exit code: a metric, one of < <= > >= == !=, and a limit. The metrics:
- wait.p99 (any percentile), wait.mean, wait.max; the same of hold, query and total
- rate, errors, timeouts, fairness

Exit codes:
0 measured, and every expectation holds
1 an expectation is broken, or a probe failed
2 bad flag, file or URL, or the library of --pool is missing
3 the server was not reached
4 the measurement cannot be trusted
130 interrupted, with what was measured until then`;

  static override examples = [
    {
      description: "Ten connections, a hundred callers",
      command: "<%= config.bin %> <%= command.id %> postgres://app@127.0.0.1/shop",
    },
    {
      description: "Which size, when a checkout may wait 5 ms",
      command:
        "<%= config.bin %> <%= command.id %> postgres://app@127.0.0.1/shop --sizes 1,2,4,8,16,32 --expect 'wait.p99<5ms'",
    },
    {
      description: "The same for the pool of mysql2, with a query of your own",
      command:
        "<%= config.bin %> <%= command.id %> mysql://app@127.0.0.1/shop --pool mysql2 --sizes auto --query 'SELECT * FROM cart WHERE id = 7'",
    },
    {
      description: "What happens when the server kills all connections",
      command: "<%= config.bin %> <%= command.id %> redis://127.0.0.1 --chaos kill --duration 15s",
    },
  ];

  static override usage = "<%= command.id %> URL [FLAGS]";

  static override args = {
    url: Args.string({ description: "What the connections go to", ignoreStdin: true }),
  };

  static override flags = {
    size: countFlag({ summary: "Connections at most.", most: 100_000, defaultHelp: shown("10") }),
    sizes: Flags.string({
      summary: "Measure these sizes and recommend one: 1,2,4,8 or auto.",
      helpValue: "<list>",
    }),
    repeat: countFlag({
      summary: "Runs of each size.",
      most: 1000,
      defaultHelp: shown("3 in a sweep, else 1"),
    }),
    clients: countFlag({
      summary: "Callers at once; each comes back when it is done.",
      most: 100_000,
      defaultHelp: shown("100"),
    }),
    rate: rateFlag({ summary: "Open loop instead: callers that come, whatever became of those before." }),
    arrival: Flags.string({
      summary: "How they come.",
      options: ["constant", "poisson"],
      defaultHelp: shown("constant"),
    }),
    duration: durationFlag({ char: "d", summary: "Measured, each run.", defaultHelp: shown("5s") }),
    warmup: durationFlag({ summary: "Before it, not counted.", defaultHelp: shown("1s") }),
    expect: Flags.string({
      summary: "What must hold, like 'wait.p99<5ms' (see below); may be repeated.",
      helpValue: "<expectation>",
      multiple: true,
      multipleNonGreedy: true,
    }),
    seed: countFlag({ summary: "Of the order of sizes and of Poisson arrivals.", defaultHelp: shown("1") }),
    query: Flags.string({
      summary: "SQL of a checkout; may be repeated: in turn.",
      helpValue: "<sql>",
      helpGroup: "work",
      multiple: true,
      multipleNonGreedy: true,
    }),
    "query-file": Flags.string({ summary: "SQL from a file.", helpValue: "<file>", helpGroup: "work" }),
    command: Flags.string({
      summary: 'Redis command like "GET key", or the text that tcp:, framed: and ws: send; may be repeated.',
      helpValue: "<text>",
      helpGroup: "work",
      multiple: true,
      multipleNonGreedy: true,
    }),
    transaction: Flags.boolean({ summary: "In a transaction of its own.", helpGroup: "work" }),
    "through-driver": Flags.boolean({
      summary: "Ask postgres: by pg's own query, whose work then counts too.",
      helpGroup: "work",
    }),
    hold: durationFlag({ summary: "Keep the connection this long after the work.", helpGroup: "work" }),
    think: durationFlag({ summary: "A caller's pause before it comes back.", helpGroup: "work" }),
    http: Flags.string({ summary: "Speak this version.", options: ["1.1", "2"], helpGroup: "work" }),
    ...requestFlags,
    pool: Flags.string({
      summary: "Whose pool.",
      options: ["netkit", "pg", "mysql2", "ioredis", "undici", "generic-pool", "tarn"],
      defaultHelp: shown("netkit"),
      helpGroup: "pool",
    }),
    "acquire-timeout": durationFlag({
      summary: "How long a caller waits for a connection.",
      defaultHelp: shown("30s"),
      helpGroup: "pool",
    }),
    "max-waiting": countFlag({ summary: "Callers that may wait.", least: 0, helpGroup: "pool" }),
    "idle-timeout": durationFlag({ summary: "Close what is idle for longer.", helpGroup: "pool" }),
    "max-lifetime": durationFlag({ summary: "Close what is older.", helpGroup: "pool" }),
    "validate-after": durationFlag({
      summary: "Ask a connection that was idle for this long before it goes out.",
      helpGroup: "pool",
    }),
    "leak-after": durationFlag({ summary: "Report what is held for longer.", helpGroup: "pool" }),
    chaos: Flags.string({
      summary: "Make the server's side fail in the middle of the load.",
      options: ["kill", "restart", "slow", "refuse"],
      helpGroup: "probe",
    }),
    "chaos-for": durationFlag({
      summary: "How long it lasts (not kill).",
      defaultHelp: shown("1s"),
      helpGroup: "probe",
    }),
    leak: countFlag({ summary: "Plant so many leaks: are they found?", most: 10_000, helpGroup: "probe" }),
    nested: countFlag({
      summary: "Callers that take so many connections each: which size deadlocks?",
      least: 2,
      most: 10_000,
      helpGroup: "probe",
    }),
    exhaustion: Flags.boolean({ summary: "Queue limit, time-out, cancellation, order.", helpGroup: "probe" }),
    idle: Flags.boolean({ summary: "Idle time-out, lifetime, dead connections.", helpGroup: "probe" }),
    timeout: durationFlag({ summary: "For connecting, and for the work.", defaultHelp: shown("10s") }),
    "unix-socket": Flags.string({
      summary: "Connect to this socket instead of the host.",
      helpValue: "<path>",
    }),
    ...tlsFlags,
    admin: Flags.string({
      summary: "Admin listener of the netkit serve that is tested: its view of the connections joins in.",
      helpValue: "<url>",
    }),
    out: Flags.string({
      summary: "Write the result to this file (schema netkit.pool-test/1).",
      helpValue: "<file>",
      helpGroup: "output",
    }),
    report: Flags.string({
      summary: "Write a page of HTML with charts, which needs no other file.",
      helpValue: "<file>",
      helpGroup: "output",
    }),
    csv: Flags.string({ summary: "Write a line a size.", helpValue: "<file>", helpGroup: "output" }),
    junit: Flags.string({ summary: "Write JUnit XML.", helpValue: "<file>", helpGroup: "output" }),
    markdown: Flags.string({
      summary: "Write it for a pull request.",
      helpValue: "<file>",
      helpGroup: "output",
    }),
  };

  static override alternatives = [
    ["size", "sizes"],
    ["body", "body-file"],
    ["basic-auth", "bearer"],
    ["query", "command"],
  ];

  async run(): Promise<void> {
    const settings = await this.settings(PoolTest);
    if (settings["json-schema"] === true) return await this.#printSchema();
    const { parseExpectation } = await import("../core/expectation.ts");
    const { checkExpectations } = await import("../engine/pool-test/expectations.ts");
    const { buildPoolTestPlan } = await import("./shared/pool-test-plan.ts");
    const { runPoolTestSession } = await import("./shared/pool-test-session.ts");
    const { readInput } = await import("./shared/read-input.ts");
    const { checkReportFiles, reportFilesOf } = await import("./shared/report-files.ts");

    // Everything that can be refused is refused before the first connection.
    const expectations = (settings.expect ?? []).map((text) => parseExpectation(text));
    checkExpectations(expectations);
    const files = reportFilesOf<keyof typeof REPORTS, PoolTestFormatId>(REPORTS, settings);
    const { cacert, cert, key, "body-file": body, "query-file": query } = settings;
    await checkReportFiles(
      files,
      [cacert, cert, key, body, query].filter((path) => path !== undefined),
    );
    const plan = await buildPoolTestPlan(settings, { readBytes: readInput });
    const result = await runPoolTestSession(plan, {
      version: this.config.version,
      expectations,
      terminal: this.terminal(process.stderr),
      isQuiet: this.isQuiet,
    });
    await this.#deliver(result, files);
  }

  /** The exit code first, as a broken pipe on stdout ends the process; then the file, so that the pipe does not cost it. */
  async #deliver(result: PoolTestResult, files: readonly ReportFile<PoolTestFormatId>[]): Promise<void> {
    const { poolTestFormat } = await import("../report/pool-test/catalog.ts");
    const { tellJob } = await import("./shared/github-job.ts");
    const { poolTestExitCode } = await import("./shared/pool-test-exit.ts");
    const { writeReportFiles } = await import("./shared/report-files.ts");
    this.leave(poolTestExitCode(result));
    const unwritten = await writeReportFiles(files, (format) =>
      poolTestFormat(format).render(result, { width: 120, color: 0 }),
    );
    if (this.wantsJson) this.emit(result);
    this.show(poolTestFormat("text").render(result, this.terminal()));
    await tellJob((format) => poolTestFormat(format).render(result, { width: 120, color: 0 }), {
      environment: process.env,
      show: (text) => this.showCommands(text),
      note: (text) => this.note(text),
    });
    if (unwritten !== undefined) throw unwritten;
  }

  async #printSchema(): Promise<void> {
    const { poolTestSchema } = await import("../report/schemas/pool-test.ts");
    await this.emitSchema([poolTestSchema]);
  }
}
