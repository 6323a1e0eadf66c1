/** `netkit stats export`: a saved run in another form, to stdout or a file. */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { usageError } from "../../core/errors.ts";
import type { RunFormatId } from "../../report/catalog.ts";
import { NetkitCommand } from "../shared/base-command.ts";

/** For files and pipes; `text` is what `netkit stats FILE` shows. */
const FORMATS = [
  "html",
  "csv",
  "hdr-log",
  "hgrm",
  "markdown",
  "junit",
  "prometheus",
  "openmetrics",
  "json",
] as const satisfies readonly RunFormatId[];

/** Width of text that stands in a file. */
const WIDTH = 100;

/** Exports a saved run. */
export default class StatsExport extends NetkitCommand {
  static override summary = "A saved run as a web page, CSV, HdrHistogram log, JUnit, Markdown, metrics.";

  static override description = `Writes to standard output, or to the file of --out.

Exit codes:
0 written
2 bad flag, or a file that is no run`;

  static override examples = [
    {
      description: "A page to look at",
      command: "<%= config.bin %> <%= command.id %> run.json --format html --out run.html",
    },
    {
      description: "For HdrHistogram's own tools",
      command: "<%= config.bin %> <%= command.id %> run.json --format hdr-log > run.hlog",
    },
  ];

  static override usage = "<%= command.id %> FILE --format FORMAT [FLAGS]";

  static override args = {
    file: Args.string({ description: "A run; - is standard input", ignoreStdin: true }),
  };

  static override flags = {
    format: Flags.string({ summary: "Which form.", options: [...FORMATS] }),
    out: Flags.string({ summary: "Write to this file instead of standard output.", helpValue: "<file>" }),
  };

  async run(): Promise<void> {
    const settings = await this.settings(StatsExport);
    const { readRunFile } = await import("../shared/run-file.ts");
    const { readInput } = await import("../shared/read-input.ts");
    const { checkWritable, writeFileAtomically } = await import("../shared/write-file.ts");
    const { runFormat } = await import("../../report/catalog.ts");
    if (settings["json-schema"] === true || this.wantsJson) {
      throw usageError("stats export has no document of its own", "use --format json", "--json");
    }
    if (settings.file === undefined) throw usageError("stats export needs a file", "name a saved run");
    if (settings.format === undefined) {
      throw usageError(
        "stats export needs a format",
        `use --format with one of ${FORMATS.join(", ")}`,
        "--format",
      );
    }
    if (settings.out !== undefined) await checkWritable(settings.out);
    const run = await readRunFile(settings.file, readInput);
    const text = runFormat(settings.format as RunFormatId).render(run, { width: WIDTH, color: 0 });
    if (settings.out === undefined) process.stdout.write(text);
    else await writeFileAtomically(settings.out, text);
  }
}
