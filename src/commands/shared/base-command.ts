/**
 * What every command shares: settings from flags, environment and file; one JSON document on stdout with
 * `--json` and people's text beside it on stderr; errors in the product's form; the exit code.
 *
 * A command implements `run`, ends with `leave(code)` or throws. Only a closed pipe ends the process early.
 */
import type { Interfaces } from "@oclif/core";
import { Command } from "@oclif/core/command";
import * as Flags from "@oclif/core/flags";
import type { ZodType } from "zod";
import { EXIT, type ExitCode, type NetkitError } from "../../core/errors.ts";
import type { ErrorDocument } from "../../report/schemas/error.ts";
import { type ConfigFile, type KnownSettings, loadConfigFile } from "./config-file.ts";
import { withoutCommands } from "./github-log.ts";
import { asNetkitError, errorDocument, stackOf, wantsStack } from "./present-error.ts";
import { COMMAND_LINE_ONLY, misspeltVariables, resolveSettings, settingDefinitions } from "./settings.ts";
import { describeTerminal, type Terminal } from "./terminal.ts";
import { translateParseError } from "./usage-errors.ts";

// oclif's own bound for what its parser returns.
// biome-ignore lint/suspicious/noExplicitAny: the types of the values are inferred from the flags
type Values = Record<string, any>;

export abstract class NetkitCommand extends Command {
  /** Groups of settings of which one may be given. */
  static alternatives: readonly (readonly string[])[] = [];

  // One with a letter first: oclif's help would shift the first of a group that has none.
  static override baseFlags = {
    quiet: Flags.boolean({
      char: "q",
      summary: "Print no text for people; the exit code and the files speak.",
      helpGroup: "general",
    }),
    json: Flags.boolean({
      summary: "Print one JSON document on stdout; text for people goes to stderr.",
      helpGroup: "general",
    }),
    "json-schema": Flags.boolean({
      summary: "Print the JSON Schema of what --json prints, and stop.",
      helpGroup: "general",
    }),
    config: Flags.string({
      summary: "Settings file. Default: netkit.yaml in the working directory, when there is one.",
      helpValue: "<file>",
      helpGroup: "general",
    }),
  };

  /** Until the settings are known, what stands on the command line. */
  #json = flagStands(this.argv, "--json") || isOn(process.env.NETKIT_JSON);
  #quiet = false;
  #emitted = false;

  /** Flags, environment and file, resolved. Values are what the flags' own parsers return. */
  protected async settings<F extends Values, B extends Values, A extends Values>(
    command: Interfaces.Input<F, B, A>,
  ): Promise<F & B & A> {
    const { flags, args } = await this.parse(command);
    const known = this.#knownSettings();
    const named = (flags as { config?: string }).config ?? process.env.NETKIT_CONFIG;
    const file: ConfigFile | undefined = await loadConfigFile(named || undefined, process.cwd(), known);
    const given = { ...flags, ...args } as Record<string, unknown>;
    const resolved = await resolveSettings({
      command: this.id ?? "",
      definitions: settingDefinitions(this.ctor),
      alternatives: (this.ctor as typeof NetkitCommand).alternatives,
      given,
      environment: process.env,
      file,
    });
    this.#json = resolved.json === true;
    this.#quiet = resolved.quiet === true;
    for (const { name, meant } of misspeltVariables(process.env, known)) {
      this.note(`${name} is not read by netkit; did you mean ${meant}?`);
    }
    return resolved as F & B & A;
  }

  /** Whether stdout belongs to one JSON document. */
  protected get wantsJson(): boolean {
    return this.#json;
  }

  protected get isQuiet(): boolean {
    return this.#quiet;
  }

  /** The stream that text for people goes to. */
  protected get peopleStream(): NodeJS.WriteStream {
    return this.#json ? process.stderr : process.stdout;
  }

  protected terminal(stream: NodeJS.WriteStream = this.peopleStream): Terminal {
    return describeTerminal(stream, process.env);
  }

  /** Text for people: stdout, or stderr when stdout belongs to the document. */
  protected show(text: string): void {
    this.showCommands(withoutCommands(text));
  }

  /** Text that a CI system reads commands from; made by a report that knows its rules. */
  protected showCommands(text: string): void {
    if (!this.#quiet) this.peopleStream.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** A remark beside the result: always stderr. */
  protected note(text: string): void {
    if (!this.#quiet) process.stderr.write(`${withoutCommands(text)}\n`);
  }

  /** The one JSON document of the run; an error after it is told in text only. */
  protected emit(document: object): void {
    this.#emitted = true;
    process.stdout.write(`${JSON.stringify(document)}\n`);
  }

  /** What `--json` prints: one of these documents, or an error. */
  protected async emitSchema(documents: readonly ZodType[]): Promise<void> {
    const [{ toJsonSchema }, { errorSchema }] = await Promise.all([
      import("../../report/schemas/json-schema.ts"),
      import("../../report/schemas/error.ts"),
    ]);
    this.emit(toJsonSchema([...documents, errorSchema]));
  }

  protected leave(code: ExitCode): void {
    process.exitCode = code;
  }

  override async init(): Promise<void> {
    await super.init();
    toleratePipes();
  }

  protected override async catch(thrown: Error): Promise<void> {
    // Raised by oclif itself to end the process with a code; nothing went wrong.
    if ((thrown as { code?: unknown }).code === "EEXIT") throw thrown;
    this.parsed = true;
    const error = asNetkitError(translateParseError(thrown, this.#words()) ?? thrown);
    // First: a closed pipe ends the process while the error is written.
    this.leave(error.exitCode);
    await this.present(error);
  }

  /** An error as text on stderr, and with `--json` as the document too, unless there was one already. */
  protected async present(error: NetkitError): Promise<void> {
    const withStack = wantsStack(process.env.DEBUG);
    if (this.#json && !this.#emitted) {
      const document: ErrorDocument = errorDocument(error, this.id ?? "", withStack);
      this.emit(document);
    }
    const { renderError } = await import("../../report/text/error.ts");
    const name = `${this.config.bin} ${(this.id ?? "").replaceAll(":", " ")}`.trim();
    process.stderr.write(withoutCommands(renderError(error, name, this.terminal(process.stderr))));
    if (withStack) process.stderr.write(`${stackOf(error)}\n`);
  }

  #words() {
    const flags = settingFlags(this.ctor);
    return { name: `${this.config.bin} ${(this.id ?? "").replaceAll(":", " ")}`.trim(), flags };
  }

  /** From oclif's list of commands, which a manifest provides without loading their modules. */
  #knownSettings(): KnownSettings {
    const own = this.config.commands.filter((command) => command.pluginName === this.config.pjson.name);
    return Object.fromEntries(
      own.map((command) => {
        const names = [...Object.keys(command.flags), ...Object.keys(command.args)];
        return [command.id, names.filter((name) => !COMMAND_LINE_ONLY.has(name))];
      }),
    );
  }
}

let pipesTolerated = false;

/**
 * `netkit … | head` closes the pipe early; that is no error of ours. A full disk behind stdout is one, told in
 * words. Text for people that cannot be shown costs nothing else. Once for the process.
 */
function toleratePipes(): void {
  if (pipesTolerated) return;
  pipesTolerated = true;
  // oclif's own listener throws what it does not know, with a stack trace.
  process.stdout.removeAllListeners("error");
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? EXIT.ok);
    const next = "check what stdout leads to and its free space; --out FILE keeps a result";
    process.stderr.write(`netkit: could not write to stdout\n  why  ${error.message}\n  try  ${next}\n`);
    process.exit(EXIT.usage);
  });
  process.stderr.on("error", () => {});
}

function settingFlags(command: typeof Command): string[] {
  const flags = { ...command.baseFlags, ...command.flags };
  return Object.entries(flags).flatMap(([name, flag]) =>
    flag.char === undefined ? [name] : [name, flag.char],
  );
}

function flagStands(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).includes(flag);
}

function isOn(text: string | undefined): boolean {
  return text !== undefined && ["1", "true", "yes", "on"].includes(text.toLowerCase());
}
