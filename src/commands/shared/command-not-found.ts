/**
 * oclif's `command_not_found` hook: a command that does not exist is a usage error like any other, exit 2,
 * with the nearest command's name, and a JSON document when `--json` is given.
 */
import type { Hook } from "@oclif/core";
import { type NetkitError, usageError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";
import { renderError } from "../../report/text/error.ts";
import { errorDocument, stackOf, wantsStack } from "./present-error.ts";
import { describeTerminal } from "./terminal.ts";

export function unknownCommand(typed: string, commands: readonly string[], bin: string): NetkitError {
  const word = typed.replaceAll(":", " ");
  return usageError(
    `${word} is not a command of ${bin}`,
    didYouMean(word, commands, (name) => `${bin} ${name}`, `see ${bin} --help`),
    word,
  );
}

const commandNotFound: Hook<"command_not_found"> = async ({ id, argv = [], config }) => {
  const commands = config.commands.filter((command) => !command.hidden).map((command) => command.id);
  const error = unknownCommand(id, commands, config.bin);
  const withStack = wantsStack(process.env.DEBUG);
  if (argv.includes("--json")) {
    process.stdout.write(`${JSON.stringify(errorDocument(error, "", withStack))}\n`);
  }
  process.stderr.write(renderError(error, config.bin, describeTerminal(process.stderr, process.env)));
  if (withStack) process.stderr.write(`${stackOf(error)}\n`);
  process.exitCode = error.exitCode;
};

export default commandNotFound;
