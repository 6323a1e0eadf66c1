/** `netkit stats watch URL`: a live endpoint followed, with sparklines or a line an interval. */
import * as Args from "@oclif/core/args";
import { usageError } from "../../core/errors.ts";
import { NetkitCommand } from "../shared/base-command.ts";
import { countFlag, durationFlag } from "../shared/flag-types.ts";
import { EXPECTATION_HELP, liveFlags } from "../shared/stats-flags.ts";

/** Follows a live endpoint. */
export default class StatsWatch extends NetkitCommand {
  static override summary = "Follow a server's metrics: rates and percentiles, interval by interval.";

  static override description =
    `Scrapes again and again until --count, --duration or Ctrl-C, and then shows what it came to. On a terminal the picture is redrawn in place; elsewhere there is a line an interval. With --json each interval is a line (netkit.stats-interval/1), and the last line the whole (netkit.stats/1). Without a URL it is http://127.0.0.1:9090, the admin listener of netkit serve.

A scrape that fails is noted, and the next interval spans it; scrapes.failed counts them for --expect.

${EXPECTATION_HELP}

Exit codes:
0 done, and every expectation holds
1 an expectation is broken
2 bad flag, URL or expectation
3 not reached, or no metrics there
130 interrupted, with what was found until then`;

  static override examples = [
    { description: "netkit serve on this machine", command: "<%= config.bin %> <%= command.id %>" },
    {
      description: "One minute of requests and their latency",
      command:
        "<%= config.bin %> <%= command.id %> http://app.internal:9100/metrics --filter http_ --duration 1m",
    },
    {
      description: "For jq: a document an interval",
      command: "<%= config.bin %> <%= command.id %> localhost:9090 --interval 5s --json",
    },
  ];

  static override usage = "<%= command.id %> [URL] [FLAGS]";

  static override args = {
    url: Args.string({ description: "Where the metrics are", ignoreStdin: true }),
  };

  static override flags = {
    count: countFlag({ summary: "Intervals." }),
    duration: durationFlag({ char: "d", summary: "How long." }),
    ...liveFlags,
  };

  static override alternatives = [
    ["basic-auth", "bearer"],
    ["count", "duration"],
  ];

  async run(): Promise<void> {
    const settings = await this.settings(StatsWatch);
    if (settings["json-schema"] === true) return await this.#printSchema();
    const { planStats } = await import("../shared/stats-plan.ts");
    const { readInput } = await import("../shared/read-input.ts");
    const { statsSource } = await import("../shared/stats-source.ts");
    const source = await statsSource(settings.url);
    if (source.kind === "file") {
      throw usageError(
        `${source.path} is no URL, and a file does not move`,
        "name a server, like localhost:9090",
        source.path,
      );
    }
    const bounds = {
      count: settings.count ?? Number.POSITIVE_INFINITY,
      durationMs: settings.duration ?? Number.POSITIVE_INFINITY,
    };
    if (bounds.durationMs < (settings.interval ?? 1000)) {
      throw usageError(
        "--duration is shorter than one --interval",
        "make it longer, or --interval shorter",
        "--duration",
      );
    }
    const { plan, expectations } = await planStats(source.url, settings, bounds, { readBytes: readInput });
    const { runWatch, statsExitCode } = await import("../shared/stats-session.ts");
    const result = await runWatch(plan, {
      version: this.config.version,
      expectations,
      isQuiet: this.isQuiet,
      terminal: () => this.terminal(),
      rows: () => this.peopleStream.rows ?? 24,
      show: (text) => this.show(text),
      emit: this.wantsJson ? (interval) => this.emit(interval) : undefined,
    });
    this.leave(statsExitCode(result));
    if (this.wantsJson) this.emit(result);
    const { renderStats } = await import("../../report/stats/page.ts");
    this.show(`\n${renderStats(result, { ...this.terminal(), all: settings.all === true })}`);
  }

  async #printSchema(): Promise<void> {
    const { statsIntervalSchema, statsSchema } = await import("../../report/schemas/stats.ts");
    await this.emitSchema([statsIntervalSchema, statsSchema]);
  }
}
