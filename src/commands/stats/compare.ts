/** `netkit stats compare`: two sides of saved runs to the engine, the verdicts to stdout, a file and the exit code. */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { EXIT, usageError } from "../../core/errors.ts";
import type { AaResult, CompareResult } from "../../engine/stats/compare/result.ts";
import type { CompareFormatId } from "../../report/compare/catalog.ts";
import type { ComparedRuns, FailOn } from "../../report/compare/format.ts";
import { NetkitCommand } from "../shared/base-command.ts";
import { compareReportFlags, NOT_OF_AA } from "../shared/compare-report-flags.ts";
import { countFlag, shareFlag, shown } from "../shared/flag-types.ts";
import type { ReportFile } from "../shared/report-files.ts";

/** Tells whether one side of runs is slower than the other. */
export default class StatsCompare extends NetkitCommand {
  static override summary = "Was it really slower? Two sides of saved runs, compared.";

  static override description =
    `Two files, or several a side with -- between them. Latencies of neighbouring seconds are alike, so intervals come from a moving-block bootstrap; with several runs a side the differences between runs count too, and a permutation test may overrule. Metrics are corrected for their number (Benjamini and Hochberg).

Each metric is better, worse, the same (its whole interval lies within --min-effect), or undecided, with the number of further runs that would likely tell. Runs of unlike plans or machines are refused unless --force.

Exit codes:
0 not worse
1 worse; or undecided, with --fail-on undecided
2 bad flag, a file that is no run, or runs that are unlike`;

  static override examples = [
    {
      description: "One run a side",
      command: "<%= config.bin %> <%= command.id %> before.json after.json",
    },
    {
      description: "Several a side: surer",
      command: "<%= config.bin %> <%= command.id %> before-1.json before-2.json -- after-1.json after-2.json",
    },
    {
      description: "In CI: neither worse nor unknown",
      command:
        "<%= config.bin %> <%= command.id %> base.json now.json --fail-on undecided --markdown comment.md",
    },
    {
      description: "Both sides in one page of charts",
      command: "<%= config.bin %> <%= command.id %> before.json after.json --report compare.html",
    },
    {
      description: "How often does this setup raise a false alarm?",
      command: "<%= config.bin %> <%= command.id %> base-1.json base-2.json base-3.json base-4.json --aa",
    },
  ];

  static override usage = "<%= command.id %> BASE... [--] CANDIDATE... [FLAGS]";

  static override args = {
    file: Args.string({ description: "Saved runs", multiple: true, ignoreStdin: true }),
  };

  static override flags = {
    "min-effect": shareFlag({ summary: "A change below this does not matter.", defaultHelp: shown("3%") }),
    "fail-on": Flags.string({
      summary: "What makes the exit code 1.",
      options: ["worse", "undecided", "never"],
      defaultHelp: shown("worse"),
    }),
    force: Flags.boolean({ summary: "Compare what is unlike, and say in what." }),
    aa: Flags.boolean({
      summary: "Split one side in two again and again: how often is that called a change?",
    }),
    seed: countFlag({ summary: "Of the bootstrap.", defaultHelp: shown("1") }),
    out: Flags.string({
      summary: "Write the result to this file (schema netkit.compare/1).",
      helpValue: "<file>",
      helpGroup: "output",
    }),
    ...compareReportFlags,
  };

  static override alternatives = NOT_OF_AA;

  async run(): Promise<void> {
    const settings = await this.settings(StatsCompare);
    if (settings["json-schema"] === true) return await this.#printSchema();
    const { readRunFile } = await import("../shared/run-file.ts");
    const { readInput } = await import("../shared/read-input.ts");
    const { compareReportFiles } = await import("../shared/compare-reports.ts");
    const { compareRuns } = await import("../../engine/stats/compare/compare.ts");
    const { testAlike } = await import("../../engine/stats/compare/aa.ts");

    const isAa = settings.aa === true;
    const [base, candidate] = sides(settings.file ?? [], this.argv, isAa);
    const files = await compareReportFiles(settings, [...base, ...candidate]);
    const read = (paths: readonly string[]) =>
      Promise.all(paths.map(async (name) => ({ name, run: await readRunFile(name, readInput) })));
    const options = {
      version: this.config.version,
      force: settings.force === true,
      ...(settings["min-effect"] === undefined ? {} : { minEffect: settings["min-effect"] }),
      ...(settings.seed === undefined ? {} : { seed: settings.seed }),
    };
    const failOn = (settings["fail-on"] ?? "worse") as FailOn;
    if (isAa) return await this.#deliverAa(testAlike(await read(base), options), failOn, settings.out);
    const runs = { base: await read(base), candidate: await read(candidate) };
    await this.#deliver(compareRuns(runs.base, runs.candidate, options), files, { failOn, runs });
  }

  /** The exit code first, as a broken pipe on stdout ends the process. */
  async #deliver(
    result: CompareResult,
    files: readonly ReportFile<CompareFormatId>[],
    options: { readonly failOn: FailOn; readonly runs: ComparedRuns },
  ): Promise<void> {
    const { deliverComparison } = await import("../shared/compare-reports.ts");
    this.leave(failsOn(result, options.failOn) ? EXIT.failed : EXIT.ok);
    await deliverComparison(result, files, options, {
      emit: (document) => this.wantsJson && this.emit(document),
      show: (text) => this.show(text),
      showCommands: (text) => this.showCommands(text),
      note: (text) => this.note(text),
      terminal: this.terminal(),
    });
  }

  async #deliverAa(result: AaResult, failOn: FailOn, out: string | undefined): Promise<void> {
    const { renderAa } = await import("../../report/compare/text.ts");
    const { renderJsonFile } = await import("../../report/json.ts");
    const { writeFileAtomically } = await import("../shared/write-file.ts");
    this.leave(failsOn(result, failOn) ? EXIT.failed : EXIT.ok);
    if (out !== undefined) await writeFileAtomically(out, renderJsonFile(result));
    if (this.wantsJson) this.emit(result);
    this.show(renderAa(result, this.terminal()));
  }

  async #printSchema(): Promise<void> {
    const { compareSchema, aaSchema } = await import("../../report/schemas/compare.ts");
    await this.emitSchema([compareSchema, aaSchema]);
  }
}

/** Two files are a side each; more need the dashes, since nobody can tell where one side ends. */
function sides(
  files: readonly string[],
  argv: readonly string[],
  isAa: boolean,
): readonly [base: readonly string[], candidate: readonly string[]] {
  if (isAa) {
    if (files.length > 0 && !argv.includes("--")) return [files, []];
    throw usageError("--aa takes one side", "name its runs, without -- between them", "--aa");
  }
  const dashes = argv.indexOf("--");
  if (dashes >= 0) {
    const after = argv.slice(dashes + 1);
    const flag = after.find((word) => word.startsWith("--"));
    if (flag !== undefined) throw usageError(`${flag} stands behind the --`, "name flags before it", flag);
    const base = files.slice(0, files.length - after.length);
    if (base.length > 0 && after.length > 0) return [base, after];
  } else if (files.length === 2) return [[files[0]!], [files[1]!]];
  throw usageError(
    files.length < 2 ? "a comparison needs two sides" : "nobody can tell where one side ends",
    "write it like netkit stats compare base.json candidate.json, or base-1.json base-2.json -- new-1.json new-2.json",
  );
}

/** Of an A/A split: more false alarms than one in twenty. */
function failsOn(result: CompareResult | AaResult, what: FailOn): boolean {
  if (what === "never") return false;
  if (result.mode === "aa") return result.falseAlarms > 0.05;
  return result.verdict === "worse" || (what === "undecided" && result.verdict === "undecided");
}
