/**
 * Where a setting comes from: a flag wins over the environment, the environment over the config file.
 *
 *     --connections 100  >  NETKIT_FLOOD_CONNECTIONS  >  NETKIT_CONNECTIONS  >  file, flood:  >  file, top level
 *
 * All layers go through the flag's own parser, so a value is accepted or refused alike wherever it stands.
 * Of settings that exclude each other the highest layer decides: `-n 100` on the command line puts a
 * `duration:` in the file out of force; two of them in one layer are an error.
 */
import type { Command } from "@oclif/core";
import { usageError } from "../../core/errors.ts";
import { closest } from "../../core/suggest.ts";
import type { ConfigFile } from "./config-file.ts";
import { FlagValueError } from "./flag-types.ts";
import { valueError } from "./usage-errors.ts";

/** What is used of an oclif flag definition. */
export interface SettingDefinition {
  readonly type: "boolean" | "option";
  readonly multiple?: boolean;
  readonly options?: readonly string[];
  readonly parse: (input: never, context: never, definition: never) => Promise<unknown>;
}

export interface Layers {
  readonly command: string;
  readonly definitions: Readonly<Record<string, SettingDefinition>>;
  /** Groups of settings of which one may be given. */
  readonly alternatives: readonly (readonly string[])[];
  /** What stood on the command line. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: ConfigFile | undefined;
}

/** Settings that make no sense outside the command line, or are needed before the layers exist. */
export const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(["config", "json-schema", "help", "version"]);

interface RawValue {
  readonly values: readonly string[];
  /** `NETKIT_RATE` or `netkit.yaml:3`. */
  readonly where: string;
}

type Lookup = (setting: string) => RawValue | undefined;

export async function resolveSettings(layers: Layers): Promise<Record<string, unknown>> {
  const names = Object.keys(layers.definitions).filter((name) => !COMMAND_LINE_ONLY.has(name));
  const settled: Record<string, unknown> = { ...layers.given };
  const given = Object.keys(layers.given).filter((name) => layers.given[name] !== undefined);
  const closed = new Set([...given, ...losers(given, layers.alternatives, (name) => `--${name}`)]);

  const lower: Lookup[] = [
    (name) => fromEnvironment(layers.environment, layers.command, name),
    (name) => layers.file?.lookup(layers.command, name),
  ];
  for (const lookup of lower) {
    const found = new Map<string, RawValue>();
    for (const name of names) {
      const raw = closed.has(name) ? undefined : lookup(name);
      if (raw !== undefined) found.set(name, raw);
    }
    for (const [name, raw] of found) {
      settled[name] = await convert(name, raw, layers.definitions[name]!);
      closed.add(name);
    }
    // A switch turned off is no choice between alternatives.
    const chosen = [...found.keys()].filter((name) => settled[name] !== false);
    const shown = (name: string) => `${name} (${found.get(name)?.where})`;
    for (const name of losers(chosen, layers.alternatives, shown)) closed.add(name);
  }
  return settled;
}

/** The other members of every group that one of `chosen` belongs to. */
function losers(
  chosen: readonly string[],
  alternatives: Layers["alternatives"],
  show: (name: string) => string,
): string[] {
  return alternatives.flatMap((group) => {
    const members = group.filter((name) => chosen.includes(name));
    if (members.length > 1) {
      throw usageError(
        `${members.map(show).join(" and ")} cannot be used together`,
        "keep one of them",
        members.map(show).join(", "),
      );
    }
    return members.length === 0 ? [] : group.filter((name) => name !== members[0]);
  });
}

/** `NETKIT_FLOOD_NEW_CONNECTION`, then `NETKIT_NEW_CONNECTION`. Empty counts as unset. */
export function environmentNames(command: string, setting: string): [string, string] {
  const tail = setting.toUpperCase().replaceAll("-", "_");
  return [`NETKIT_${command.toUpperCase().replaceAll(/[-: ]/g, "_")}_${tail}`, `NETKIT_${tail}`];
}

function fromEnvironment(
  environment: Layers["environment"],
  command: string,
  setting: string,
): RawValue | undefined {
  for (const where of environmentNames(command, setting)) {
    const text = environment[where];
    // Several values of one setting stand on lines of their own: a comma may be part of a value.
    if (text !== undefined && text !== "") return { values: text.split(/\r?\n/).filter(Boolean), where };
  }
  return undefined;
}

async function convert(name: string, raw: RawValue, definition: SettingDefinition): Promise<unknown> {
  if (definition.type === "boolean") return readSwitch(raw);
  if (definition.multiple !== true && raw.values.length !== 1) {
    throw usageError(`${name} takes one value, not ${raw.values.length}`, "keep one of them", raw.where);
  }
  const parsed: unknown[] = [];
  for (const text of raw.values) {
    if (definition.options !== undefined && !definition.options.includes(text)) {
      throw usageError(
        `"${text}" is not a choice of ${name}`,
        `use one of: ${definition.options.join(", ")}`,
        raw.where,
      );
    }
    try {
      parsed.push(await definition.parse(text as never, {} as never, definition as never));
    } catch (error) {
      throw valueError(error instanceof FlagValueError ? error.reason : error, `${name} (${raw.where})`);
    }
  }
  return definition.multiple === true ? parsed : parsed[0];
}

function readSwitch(raw: RawValue): boolean {
  const text = raw.values.join(" ").trim().toLowerCase();
  if (["true", "1", "yes", "on"].includes(text)) return true;
  if (["false", "0", "no", "off"].includes(text)) return false;
  throw usageError(`"${text}" is neither true nor false`, "write true or false", raw.where);
}

const PREFIX = "NETKIT_";

/** Variables that oclif itself reads, by the end of their names. */
const OCLIF_VARIABLES =
  /^NETKIT_(CONTENT_TYPE|DEBUG|REDIRECTED|(CONFIG|CACHE|DATA)_DIR|CONFIG|AC_.*|NPM_.*|.*_(SERVICE|PORT)(_.*)?)$/;

/** A NETKIT_ variable that nobody reads but that is one slip away from one that is read. */
export function misspeltVariables(
  environment: Layers["environment"],
  known: Readonly<Record<string, readonly string[]>>,
): { readonly name: string; readonly meant: string }[] {
  const names = new Set(
    Object.entries(known).flatMap(([command, settings]) =>
      settings.flatMap((setting) => environmentNames(command, setting)),
    ),
  );
  // What all have in common says nothing of how near they are.
  const words = Array.from(names, (name) => name.slice(PREFIX.length));
  return Object.keys(environment).flatMap((name) => {
    if (!name.startsWith(PREFIX) || names.has(name) || OCLIF_VARIABLES.test(name)) return [];
    const meant = closest(name.slice(PREFIX.length), words);
    return meant === undefined ? [] : [{ name, meant: `${PREFIX}${meant}` }];
  });
}

/** Flags as the layers see them; the arguments `URL...` join as the setting `url`. */
export function settingDefinitions(command: typeof Command): Record<string, SettingDefinition> {
  const flags = { ...command.baseFlags, ...command.flags } as unknown as Record<string, SettingDefinition>;
  const variadic = Object.entries(command.args).filter(([, argument]) => argument.multiple === true);
  const fromArguments = variadic.map(([name, argument]) => [
    name,
    { type: "option", multiple: true, parse: argument.parse as SettingDefinition["parse"] } as const,
  ]);
  return { ...flags, ...Object.fromEntries(fromArguments) };
}
