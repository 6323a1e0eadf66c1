/**
 * `netkit flood`: flags to a FloodPlan, the engine, the result to files, stdout and the exit code.
 */
import { availableParallelism } from "node:os";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { EXIT } from "../core/errors.ts";
import type { RunResult } from "../core/run-document.ts";
import type { RunFormatId } from "../report/catalog.ts";
import { NetkitCommand } from "./shared/base-command.ts";
import type { EmbeddedTarget } from "./shared/embedded-target.ts";
import { countFlag, durationFlag, rateFlag, shown } from "./shared/flag-types.ts";
import { messageFlags } from "./shared/message-flags.ts";
import type { ReportFile } from "./shared/report-files.ts";
import { requestFlags, tlsFlags } from "./shared/request-flags.ts";
import { resolveFlag, tlsWayFlags, unixSocketFlag } from "./shared/way-flags.ts";

function reportFlag(summary: string) {
  return Flags.string({ summary, helpValue: "<file>", helpGroup: "output" });
}

/** Measures load: flags to a FloodPlan, the engine, the result to files, stdout and the exit code. */
export default class Flood extends NetkitCommand {
  static override summary = "Drive a server with load and measure what it does.";

  static override description =
    `Closed loop by default: every connection sends its next request when an answer came, as fast as the target allows. With --rate the loop is open: request k is due at its instant whatever happened before, and the response time counts from then, so a stall shows in every request it delays.

Over ws: wss: a request is a message, over framed: framed+tls: a frame, over tcp: tls: a number of bytes; its answer is the next one that comes, or what the message flags say. Over udp: it is a datagram, and its answer the one with its number; what is lost, comes twice, late or in another order is counted.

Without a URL, flood starts a server of its own and floods that. Several URLs take turns; they must share one origin. Certificates are verified unless --insecure.

No sample is invented: a request unanswered at its time-out or at the end of the run counts as unanswered, at its age, as "at least this long". A status of 400 or more is an error. Failures have a latency of their own.

Expectations decide the exit code: a metric, one of < <= > >= == !=, and a limit. The metrics:
- p50 to p99.99, min, mean, max: of the response time (or response.p99)
- service.p99 and so on: of the service time, which counts from sending
- likewise lateness. firstByte. connect. tls. dns. failed.
- error_rate (failures and time-outs), censored_rate (all unanswered)
- rate (requests per second), throughput (bytes received per second)
- requests, succeeded, failed, censored; with --hold live, lost
- with --fan-out delivery.p99 and so on (sent to received), lost (receipts)

They hold for the whole run; in every window with 'over 10s' behind; for one endpoint of several with '[/path]' in front; against an earlier run with --baseline: 'p95<baseline+10%'.

Headers and query parameters that may be secrets, by their names, are sent and never shown or written.

Every flag can stand in netkit.yaml (as flood: {connections: 100}) or in the environment (NETKIT_FLOOD_CONNECTIONS or NETKIT_CONNECTIONS). A flag wins over the environment, the environment over the file.

Exit codes:
0 done, and every expectation holds
1 an expectation is broken, or every request failed
2 bad flag, file or URL
3 no request was answered
4 the generator was the limit, so the figures are invalid
130 interrupted, with partial results

Some failures alone give 0: say how many are too many with --expect 'error_rate<1%'.`;

  static override examples = [
    {
      description: "A first measurement, of a server of its own",
      command: "<%= config.bin %> <%= command.id %>",
    },
    {
      description: "100 connections for 30 seconds, as fast as the target answers",
      command: "<%= config.bin %> <%= command.id %> http://127.0.0.1:8080/ -c 100 -d 30s",
    },
    {
      description: "1,000 requests a second, and fail when the tail or the errors grow",
      command:
        "<%= config.bin %> <%= command.id %> https://api.example.com/health --rate 1000/s\n--expect 'p99<200ms' --expect 'error_rate<1%'",
    },
    {
      description: "Post a file with headers, 10,000 times",
      command:
        "<%= config.bin %> <%= command.id %> http://127.0.0.1:8080/echo -n 10k --body-file order.json\n-H 'Content-Type: application/json'",
    },
    {
      description:
        "Frames of 64 bytes, 16 in flight on each connection, each answer held against what was sent",
      command: "<%= config.bin %> <%= command.id %> framed://127.0.0.1:7000 --depth 16 --echo",
    },
    {
      description: "A room of 1,000: what one says, 20 times a second, is timed at each of them",
      command:
        "<%= config.bin %> <%= command.id %> ws://127.0.0.1:8080/broadcast --fan-out -c 1000\n--rate 20/s --expect 'delivery.p99<100ms' --expect lost==0",
    },
    {
      description: "Read one figure of the result",
      command: "<%= config.bin %> <%= command.id %> http://127.0.0.1:8080/ --json | jq .latency.response.p99",
    },
    {
      description: "Keep the result for later",
      command: "<%= config.bin %> <%= command.id %> http://127.0.0.1:8080/ --out run.json",
    },
    {
      description: "A page with charts, and test results for a build server",
      command: "<%= config.bin %> <%= command.id %> http://127.0.0.1:8080/ --report run.html --junit run.xml",
    },
    {
      description: "Fail when the tail grew by more than a tenth since then",
      command:
        "<%= config.bin %> <%= command.id %> http://127.0.0.1:8080/ --baseline run.json\n--expect 'p99<baseline+10%'",
    },
  ];

  static override usage = "<%= command.id %> [URL...] [FLAGS]";

  static override args = {
    url: Args.string({
      description:
        "What to flood (http: https: h2c: ws: wss: framed: framed+tls: tcp: tls: udp:). Default: a server of its own",
      multiple: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    connections: countFlag({ char: "c", summary: "Connections at once.", defaultHelp: shown("50") }),
    depth: countFlag({
      summary: "Requests in flight on one connection: streams of HTTP/2, else pipelined.",
      defaultHelp: shown("1"),
      most: 10_000,
    }),
    duration: durationFlag({ char: "d", summary: "How long to measure.", defaultHelp: shown("10s") }),
    requests: countFlag({ char: "n", summary: "How many requests, instead of --duration." }),
    rate: rateFlag({ summary: "Open loop: requests per second, whatever the target does." }),
    arrival: Flags.string({
      summary: "Open loop: evenly spaced, or random as independent users are.",
      options: ["constant", "poisson"],
      defaultHelp: shown("constant"),
    }),
    warmup: durationFlag({ summary: "Load before the statistics begin.", defaultHelp: shown("0") }),
    timeout: durationFlag({
      summary: "Time for one request, and for connecting.",
      defaultHelp: shown("10s"),
    }),
    threads: countFlag({
      summary: "Threads that send.",
      defaultHelp: shown("one less than there are cores"),
      most: 1024,
    }),
    expect: Flags.string({
      summary: "What must hold, like 'p99<200ms' or 'error_rate<1%' (see below); may be repeated.",
      helpValue: "<expectation>",
      multiple: true,
      multipleNonGreedy: true,
    }),
    baseline: Flags.string({
      summary: "A run to compare with (written by --out), for --expect 'p95<baseline+10%'.",
      helpValue: "<file>",
    }),
    ...requestFlags,
    http: Flags.string({
      summary: "Speak this version. Default: what both sides agree on.",
      options: ["1.1", "2"],
      helpGroup: "request",
    }),
    ...messageFlags,
    "new-connection": Flags.boolean({ summary: "A new connection for every request.", helpGroup: "request" }),
    "handshake-only": Flags.boolean({
      summary: "Open connections, TLS and all, and send nothing on them.",
      helpGroup: "request",
    }),
    hold: Flags.boolean({
      summary: "Open connections and keep them, without asking anything; says how many stay live.",
      helpGroup: "request",
    }),
    "requests-per-connection": countFlag({
      summary: "Close a connection after so many requests, and open another.",
      helpGroup: "request",
    }),
    "connect-rate": rateFlag({ summary: "Connections to open per second.", helpGroup: "way" }),
    resolve: resolveFlag,
    "connect-to": Flags.string({
      summary: "Dial another host and port instead; may be repeated.",
      helpValue: "<host:port:host:port>",
      helpGroup: "way",
      multiple: true,
      multipleNonGreedy: true,
    }),
    "local-address": Flags.string({
      summary: "Connect from this address; of several, in turn.",
      helpValue: "<address>",
      helpGroup: "way",
      multiple: true,
      multipleNonGreedy: true,
    }),
    proxy: Flags.string({
      summary: "Go through this proxy: http: (CONNECT) or socks5:.",
      helpValue: "<url>",
      helpGroup: "way",
    }),
    "unix-socket": unixSocketFlag,
    ...tlsFlags,
    ...tlsWayFlags,
    "tls-resume": Flags.boolean({
      summary: "Offer TLS sessions of earlier connections; otherwise every handshake is a full one.",
      helpGroup: "tls",
    }),
    alpn: Flags.string({
      summary: "Protocols to offer, instead of the scheme's own.",
      helpValue: "<names>",
      helpGroup: "tls",
    }),
    ciphers: Flags.string({
      summary: "Cipher suites to offer, as OpenSSL lists them.",
      helpValue: "<list>",
      helpGroup: "tls",
    }),
    out: Flags.string({
      summary: "Write the result to this file (schema netkit.run/1).",
      helpValue: "<file>",
      helpGroup: "output",
    }),
    report: reportFlag("Write a page of HTML with charts, which needs no other file."),
    csv: reportFlag("Write one line of CSV an interval."),
    "hdr-log": reportFlag("Write the response times as an HdrHistogram log (V2)."),
    junit: reportFlag("Write JUnit XML: a test case for each expectation."),
    markdown: reportFlag("Write Markdown, for a pull request."),
  };

  static override alternatives = [
    ["duration", "requests"],
    ["new-connection", "requests-per-connection"],
    ["handshake-only", "requests-per-connection"],
    ["body", "body-file", "size"],
    ["answer-bytes", "answer-until", "answer-match"],
    ["basic-auth", "bearer"],
  ];

  async run(): Promise<void> {
    const settings = await this.settings(Flood);
    if (settings["json-schema"] === true) return await this.#printSchema();
    const { parseExpectation } = await import("../core/expectation.ts");
    const { checkExpectations } = await import("../engine/flood/expectations.ts");
    const { buildFloodPlan } = await import("./shared/flood-plan.ts");
    const { readInput } = await import("./shared/read-input.ts");
    const { floodReportFiles } = await import("./shared/flood-reports.ts");
    const { runFloodSession } = await import("./shared/flood-session.ts");

    // Everything that can be refused is refused before the first connection.
    const expectations = (settings.expect ?? []).map((text) => parseExpectation(text));
    const baseline = settings.baseline === undefined ? undefined : await this.#baseline(settings.baseline);
    const files = await floodReportFiles(settings);
    const inputs = { readBytes: readInput, parallelism: availableParallelism() };
    const urls = settings.url ?? [];
    await using embedded = urls.length === 0 ? await this.#ownTarget() : undefined;
    const plan = await buildFloodPlan(settings, embedded === undefined ? urls : [embedded.url], inputs);
    checkExpectations(expectations, plan, baseline);
    const result = await runFloodSession(plan, {
      version: this.config.version,
      expectations,
      baseline,
      terminal: this.terminal(process.stderr),
      isQuiet: this.isQuiet,
      note: (text) => this.note(text),
    });
    await this.#deliver(result, files);
  }

  async #baseline(path: string): Promise<RunResult> {
    const { readRunFile } = await import("./shared/run-file.ts");
    const { readInput } = await import("./shared/read-input.ts");
    return await readRunFile(path, readInput, "a baseline");
  }

  async #ownTarget(): Promise<EmbeddedTarget> {
    const { embeddedTarget } = await import("./shared/embedded-target.ts");
    return await embeddedTarget((text) => this.note(text));
  }

  /**
   * The exit code first, as a broken pipe on stdout ends the process; then the files, so that the pipe does not
   * cost them. A file that cannot be written costs neither the others nor the result on stdout.
   */
  async #deliver(result: RunResult, files: readonly ReportFile<RunFormatId>[]): Promise<void> {
    const { runFormat } = await import("../report/catalog.ts");
    const { floodExitCode, unreachableError } = await import("./shared/exit-code.ts");
    const { tellGithub, writeFloodReports } = await import("./shared/flood-reports.ts");

    const terminal = this.terminal();
    const code = floodExitCode(result);
    this.leave(code);
    const unwritten = await writeFloodReports(result, files);
    if (this.wantsJson) this.emit(result);
    this.show(runFormat("text").render(result, terminal));
    await tellGithub(result, {
      environment: process.env,
      show: (text) => this.showCommands(text),
      note: (text) => this.note(text),
    });
    if (code === EXIT.unreachable) await this.present(unreachableError(result));
    if (unwritten !== undefined) throw unwritten;
  }

  async #printSchema(): Promise<void> {
    const { runSchema } = await import("../report/schemas/run.ts");
    await this.emitSchema([runSchema]);
  }
}
