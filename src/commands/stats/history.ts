/** `netkit stats history`: folders or files of runs to the engine, levels and changes to stdout, a file, the exit code. */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { EXIT } from "../../core/errors.ts";
import type { MetricName } from "../../engine/stats/compare/result.ts";
import type { HistoryResult } from "../../engine/stats/history.ts";
import type { HistoryFormatId } from "../../report/history/catalog.ts";
import { failsChange, type HistoryFailOn } from "../../report/history/format.ts";
import type { TextOptions } from "../../report/text/style.ts";
import { NetkitCommand } from "../shared/base-command.ts";
import { shareFlag, shown } from "../shared/flag-types.ts";

const FORMATS = {
  out: "json",
  report: "html",
  csv: "csv",
  junit: "junit",
  markdown: "markdown",
} as const satisfies Record<string, HistoryFormatId>;

function reportFlag(summary: string) {
  return Flags.string({ summary, helpValue: "<file>", helpGroup: "output" });
}

/** Shows how the figures of many runs went over time, and where their level changed. */
export default class StatsHistory extends NetkitCommand {
  static override summary = "Many runs in the order of time: levels, and the runs at which they changed.";

  static override description =
    `Reads all *.json files of a folder, or the files named, in the order of their start. Each metric stands at a level until a change point (PELT on its logarithm; one odd run is no change). Of a folder, files that are no run are skipped and named; runs whose generator was the limit are left out and named.

Runs of unlike plans or machines are refused, with what differs; with --force each kind is a series of its own.

Exit codes:
0 shown
1 a level changed, with --fail-on change; or became worse, with --fail-on worse
2 bad flag, a file that is no run, or runs that are unlike`;

  static override examples = [
    { description: "A folder of nightly runs", command: "<%= config.bin %> <%= command.id %> nightly/" },
    {
      description: "Two metrics, and fail when either changed",
      command: "<%= config.bin %> <%= command.id %> nightly/ --metric p50 --metric p99 --fail-on change",
    },
    {
      description: "The runs at which p99 got worse",
      command:
        "<%= config.bin %> <%= command.id %> nightly/ --metric p99 --json | jq '.series[0].metrics[0].changes'",
    },
  ];

  static override usage = "<%= command.id %> DIR|FILE... [FLAGS]";

  static override args = {
    path: Args.string({ description: "A folder of runs, or runs", multiple: true, ignoreStdin: true }),
  };

  static override flags = {
    metric: Flags.string({
      summary: "Only this metric; may be repeated.",
      options: ["p50", "p90", "p99", "p99_9", "mean", "rate", "error_rate"],
      multiple: true,
      multipleNonGreedy: true,
    }),
    "min-effect": shareFlag({
      summary: "A change far below this is not looked for.",
      defaultHelp: shown("3%"),
    }),
    "fail-on": Flags.string({
      summary: "What makes the exit code 1.",
      options: ["change", "worse", "never"],
      defaultHelp: shown("never"),
    }),
    force: Flags.boolean({ summary: "Show what is unlike in series of their own." }),
    out: Flags.string({
      summary: "Write the result to this file (schema netkit.history/1).",
      helpValue: "<file>",
      helpGroup: "output",
    }),
    report: reportFlag("Write a page of HTML with charts, which needs no other file."),
    csv: reportFlag("Write a line of CSV for each run and metric."),
    junit: reportFlag("Write JUnit XML: a case for each metric."),
    markdown: reportFlag("Write it as Markdown."),
  };

  async run(): Promise<void> {
    const settings = await this.settings(StatsHistory);
    if (settings["json-schema"] === true) return await this.#printSchema();
    const { checkReportFiles, reportFilesOf, writeReportFiles } = await import("../shared/report-files.ts");
    const { tellJob } = await import("../shared/github-job.ts");
    const { readHistoryFiles } = await import("../shared/history-files.ts");
    const { historyOf } = await import("../../engine/stats/history.ts");
    const { historyFormat } = await import("../../report/history/catalog.ts");

    const files = reportFilesOf<keyof typeof FORMATS, HistoryFormatId>(FORMATS, settings);
    await checkReportFiles(files, settings.path ?? []);
    const { runs, skipped } = await readHistoryFiles(settings.path ?? []);
    const result = historyOf(runs, {
      version: this.config.version,
      skipped,
      force: settings.force === true,
      ...(settings.metric === undefined ? {} : { metrics: settings.metric as MetricName[] }),
      ...(settings["min-effect"] === undefined ? {} : { minEffect: settings["min-effect"] }),
    });
    const failOn = (settings["fail-on"] ?? "never") as HistoryFailOn;
    this.leave(failsOn(result, failOn) ? EXIT.failed : EXIT.ok);
    const render = (format: HistoryFormatId, text: TextOptions = { width: 120, color: 0 }) =>
      historyFormat(format).render(result, { ...text, failOn });
    const unwritten = await writeReportFiles(files, (format) => render(format));
    if (this.wantsJson) this.emit(result);
    this.show(render("text", this.terminal()));
    await tellJob((format) => render(format), {
      environment: process.env,
      show: (text) => this.showCommands(text),
      note: (text) => this.note(text),
    });
    if (unwritten !== undefined) throw unwritten;
  }

  async #printSchema(): Promise<void> {
    const { historySchema } = await import("../../report/schemas/history.ts");
    await this.emitSchema([historySchema]);
  }
}

function failsOn({ series }: HistoryResult, failOn: HistoryFailOn): boolean {
  const changes = series.flatMap(({ metrics }) => metrics.flatMap((metric) => metric.changes));
  return changes.some(({ verdict }) => failsChange(verdict, failOn));
}
