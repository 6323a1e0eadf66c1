/** `netkit stats import`: another tool's results as a run that every other stats command reads. */
import { createReadStream } from "node:fs";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { usageError, wrapSystemError } from "../../core/errors.ts";
import type { ImporterId } from "../../engine/stats/import/catalog.ts";
import type { ValueUnit } from "../../engine/stats/import/importer.ts";
import { NetkitCommand } from "../shared/base-command.ts";

const SOURCES = [
  "wrk2",
  "hdr-log",
  "k6-json",
  "vegeta",
  "autocannon",
] as const satisfies readonly ImporterId[];

/** Imports the results of another tool. */
export default class StatsImport extends NetkitCommand {
  static override summary = "Results of wrk2, k6, vegeta, autocannon or an HdrHistogram log as a run.";

  static override description =
    `Reads what the other tool wrote, gzipped or not, and writes a netkit.run/1 that stats, compare, merge and export take. Nothing is invented: what the source does not hold, and what is only approximate, stands in the run's reasons, and its verdict is suspect.

wrk2: the text of --latency. hdr-log: any HdrHistogram log. k6-json: --out json. vegeta: encode --to json or csv. autocannon: --json. Without --from the file is recognised by its first lines.

Exit codes:
0 imported
2 bad flag, or a file that is not what it should be, is cut short or altered`;

  static override examples = [
    {
      description: "A run of vegeta",
      command: "vegeta encode --to json results.bin | <%= config.bin %> <%= command.id %> - --out run.json",
    },
    {
      description: "wrk2's text",
      command: "<%= config.bin %> <%= command.id %> wrk2.txt --from wrk2 --out run.json",
    },
  ];

  static override usage = "<%= command.id %> FILE [FLAGS]";

  static override args = {
    file: Args.string({ description: "Results of another tool; - is standard input", ignoreStdin: true }),
  };

  static override flags = {
    from: Flags.string({ summary: "Which tool wrote it. Default: recognised.", options: [...SOURCES] }),
    out: Flags.string({ summary: "Write the run to this file (schema netkit.run/1).", helpValue: "<file>" }),
    unit: Flags.string({
      summary: "Of the values of an HdrHistogram log.",
      options: ["ns", "us", "ms", "s"],
    }),
    tag: Flags.string({ summary: "Which series of an HdrHistogram log that has several." }),
    "started-at": Flags.string({
      summary: "When the run began, where the file does not say.",
      helpValue: "<ISO 8601>",
    }),
  };

  async run(): Promise<void> {
    const settings = await this.settings(StatsImport);
    if (settings["json-schema"] === true) {
      const { runSchema } = await import("../../report/schemas/run.ts");
      return await this.emitSchema([runSchema]);
    }
    const { importRun } = await import("../../engine/stats/import/import-run.ts");
    const { checkWritable, writeFileAtomically } = await import("../shared/write-file.ts");
    const { runFormat } = await import("../../report/catalog.ts");
    const { file, from, out, unit, tag } = settings;
    if (file === undefined)
      throw usageError("stats import needs a file", "name one, or - for standard input");
    const startedAt = instant(settings["started-at"]);
    if (out !== undefined) await checkWritable(out);
    const name = file === "-" ? "standard input" : file;
    const context = {
      name,
      version: this.config.version,
      startedAt,
      unit: unit as ValueUnit | undefined,
      tag,
    };
    const bytes: AsyncIterable<Uint8Array> = file === "-" ? process.stdin : createReadStream(file);
    const run = await importRun(bytes, from as ImporterId | undefined, context).catch((error: unknown) => {
      throw typeof (error as { syscall?: unknown }).syscall === "string"
        ? wrapSystemError(error, "read", name)
        : error;
    });
    const terminal = this.terminal();
    if (out !== undefined) await writeFileAtomically(out, runFormat("json").render(run, terminal));
    if (this.wantsJson) this.emit(run);
    this.show(runFormat("text").render(run, terminal));
  }
}

function instant(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const found = new Date(text);
  if (!Number.isNaN(found.getTime())) return found;
  throw usageError(`"${text}" is no instant`, "write it like 2026-03-01T12:00:00Z", "--started-at");
}
