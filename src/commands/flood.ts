/**
 * `netkit flood`: flags to a FloodPlan, the engine, the result to files, stdout and the exit code.
 */
import { availableParallelism } from "node:os";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { EXIT } from "../core/errors.ts";
import type { RunResult } from "../engine/flood/result.ts";
import { NetkitCommand } from "./shared/base-command.ts";
import type { EmbeddedTarget } from "./shared/embedded-target.ts";
import { countFlag, durationFlag, rateFlag, shown } from "./shared/flag-types.ts";
import { requestFlags, tlsFlags } from "./shared/request-flags.ts";

/** Measures load: flags to a FloodPlan, the engine, the result to files, stdout and the exit code. */
export default class Flood extends NetkitCommand {
  static override summary = "Drive an HTTP server with load and measure what it does.";

  static override description =
    `Closed loop by default: every connection sends its next request when an answer came, as fast as the target allows. With --rate the loop is open: request k is due at its instant whatever happened before, and the response time counts from then, so a stall shows in every request it delays.

Without a URL, flood starts a server of its own and floods that. Several URLs take turns; they must share one origin. Certificates are verified unless --insecure.

No sample is invented: a request unanswered at its time-out or at the end of the run counts as unanswered, at its age, as "at least this long". A status of 400 or more is an error. Failures have a latency of their own.

Expectations decide the exit code: a metric, one of < <= > >= == !=, and a limit. The metrics:
- p50 to p99.99, min, mean, max: of the response time (or response.p99)
- service.p99 and so on: of the service time, which counts from sending
- likewise lateness. firstByte. connect. tls. dns. failed.
- error_rate (failures and time-outs), censored_rate (all unanswered)
- rate (requests per second), throughput (bytes received per second)
- requests, succeeded, failed, censored

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
      description: "Read one figure of the result",
      command: "<%= config.bin %> <%= command.id %> http://127.0.0.1:8080/ --json | jq .latency.response.p99",
    },
    {
      description: "Keep the result for later",
      command: "<%= config.bin %> <%= command.id %> http://127.0.0.1:8080/ --out run.json",
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
      description: "What to flood (http: or https:). Default: a server of its own",
      multiple: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    connections: countFlag({ char: "c", summary: "Connections at once.", defaultHelp: shown("50") }),
    depth: countFlag({
      summary: "Requests in flight on one connection (pipelining).",
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
    "new-connection": Flags.boolean({ summary: "A new connection for every request.", helpGroup: "request" }),
    ...tlsFlags,
    out: Flags.string({
      summary: "Write the result to this file (schema netkit.run/1).",
      helpValue: "<file>",
      helpGroup: "output",
    }),
  };

  static override alternatives = [
    ["duration", "requests"],
    ["body", "body-file"],
    ["basic-auth", "bearer"],
  ];

  async run(): Promise<void> {
    const settings = await this.settings(Flood);
    if (settings["json-schema"] === true) return await this.#printSchema();
    const { parseExpectation } = await import("../core/expectation.ts");
    const { checkExpectations } = await import("../engine/flood/expectations.ts");
    const { buildFloodPlan } = await import("./shared/flood-plan.ts");
    const { readInput } = await import("./shared/read-input.ts");
    const { checkWritable } = await import("./shared/write-file.ts");
    const { runFloodSession } = await import("./shared/flood-session.ts");

    // Everything that can be refused is refused before the first connection.
    const expectations = (settings.expect ?? []).map((text) => parseExpectation(text));
    const baseline = settings.baseline === undefined ? undefined : await this.#baseline(settings.baseline);
    if (settings.out !== undefined) await checkWritable(settings.out);
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
    await this.#deliver(result, settings.out);
  }

  async #baseline(path: string): Promise<RunResult> {
    const { readBaseline } = await import("./shared/baseline-file.ts");
    const { readInput } = await import("./shared/read-input.ts");
    return await readBaseline(path, readInput);
  }

  async #ownTarget(): Promise<EmbeddedTarget> {
    const { embeddedTarget } = await import("./shared/embedded-target.ts");
    return await embeddedTarget((text) => this.note(text));
  }

  /**
   * The exit code first, as a broken pipe on stdout ends the process; then the file, so that the pipe does not
   * cost it. A file that cannot be written does not cost the result on stdout either.
   */
  async #deliver(result: RunResult, out: string | undefined): Promise<void> {
    const { runFormat } = await import("../report/catalog.ts");
    const { floodExitCode, unreachableError } = await import("./shared/exit-code.ts");
    const { writeFileAtomically } = await import("./shared/write-file.ts");

    const terminal = this.terminal();
    const code = floodExitCode(result);
    this.leave(code);
    let unwritten: unknown;
    if (out !== undefined) {
      const written = writeFileAtomically(out, runFormat("json").render(result, terminal));
      unwritten = await written.catch((error: unknown) => error);
    }
    if (this.wantsJson) this.emit(result);
    this.show(runFormat("text").render(result, terminal));
    if (code === EXIT.unreachable) await this.present(unreachableError(result));
    if (unwritten !== undefined) throw unwritten;
  }

  async #printSchema(): Promise<void> {
    const [{ toJsonSchema }, { runSchema }, { errorSchema }] = await Promise.all([
      import("../report/schemas/json-schema.ts"),
      import("../report/schemas/run.ts"),
      import("../report/schemas/error.ts"),
    ]);
    this.emit(toJsonSchema([runSchema, errorSchema]));
  }
}
