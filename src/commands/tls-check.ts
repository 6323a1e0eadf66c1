/**
 * `netkit tls-check`: flags to a CheckPlan, the engine, the result to files, stdout and the exit code.
 */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { CheckDocument } from "../engine/tls-check/document/model.ts";
import { NetkitCommand } from "./shared/base-command.ts";
import { countFlag, durationFlag, rateFlag, shareFlag, shown } from "./shared/flag-types.ts";

const file = (summary: string, helpGroup?: string) =>
  Flags.string({ summary, helpValue: "<file>", ...(helpGroup === undefined ? {} : { helpGroup }) });

/** Scans endpoints and certificate files under the same rules. */
export default class TlsCheck extends NetkitCommand {
  static override summary = "Scan TLS endpoints and certificate files by the same rules.";

  static override description =
    `A target is a URL (https: tls: wss: framed+tls: rediss: and, with STARTTLS, smtp: imap: pop3: ftp: ldap: xmpp: postgres: mysql:), a host, a file, or a folder of certificate and key files. Every address of a name is scanned, and differences between them are told.

A full scan finds versions, suites in the server's order, groups, signature schemes, certificates of every key type as sent on the wire, resumption, and known vulnerabilities: "vulnerable" is what a probe showed, "exposure" what is possible by what is offered. What was reset, cut or timed out is tried again and then is inconclusive, never "not offered".

Files may be PEM, DER, PKCS#7, PKCS#12 (--password-file), Java key stores, requests, revocation lists and keys; a key given beside an endpoint or a certificate has to belong to it.

Findings decide by --fail-on: a severity and what is above it, or the id of a rule; "medium" unless told otherwise, "none" for never. --explain says what a rule means and how to mend it, --list-rules names them all. A file of --waivers excuses findings until a day; an expired waiver fails.

Exit codes: 0 passed; 1 a finding of --fail-on, a policy that is not met, or an expired waiver; 2 bad flag, or a file that cannot be read; 3 a target was not reached, or what could have decided stayed inconclusive; 130 interrupted, with partial results. With --nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.`;

  static override examples = [
    {
      description: "Everything about one endpoint",
      command: "<%= config.bin %> <%= command.id %> https://example.com",
    },
    {
      description: "A mail server by STARTTLS, held against Mozilla's guideline",
      command: "<%= config.bin %> <%= command.id %> smtp://mail.example.com --policy intermediate",
    },
    {
      description: "Before a deployment: do certificate and key belong together, and does the chain hold?",
      command: "<%= config.bin %> <%= command.id %> fullchain.pem privkey.pem",
    },
    {
      description: "After it: does every address serve exactly this chain?",
      command: "<%= config.bin %> <%= command.id %> https://example.com --expect-cert fullchain.pem",
    },
    {
      description: "A thousand certificates in a pipeline, with reports",
      command:
        "<%= config.bin %> <%= command.id %> --targets hosts.txt --certificate-only --days 30 --junit tls.xml --sarif tls.sarif",
    },
    {
      description: "What will fail on the day the rules change",
      command: "<%= config.bin %> <%= command.id %> https://example.com --at 2027-03-15",
    },
  ];

  static override usage = "<%= command.id %> TARGET... [FLAGS]";

  static override args = {
    target: Args.string({
      description: "What to check: a URL, a host, a file or a folder",
      multiple: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    targets: file("More targets, one a line; - is standard input."),
    "certificate-only": Flags.boolean({ summary: "Look at certificates alone: one or two connections." }),
    sni: Flags.string({
      aliases: ["server-name"],
      summary: "Name to ask for and to find in the certificate. Default: the host.",
      helpValue: "<name>",
    }),
    days: countFlag({ summary: "Fewer days left are a finding.", least: 0, defaultHelp: shown("21") }),
    "lifetime-left": shareFlag({ summary: "Less of the lifetime left is a finding, like 33%." }),
    at: Flags.string({ summary: "Judge dates by this day.", helpValue: "<date>", defaultHelp: shown("now") }),
    "fail-on": Flags.string({
      summary: "Severity (low, medium, high, critical) or rule that fails the check; may be repeated.",
      helpValue: "<severity|rule>",
      multiple: true,
      multipleNonGreedy: true,
      defaultHelp: shown("medium"),
    }),
    policy: Flags.string({
      summary: "What has to be met: modern, intermediate, old (Mozilla), or a file.",
      helpValue: "<name|file>",
    }),
    waivers: file("Findings that are excused until a day, YAML or JSON."),
    cacert: file("Trust these authorities too.", "tls"),
    cert: file("Client certificate, PEM.", "tls"),
    key: file("Private key of --cert, PEM.", "tls"),
    "password-file": file("Password of PKCS#12 files and keys: its first line.", "tls"),
    "expect-cert": file("Every address must serve exactly this chain.", "tls"),
    "ct-logs": file("List of transparency logs (JSON, version 3) to verify timestamps by.", "tls"),
    revocation: Flags.boolean({
      summary: "Ask OCSP responders and fetch revocation lists.",
      helpGroup: "tls",
    }),
    "max-connections": countFlag({
      summary: "Connections to one address in all.",
      defaultHelp: shown("500"),
      helpGroup: "scan",
    }),
    concurrency: countFlag({
      summary: "Connections at once to one address.",
      defaultHelp: shown("8"),
      helpGroup: "scan",
      most: 1000,
    }),
    rate: rateFlag({ summary: "New connections per second to one address, at most.", helpGroup: "scan" }),
    timeout: durationFlag({
      summary: "For connecting, and for an answer.",
      defaultHelp: shown("5s"),
      helpGroup: "scan",
    }),
    retries: countFlag({
      summary: "How often an inconclusive probe is tried again.",
      defaultHelp: shown("2"),
      helpGroup: "scan",
      least: 0,
      most: 20,
    }),
    "parallel-targets": countFlag({
      summary: "Targets at once. Default: 4, or 32 with --certificate-only.",
      helpGroup: "scan",
      most: 1000,
    }),
    "no-intrusive": Flags.boolean({
      summary: "No vulnerability probes that send malformed records.",
      helpGroup: "scan",
    }),
    trace: Flags.boolean({ summary: "Show each hello on stderr, with its bytes.", helpGroup: "scan" }),
    explain: Flags.string({
      summary: "Say what a rule means and how to mend it, and stop.",
      helpValue: "<rule>",
      helpGroup: "rules",
    }),
    "list-rules": Flags.boolean({ summary: "Name all rules, and stop.", helpGroup: "rules" }),
    "input-schema": Flags.string({
      summary: "Print the JSON Schema of a file that is given, and stop.",
      options: ["policy", "waivers"],
      helpGroup: "rules",
    }),
    out: file("Write the result to this file (schema netkit.tls-check/1).", "output"),
    junit: file("Write JUnit XML.", "output"),
    sarif: file("Write SARIF 2.1.0.", "output"),
    markdown: file("Write Markdown, for a pull request.", "output"),
    csv: file("Write one line a finding.", "output"),
    html: file("Write a page of HTML.", "output"),
    prometheus: file("Write figures for the textfile collector.", "output"),
    nagios: Flags.boolean({
      summary: "Print one line, and leave like a plugin of Nagios.",
      helpGroup: "output",
    }),
  };

  static override alternatives = [
    ["explain", "list-rules", "input-schema"],
    ["nagios", "json"],
  ];

  async run(): Promise<void> {
    const settings = await this.settings(TlsCheck);
    if (settings["json-schema"] === true) return await this.#printSchema();
    if (settings["input-schema"] !== undefined) return await this.#printInputSchema(settings["input-schema"]);
    if (settings.explain !== undefined || settings["list-rules"] === true) {
      const { tellRules } = await import("./shared/tls-check-rules.ts");
      return tellRules(settings.explain, {
        terminal: this.terminal(),
        emit: this.wantsJson ? (document) => this.emit(document) : undefined,
        show: (text) => this.show(text),
      });
    }
    const { buildCheckPlan } = await import("./shared/tls-check-plan.ts");
    const { readWaivers } = await import("./shared/tls-check-files.ts");
    const { readInput } = await import("./shared/read-input.ts");
    const { checkReportFiles } = await import("./shared/report-files.ts");
    const { reportFiles } = await import("./shared/tls-check-reports.ts");
    const { runCheckSession } = await import("./shared/tls-check-session.ts");

    // Everything that can be refused is refused before the first connection.
    const files = reportFiles(settings);
    const {
      targets = [],
      waivers: waiverFile = [],
      policy = [],
      cacert = [],
      cert = [],
      key = [],
    } = settings;
    await checkReportFiles(
      files,
      [settings.target ?? [], targets, waiverFile, policy, cacert, cert, key].flat(),
    );
    const waivers = await readWaivers(settings.waivers, readInput);
    const plan = await buildCheckPlan(settings, { readBytes: readInput, nowMs: Date.now() });
    const document = await runCheckSession(plan, {
      version: this.config.version,
      waivers,
      traced: settings.trace === true,
      terminal: this.terminal(process.stderr),
      isQuiet: this.isQuiet,
      note: (text) => this.note(text),
    });
    await this.#deliver(document, files, settings.nagios === true);
  }

  /**
   * The exit code first, as a broken pipe on stdout ends the process; then the files, so that the pipe does not
   * cost them. A file that cannot be written costs neither the others nor what goes to stdout.
   */
  async #deliver(
    document: CheckDocument,
    files: Parameters<typeof import("./shared/tls-check-reports.ts").writeReports>[1],
    nagios: boolean,
  ): Promise<void> {
    const { writeReports, renderReport } = await import("./shared/tls-check-reports.ts");
    const { checkExitCode, nagiosExitCode } = await import("./shared/tls-check-exit.ts");
    this.leave(nagios ? nagiosExitCode(document) : checkExitCode(document));
    const unwritten = await writeReports(document, files);
    if (this.wantsJson) this.emit(document);
    this.show(renderReport(nagios ? "nagios" : "text", document, this.terminal()));
    if (process.env.GITHUB_ACTIONS === "true")
      this.showCommands(renderReport("github", document, this.terminal()));
    if (unwritten !== undefined) throw unwritten;
  }

  async #printInputSchema(name: string): Promise<void> {
    if (name === "policy") {
      const { policyJsonSchema } = await import("../engine/tls-check/policy/schema.ts");
      return this.emit(policyJsonSchema());
    }
    const { waiversJsonSchema } = await import("../engine/tls-check/waiver-file.ts");
    this.emit(waiversJsonSchema());
  }

  async #printSchema(): Promise<void> {
    const [{ tlsCheckSchema }, { tlsRulesSchema }] = await Promise.all([
      import("../report/schemas/tls-check.ts"),
      import("../report/schemas/tls-rules.ts"),
    ]);
    await this.emitSchema([tlsCheckSchema, tlsRulesSchema]);
  }
}
