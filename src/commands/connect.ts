/**
 * `netkit connect`: flags to a ConnectPlan, the engine, the result to stdout, a file and the exit code; or a pipe.
 */
import { fstatSync } from "node:fs";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { usageError } from "../core/errors.ts";
import type { ExitPolicy } from "../engine/connect/pipe/pipe.ts";
import type { ConnectPlan } from "../engine/connect/plan.ts";
import type { ConnectResult } from "../engine/connect/result.ts";
import type { ConnectFormatId } from "../report/connect/catalog.ts";
import { NetkitCommand } from "./shared/base-command.ts";
import { connectReportFlags } from "./shared/connect-report-flags.ts";
import { countFlag, durationFlag, shown } from "./shared/flag-types.ts";
import type { ReportFile } from "./shared/report-files.ts";
import { requestFlags, tlsFlags } from "./shared/request-flags.ts";
import { resolveFlag, tlsWayFlags, unixSocketFlag } from "./shared/way-flags.ts";

/** Schemes whose bytes are the user's own: what is piped in is meant for the peer. */
const PIPED_BY_DEFAULT: readonly string[] = ["tcp", "tls", "ws", "wss", "framed", "framed+tls", "udp"];

/** Shows what happens between here and there, or carries bytes there and back. */
export default class Connect extends NetkitCommand {
  static override summary = "Show what happens between here and a server, phase by phase.";

  static override description =
    `The name is resolved (A and AAAA apart), its addresses race (Happy Eyeballs, RFC 8305), and the winner is spoken to in the protocol of the URL: http: https: h2c: ws: wss: tcp: tls: framed: framed+tls: udp: redis: rediss: postgres: mysql: smtp: imap: pop3:. Every phase is timed, and the last lines say which layer failed or is slow, what was seen and what to try next.

With --count or --interval the path is taken again and again, anew each time, and percentiles are told. --watch draws them. Without --count it ends with Ctrl-C.

With --interactive, or when something is piped in for tcp: tls: framed: or udp:, it is a netcat: bytes in, bytes out, half-closes both ways. framed: and udp: go by line, one message a line.

Expectations decide the exit code: a metric, one of < <= > >= == !=, and a limit. The metrics:
- total. dns. connect. proxy. upgrade. tls. greeting. request. firstByte. transfer: the slowest path's
- total.p99, dns.p50 and so on: over the paths of a repetition
- tls.daysLeft, loss, jitter, status, size, throughput

Exit codes:
0 reached, and every expectation holds
1 an expectation is broken, or one of several addresses or ways failed
2 bad flag, file or URL
3 not reached
130 interrupted, with what was found until then`;

  static override examples = [
    {
      description: "Every phase to a web server",
      command: "<%= config.bin %> <%= command.id %> https://example.com",
    },
    {
      description: "The same on each of its addresses",
      command: "<%= config.bin %> <%= command.id %> https://example.com --all-addresses",
    },
    {
      description: "What keep-alive and TLS resumption gain",
      command: "<%= config.bin %> <%= command.id %> https://example.com --compare cold,warm,resumed",
    },
    {
      description: "Like ping, over TCP",
      command: "<%= config.bin %> <%= command.id %> tcp://db.internal:5432 --count 20 --interval 500ms",
    },
    {
      description: "In CI: fast enough, and the certificate good for two weeks",
      command:
        "<%= config.bin %> <%= command.id %> https://example.com --expect 'total<300ms' --expect 'tls.daysLeft>14'",
    },
    {
      description: "A page for the one who looks after the network",
      command: "<%= config.bin %> <%= command.id %> https://example.com --report path.html",
    },
    {
      description: "Before DNS is switched: this address under that name",
      command: "<%= config.bin %> <%= command.id %> https://example.com --resolve example.com:443:192.0.2.7",
    },
    {
      description: "Send a file over TLS",
      command: "<%= config.bin %> <%= command.id %> tls://127.0.0.1:7001 < big.bin > back.bin",
    },
  ];

  static override usage = "<%= command.id %> URL [FLAGS]";

  static override args = {
    url: Args.string({ description: "Where to connect to", ignoreStdin: true }),
  };

  static override flags = {
    "all-addresses": Flags.boolean({ summary: "The whole path on every address of the name." }),
    compare: Flags.string({
      summary: "Compare ways: cold, warm (the same connection), resumed (TLS).",
      helpValue: "<ways>",
    }),
    count: countFlag({ summary: "How often the path is taken." }),
    interval: durationFlag({ summary: "From one start to the next.", defaultHelp: shown("1s") }),
    watch: Flags.boolean({ summary: "Draw the phases as they go." }),
    expect: Flags.string({
      summary: "What must hold, like 'total<300ms' or 'tls.daysLeft>14' (see below); may be repeated.",
      helpValue: "<expectation>",
      multiple: true,
      multipleNonGreedy: true,
    }),
    timeout: durationFlag({ summary: "For each step.", defaultHelp: shown("10s") }),
    slow: durationFlag({ summary: "A path that takes longer is called slow.", defaultHelp: shown("3s") }),
    dns: Flags.string({
      summary: "Ask this resolver: an address, or a URL for DNS over HTTPS.",
      helpValue: "<server>",
      helpGroup: "way",
      defaultHelp: shown("the system's"),
    }),
    resolve: resolveFlag,
    // oclif's types know letters only; its parser takes any character.
    ipv4: Flags.boolean({ char: "4" as "a", summary: "IPv4 addresses only.", helpGroup: "way" }),
    ipv6: Flags.boolean({ char: "6" as "a", summary: "IPv6 addresses only.", helpGroup: "way" }),
    "local-address": Flags.string({
      summary: "Connect from this address.",
      helpValue: "<address>",
      helpGroup: "way",
    }),
    proxy: Flags.string({
      summary: "Go through this proxy: http: (CONNECT) or socks5:.",
      helpValue: "<url>",
      helpGroup: "way",
    }),
    "unix-socket": unixSocketFlag,
    http: Flags.string({
      summary: "Speak this version. Default: what both sides agree on.",
      options: ["1.1", "2"],
      helpGroup: "request",
    }),
    ...requestFlags,
    ...tlsFlags,
    ...tlsWayFlags,
    interactive: Flags.boolean({
      char: "i",
      summary: "Carry bytes: standard input there, its answer to standard output.",
      helpGroup: "pipe",
    }),
    "exit-on-eof": Flags.string({
      summary: "Whose end ends it.",
      options: ["stdin", "remote", "both"],
      helpGroup: "pipe",
      defaultHelp: shown("remote; udp: stdin"),
    }),
    hex: Flags.boolean({ summary: "Show bytes as digits; piped input is digits.", helpGroup: "pipe" }),
    record: Flags.string({
      summary: "Write the session to this file.",
      helpValue: "<file>",
      helpGroup: "pipe",
    }),
    replay: Flags.string({
      summary: "Send what was sent in a recorded session, at its pace.",
      helpValue: "<file>",
      helpGroup: "pipe",
    }),
    ...connectReportFlags,
    ndjson: Flags.boolean({
      summary: "Print each path of a repetition as a line of JSON.",
      helpGroup: "output",
    }),
    trace: Flags.boolean({ summary: "Show the bytes of each layer on stderr.", helpGroup: "output" }),
  };

  static override alternatives = [
    ["ipv4", "ipv6"],
    ["all-addresses", "compare", "count"],
    ["all-addresses", "compare", "interval"],
    ["all-addresses", "compare", "watch"],
    ["all-addresses", "unix-socket"],
    ["body", "body-file"],
    ["basic-auth", "bearer"],
    ["json", "ndjson"],
  ];

  async run(): Promise<void> {
    const settings = await this.settings(Connect);
    if (settings["json-schema"] === true) return await this.#printSchema();
    const { parseExpectation } = await import("../core/expectation.ts");
    const { checkExpectations } = await import("../engine/connect/expectations.ts");
    const { buildConnectPlan } = await import("./shared/connect-plan.ts");
    const { readInput } = await import("./shared/read-input.ts");
    const { connectReportFiles } = await import("./shared/connect-reports.ts");

    // Everything that can be refused is refused before the first connection.
    const expectations = (settings.expect ?? []).map((text) => parseExpectation(text));
    checkExpectations(expectations);
    const files = await connectReportFiles(settings);
    const plan = await buildConnectPlan(settings, { readBytes: readInput });
    if (this.#isPipe(settings, plan)) return await this.#pipe(settings, plan);
    const { runConnectSession } = await import("./shared/connect-session.ts");
    const result = await runConnectSession(plan, {
      version: this.config.version,
      expectations,
      traced: settings.trace === true,
      watched: settings.watch === true,
      terminal: this.terminal(),
      isQuiet: this.isQuiet,
      show: (text) => this.show(text),
      emit: settings.ndjson === true ? (document) => this.emit(document) : undefined,
    });
    await this.#deliver(result, files, settings.ndjson === true);
  }

  /** Asked for, or something is piped in for a scheme whose bytes are the user's, and nothing else is asked for. */
  #isPipe(settings: Settings, plan: ConnectPlan): boolean {
    if (settings.interactive === true || settings.replay !== undefined || settings.record !== undefined)
      return true;
    const { scheme } = plan.endpoint;
    const isPlain =
      plan.mode.kind === "once" && (settings.expect ?? []).length === 0 && !isReported(settings);
    if (!PIPED_BY_DEFAULT.includes(scheme) || !isPlain || this.wantsJson || settings.trace === true)
      return false;
    return isPiped();
  }

  async #pipe(settings: Settings, plan: ConnectPlan): Promise<void> {
    this.#refuseDiagnosis(settings, plan);
    const { runPipe } = await import("./shared/connect-pipe.ts");
    const code = await runPipe(plan, {
      exitOn: settings["exit-on-eof"] as ExitPolicy | undefined,
      hex: settings.hex === true,
      record: settings.record,
      replay: settings.replay,
      note: (text) => process.stderr.isTTY === true && this.note(`netkit: ${text}`),
    });
    this.leave(code);
  }

  /** A pipe measures nothing: whoever expects something of it would be told that it holds. */
  #refuseDiagnosis(settings: Settings, plan: ConnectPlan): void {
    const asked = [
      [plan.mode.kind !== "once", "--count, --interval, --watch, --all-addresses and --compare"],
      [(settings.expect ?? []).length > 0, "--expect"],
      [isReported(settings), "--out, --report, --csv, --junit and --markdown"],
      [settings.trace === true, "--trace"],
      [settings.ndjson === true, "--ndjson"],
      [this.wantsJson, "--json"],
    ] as const;
    const wrong = asked.find(([isAsked]) => isAsked)?.[1];
    if (wrong !== undefined) {
      throw usageError(
        `a pipe carries bytes and has no result: ${wrong} cannot be used with it`,
        "leave --interactive, --record and --replay away to diagnose",
      );
    }
    if (settings.record !== undefined && settings.record === settings.replay) {
      throw usageError(
        "a session cannot be recorded over the one that is replayed",
        "name another file",
        "--record",
      );
    }
  }

  /** The exit code first, as a broken pipe on stdout ends the process. */
  async #deliver(
    result: ConnectResult,
    files: readonly ReportFile<ConnectFormatId>[],
    isNdjson: boolean,
  ): Promise<void> {
    const { connectFormat } = await import("../report/connect/catalog.ts");
    const { connectExitCode } = await import("./shared/connect-exit.ts");
    const { writeConnectReports } = await import("./shared/connect-reports.ts");
    const { tellJob } = await import("./shared/github-job.ts");
    this.leave(connectExitCode(result));
    const unwritten = await writeConnectReports(result, files);
    if (this.wantsJson) this.emit(result);
    const text = connectFormat("text");
    // Stdout belongs to the lines.
    if (isNdjson) this.note(text.render(result, this.terminal(process.stderr)));
    else this.show(text.render(result, this.terminal()));
    if (!isNdjson) {
      await tellJob((format) => connectFormat(format).render(result, { width: 120, color: 0 }), {
        environment: process.env,
        show: (commands) => this.showCommands(commands),
        note: (remark) => this.note(remark),
      });
    }
    if (unwritten !== undefined) throw unwritten;
  }

  async #printSchema(): Promise<void> {
    const { connectSchema, connectPathSchema } = await import("../report/schemas/connect.ts");
    await this.emitSchema([connectSchema, connectPathSchema]);
  }
}

interface Settings {
  readonly interactive: boolean | undefined;
  readonly replay: string | undefined;
  readonly record: string | undefined;
  readonly hex: boolean | undefined;
  readonly "exit-on-eof": string | undefined;
  readonly expect: readonly string[] | undefined;
  readonly out: string | undefined;
  readonly report: string | undefined;
  readonly csv: string | undefined;
  readonly junit: string | undefined;
  readonly markdown: string | undefined;
  readonly trace: boolean | undefined;
  readonly ndjson: boolean | undefined;
}

function isReported({ out, report, csv, junit, markdown }: Settings): boolean {
  return [out, report, csv, junit, markdown].some((path) => path !== undefined);
}

/** A pipe, a file or a socket stands behind standard input; a terminal or /dev/null does not count. */
function isPiped(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
}
