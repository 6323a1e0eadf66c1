/** `netkit stats merge`: several runs of one plan as one file. */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { usageError } from "../../core/errors.ts";
import { NetkitCommand } from "../shared/base-command.ts";

/** Merges saved runs, exactly. */
export default class StatsMerge extends NetkitCommand {
  static override summary = "Several runs of one plan as the run that they are together.";

  static override description =
    `Counts and histograms add up, so every percentile is that of all requests together. Runs of unlike plans or machines, and runs that overlap in time, are refused.

Exit codes:
0 merged
2 bad flag, a file that is no run, or runs that cannot be one`;

  static override examples = [
    {
      description: "Three runs as one",
      command: "<%= config.bin %> <%= command.id %> run-1.json run-2.json run-3.json --out all.json",
    },
  ];

  static override usage = "<%= command.id %> FILE... [FLAGS]";

  static override args = {
    file: Args.string({ description: "Saved runs", multiple: true, ignoreStdin: true }),
  };

  static override flags = {
    out: Flags.string({
      summary: "Write the merged run to this file (schema netkit.run/1).",
      helpValue: "<file>",
    }),
  };

  async run(): Promise<void> {
    const settings = await this.settings(StatsMerge);
    if (settings["json-schema"] === true) return await this.#printSchema();
    const { readRunFile } = await import("../shared/run-file.ts");
    const { readInput } = await import("../shared/read-input.ts");
    const { checkWritable, writeFileAtomically } = await import("../shared/write-file.ts");
    const { mergeRuns } = await import("../../engine/stats/merge/merge.ts");
    const { runFormat } = await import("../../report/catalog.ts");

    const files = settings.file ?? [];
    if (files.length < 2) throw usageError("merging needs at least two files", "name two runs or more");
    if (settings.out !== undefined) await checkWritable(settings.out);
    const runs = await Promise.all(
      files.map(async (name: string) => ({ name, run: await readRunFile(name, readInput) })),
    );
    const merged = mergeRuns(runs);
    const terminal = this.terminal();
    if (settings.out !== undefined) {
      await writeFileAtomically(settings.out, runFormat("json").render(merged, terminal));
    }
    if (this.wantsJson) this.emit(merged);
    this.show(runFormat("text").render(merged, terminal));
  }

  async #printSchema(): Promise<void> {
    const { runSchema } = await import("../../report/schemas/run.ts");
    await this.emitSchema([runSchema]);
  }
}
