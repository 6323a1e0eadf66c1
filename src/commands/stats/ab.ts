/** `netkit stats ab`: two URLs to flood slices in turn, their pairs to the engine, the verdicts to stdout and files. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { EXIT, type ExitCode, NetkitError, usageError } from "../../core/errors.ts";
import type { RunResult } from "../../core/run-document.ts";
import type { AaResult, CompareResult } from "../../engine/stats/compare/result.ts";
import type { FailOn } from "../../report/compare/format.ts";
import { NetkitCommand } from "../shared/base-command.ts";
import { compareReportFlags, NOT_OF_AA } from "../shared/compare-report-flags.ts";
import { countFlag, durationFlag, rateFlag, shareFlag, shown } from "../shared/flag-types.ts";
import { requestFlags, tlsFlags } from "../shared/request-flags.ts";

const DEFAULTS = { durationMs: 30_000, sliceMs: 1_000, settleMs: 200, seed: 1 } as const;

/** Compares two URLs by short slices of load in turn. */
export default class StatsAb extends NetkitCommand {
  static override summary = "Which of two URLs is slower? Both under load in turn, in short slices.";

  static override description =
    `Runs both sides in pairs of short slices, each pair in an order by chance (--seed; two neighbouring pairs are ABBA or BAAB), with the same load, and compares within the pairs: what disturbs the machine for longer than a slice disturbs both sides alike. The first --settle of each slice is not counted; each slice opens its own connections.

Intervals come from the differences within pairs (Student's t), a sign-flip test over the pairs may overrule, and metrics are corrected for their number (Benjamini and Hochberg). Figures are means over slices. Pairs in which the generator was the limit are left out and counted.

Exit codes:
0 URL_B is not worse
1 worse; or undecided, with --fail-on undecided
2 bad flag or URL
3 a side could not be reached
4 the generator was the limit in too many slices
130 interrupted: the pairs so far are compared`;

  static override examples = [
    {
      description: "The service now and the new one",
      command:
        "<%= config.bin %> <%= command.id %> http://127.0.0.1:8080/ http://127.0.0.1:8081/ --rate 500/s -c 20",
    },
    {
      description: "Longer, in CI, every slice kept as a run",
      command:
        "<%= config.bin %> <%= command.id %> http://old:8080/ http://new:8080/ -d 2m --fail-on undecided --out ab/",
    },
    {
      description: "How often does this setup raise a false alarm?",
      command: "<%= config.bin %> <%= command.id %> http://127.0.0.1:8080/ --aa --rate 500/s",
    },
  ];

  static override usage = "<%= command.id %> URL_A URL_B [FLAGS]";

  static override args = {
    url: Args.string({ description: "Base, then candidate", multiple: true, ignoreStdin: true }),
  };

  static override flags = {
    connections: countFlag({ char: "c", summary: "Connections at once.", defaultHelp: shown("50") }),
    depth: countFlag({
      summary: "Requests in flight on one connection (pipelining).",
      defaultHelp: shown("1"),
      most: 10_000,
    }),
    duration: durationFlag({
      char: "d",
      summary: "Time to measure, of both sides together.",
      defaultHelp: shown("30s"),
    }),
    slice: durationFlag({ summary: "Time to measure one side at a stretch.", defaultHelp: shown("1s") }),
    settle: durationFlag({
      summary: "Load before each slice that is not counted.",
      defaultHelp: shown("200ms"),
    }),
    rate: rateFlag({ summary: "Open loop: requests per second, whatever the target does." }),
    arrival: Flags.string({
      summary: "Open loop: evenly spaced, or random as independent users are.",
      options: ["constant", "poisson"],
      defaultHelp: shown("constant"),
    }),
    timeout: durationFlag({
      summary: "Time for one request, and for connecting.",
      defaultHelp: shown("10s"),
    }),
    threads: countFlag({
      summary: "Threads that send.",
      defaultHelp: shown("one less than there are cores"),
      most: 1024,
    }),
    "min-effect": shareFlag({ summary: "A change below this does not matter.", defaultHelp: shown("3%") }),
    "fail-on": Flags.string({
      summary: "What makes the exit code 1.",
      options: ["worse", "undecided", "never"],
      defaultHelp: shown("worse"),
    }),
    aa: Flags.boolean({
      summary: "One URL on both sides, dealt again and again: how often is that called a change?",
    }),
    seed: countFlag({ summary: "Of the order of slices and the tests.", defaultHelp: shown("1") }),
    ...requestFlags,
    ...tlsFlags,
    out: Flags.string({
      summary: "Write every slice as a run, and compare.json, into this folder.",
      helpValue: "<folder>",
      helpGroup: "output",
    }),
    ...compareReportFlags,
  };

  static override alternatives = [["body", "body-file"], ["basic-auth", "bearer"], ...NOT_OF_AA];

  async run(): Promise<void> {
    const settings = await this.settings(StatsAb);
    if (settings["json-schema"] === true) return await this.#printSchema();
    const { buildFloodPlan } = await import("../shared/flood-plan.ts");
    const { readInput } = await import("../shared/read-input.ts");
    const { runAbSession } = await import("../shared/ab-session.ts");
    const { compareReportFiles } = await import("../shared/compare-reports.ts");
    const { orderOfPairs } = await import("../../engine/stats/ab/slices.ts");
    const { comparePairs, testPairsAlike } = await import("../../engine/stats/ab/compare-pairs.ts");

    const isAa = settings.aa === true;
    const [a, b] = sides(settings.url ?? [], isAa);
    const slice = settings.slice ?? DEFAULTS.sliceMs;
    const pairs = await pairsIn(settings.duration ?? DEFAULTS.durationMs, slice);
    const seed = settings.seed ?? DEFAULTS.seed;
    // The folder of --out has the document.
    const files = await compareReportFiles({ ...settings, out: undefined }, []);
    const folder = settings.out === undefined ? undefined : await this.#folder(settings.out);
    // Standard input can be read once only, and both sides send the same body.
    const read = new Map<string, Promise<Uint8Array>>();
    const readBytes = (path: string): Promise<Uint8Array> => {
      const known = read.get(path) ?? readInput(path);
      read.set(path, known);
      return known;
    };
    const inputs = { readBytes, parallelism: availableParallelism() };
    const perSlice = { ...settings, duration: slice, warmup: settings.settle ?? DEFAULTS.settleMs };
    const plans = {
      a: await buildFloodPlan(perSlice, [a], inputs),
      b: await buildFloodPlan(perSlice, [b], inputs),
    };
    const found = await runAbSession(plans, {
      version: this.config.version,
      order: orderOfPairs(pairs, seed),
      terminal: this.terminal(process.stderr),
      isQuiet: this.isQuiet,
      note: (text) => this.note(text),
    });
    const named = found.pairs.map((pair, at) => ({
      a: { name: sliceName("a", at), run: pair.a },
      b: { name: sliceName("b", at), run: pair.b },
    }));
    await checkMeasured(named, found);
    if (found.invalid > 0) {
      this.note(`${found.invalid} of ${pairs} pairs are left out: the generator was the limit in them`);
    }
    if (found.interrupted) this.note(`interrupted: ${named.length} of ${pairs} pairs are compared`);
    const options = {
      version: this.config.version,
      seed,
      interrupted: found.interrupted,
      leftOut: found.invalid,
      ...(settings["min-effect"] === undefined ? {} : { minEffect: settings["min-effect"] }),
    };
    const result = isAa ? testPairsAlike(named, options) : comparePairs(named, options);
    const failOn = (settings["fail-on"] ?? "worse") as FailOn;
    this.leave(found.interrupted ? EXIT.interrupted : exitCodeOf(result, failOn));
    if (folder !== undefined) await this.#keep(folder, result, named);
    if (result.mode === "aa") return await this.#deliverAa(result);
    const { deliverComparison } = await import("../shared/compare-reports.ts");
    const runs = { base: named.map(({ a }) => a), candidate: named.map(({ b }) => b) };
    await deliverComparison(
      result,
      files,
      { failOn, runs },
      {
        emit: (document) => this.wantsJson && this.emit(document),
        show: (text) => this.show(text),
        showCommands: (text) => this.showCommands(text),
        note: (text) => this.note(text),
        terminal: this.terminal(),
      },
    );
  }

  async #folder(path: string): Promise<string> {
    const { mkdir } = await import("node:fs/promises");
    const { checkWritable } = await import("../shared/write-file.ts");
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw new NetkitError("file", "NK_FOLDER", `cannot use ${path} as a folder`, {
        subject: path,
        why: error instanceof Error ? error.message : String(error),
        next: "name a folder that exists or can be made with --out",
        cause: error,
      });
    }
    await checkWritable(join(path, "compare.json"));
    return path;
  }

  async #keep(
    folder: string,
    result: CompareResult | AaResult,
    pairs: readonly Readonly<Record<"a" | "b", { readonly name: string; readonly run: object }>>[],
  ): Promise<void> {
    const { renderJsonFile } = await import("../../report/json.ts");
    const { writeFileAtomically } = await import("../shared/write-file.ts");
    for (const { name, run } of pairs.flatMap(({ a, b }) => [a, b])) {
      await writeFileAtomically(join(folder, `${name}.json`), renderJsonFile(run));
    }
    await writeFileAtomically(join(folder, "compare.json"), renderJsonFile(result));
  }

  async #deliverAa(result: AaResult): Promise<void> {
    const { renderAa } = await import("../../report/compare/text.ts");
    if (this.wantsJson) this.emit(result);
    this.show(renderAa(result, this.terminal()));
  }

  async #printSchema(): Promise<void> {
    const { compareSchema, aaSchema } = await import("../../report/schemas/compare.ts");
    await this.emitSchema([compareSchema, aaSchema]);
  }
}

function sides(urls: readonly string[], isAa: boolean): readonly [string, string] {
  const [a, b, ...more] = urls;
  if (a !== undefined && more.length === 0 && (b === undefined) === isAa) return [a, b ?? a];
  throw usageError(
    isAa ? "--aa takes one URL" : "an A/B takes two URLs",
    isAa
      ? "netkit stats ab http://127.0.0.1:8080/ --aa"
      : "netkit stats ab http://127.0.0.1:8080/ http://127.0.0.1:8081/",
  );
}

async function pairsIn(durationMs: number, sliceMs: number): Promise<number> {
  const { LEAST_PAIRS } = await import("../../engine/stats/ab/slices.ts");
  if (sliceMs < 100)
    throw usageError("--slice must be at least 100ms", "write it like --slice 1s", "--slice");
  const pairs = Math.floor(durationMs / (2 * sliceMs));
  if (pairs >= LEAST_PAIRS) return pairs;
  throw usageError(
    `--duration holds ${pairs} pairs of slices, and ${LEAST_PAIRS} are the fewest that can tell`,
    `use --duration ${(LEAST_PAIRS * 2 * sliceMs) / 1000}s or more, or a shorter --slice`,
    "--duration",
  );
}

function sliceName(side: string, at: number): string {
  return `${side}-${String(at + 1).padStart(3, "0")}`;
}

/** @throws NetkitError when nothing was left to compare: exit 3, 4 or 130 */
async function checkMeasured(
  pairs: readonly Readonly<Record<"a" | "b", { readonly run: RunResult }>>[],
  { invalid, interrupted }: { readonly invalid: number; readonly interrupted: boolean },
): Promise<void> {
  const { LEAST_PAIRS } = await import("../../engine/stats/ab/slices.ts");
  const { answers } = await import("../../report/run-reading.ts");
  const { unreachableError } = await import("../shared/exit-code.ts");
  for (const side of ["a", "b"] as const) {
    const [first] = pairs;
    if (first !== undefined && pairs.every((pair) => answers(pair[side].run) === 0)) {
      throw unreachableError(first[side].run);
    }
  }
  if (interrupted || invalid === 0 || pairs.length >= LEAST_PAIRS) return;
  throw new NetkitError(
    "measurement",
    "NK_GENERATOR_LIMIT",
    `only ${pairs.length} pairs of slices are valid`,
    {
      why: `the generator, not the target, was the limit in ${invalid} pairs`,
      next: "use a lower --rate or fewer --connections, a longer --duration, or a machine that is less busy",
    },
  );
}

function exitCodeOf(result: CompareResult | AaResult, what: FailOn): ExitCode {
  if (what === "never") return EXIT.ok;
  if (result.mode === "aa") return result.falseAlarms > 0.05 ? EXIT.failed : EXIT.ok;
  const fails = result.verdict === "worse" || (what === "undecided" && result.verdict === "undecided");
  return fails ? EXIT.failed : EXIT.ok;
}
