/** `netkit stats`: a saved run shown again in full, or a look at a live endpoint with rates and percentiles. */
import * as Args from "@oclif/core/args";
import { usageError } from "../core/errors.ts";
import { NetkitCommand } from "./shared/base-command.ts";
import { EXPECTATION_HELP, liveFlags } from "./shared/stats-flags.ts";
import type { LiveSettings } from "./shared/stats-plan.ts";

/** Shows a saved run or a live endpoint. */
export default class Stats extends NetkitCommand {
  static override summary =
    "Look at a live server's metrics, or read saved runs: show, compare, merge, export, follow.";

  static override description =
    `With a URL: the metrics of netkit serve, or of anything that Prometheus can scrape (its text format or OpenMetrics), two scrapes apart: rates of counters, percentiles of histograms. A bare origin is asked for /metrics. Without anything it is http://127.0.0.1:9090, the admin listener of netkit serve.

With a file: a run that netkit flood --out wrote, as it was shown when it ended. A file that exists wins.

${EXPECTATION_HELP}

Exit codes:
0 shown, and every expectation holds
1 an expectation is broken
2 bad flag, URL or expectation, or a file that is no run
3 not reached, or no metrics there
130 interrupted, with what was found until then`;

  static override examples = [
    { description: "netkit serve on this machine", command: "<%= config.bin %> <%= command.id %>" },
    {
      description: "Any exporter, and what of it matters",
      command: "<%= config.bin %> <%= command.id %> http://app.internal:9100/metrics --filter http_",
    },
    {
      description: "In CI: the server's own latency over ten seconds",
      command:
        "<%= config.bin %> <%= command.id %> localhost:9090 --interval 10s --expect 'netkit_serve_request_duration_seconds.p99<50ms'",
    },
    { description: "A run shown again", command: "<%= config.bin %> <%= command.id %> run.json" },
    {
      description: "Was it really slower?",
      command: "<%= config.bin %> <%= command.id %> compare before.json after.json",
    },
  ];

  static override usage = "<%= command.id %> [URL|FILE] [FLAGS]";

  static override args = {
    source: Args.string({
      description: "Where the metrics are, or a run; - is standard input",
      ignoreStdin: true,
    }),
  };

  static override flags = liveFlags;

  static override alternatives = [["basic-auth", "bearer"]];

  async run(): Promise<void> {
    const settings = await this.settings(Stats);
    if (settings["json-schema"] === true) return await this.#printSchema();
    const { statsSource } = await import("./shared/stats-source.ts");
    const source = await statsSource(settings.source);
    if (source.kind === "file") return await this.#showRun(source.path);
    await this.#look(source.url, settings, settings.all === true);
  }

  async #showRun(path: string): Promise<void> {
    this.#refuseLiveFlags(path);
    const { readRunFile } = await import("./shared/run-file.ts");
    const { readInput } = await import("./shared/read-input.ts");
    const { runFormat } = await import("../report/catalog.ts");
    const run = await readRunFile(path, readInput);
    if (this.wantsJson) this.emit(run);
    this.show(runFormat("text").render(run, this.terminal()));
  }

  /** Whoever expects something of a file would be told that it holds. From elsewhere they may be meant for others. */
  #refuseLiveFlags(path: string): void {
    const wrong = ["--expect", "--filter", "--interval"].find((flag) =>
      this.argv.some((text) => text === flag || text.startsWith(`${flag}=`)),
    );
    if (wrong === undefined) return;
    throw usageError(
      `${wrong} is for a live server, and ${path} is a file`,
      "name a URL like http://127.0.0.1:9090; netkit flood --expect checks a run",
      wrong,
    );
  }

  async #look(url: string, settings: LiveSettings, all: boolean): Promise<void> {
    const { planStats } = await import("./shared/stats-plan.ts");
    const { readInput } = await import("./shared/read-input.ts");
    const { runLook, statsExitCode } = await import("./shared/stats-session.ts");
    const bounds = { count: 1, durationMs: Number.POSITIVE_INFINITY };
    const { plan, expectations } = await planStats(url, settings, bounds, { readBytes: readInput });
    const result = await runLook(plan, {
      version: this.config.version,
      expectations,
      isQuiet: this.isQuiet,
      terminal: () => this.terminal(),
    });
    this.leave(statsExitCode(result));
    if (this.wantsJson) this.emit(result);
    const { renderStats } = await import("../report/stats/page.ts");
    this.show(renderStats(result, { ...this.terminal(), all }));
  }

  async #printSchema(): Promise<void> {
    const [{ runSchema }, { statsSchema }] = await Promise.all([
      import("../report/schemas/run.ts"),
      import("../report/schemas/stats.ts"),
    ]);
    await this.emitSchema([runSchema, statsSchema]);
  }
}
