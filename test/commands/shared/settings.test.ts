import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/commands/shared/config-file.ts";
import { FlagValueError } from "../../../src/commands/shared/flag-types.ts";
import {
  environmentNames,
  type Layers,
  misspeltVariables,
  resolveSettings,
  type SettingDefinition,
} from "../../../src/commands/shared/settings.ts";
import { NetkitError } from "../../../src/core/errors.ts";
import { parseCount, parseDuration } from "../../../src/core/units.ts";

function option(read: (text: string) => unknown, extra: object = {}): SettingDefinition {
  return {
    type: "option",
    parse: async (text: string) => {
      try {
        return read(text);
      } catch (error) {
        throw new FlagValueError(error);
      }
    },
    ...extra,
  } as SettingDefinition;
}

const DEFINITIONS: Layers["definitions"] = {
  connections: option((text) => parseCount(text, 1)),
  duration: option(parseDuration),
  requests: option((text) => parseCount(text, 1)),
  arrival: option(String, { options: ["constant", "poisson"] }),
  header: option(String, { multiple: true }),
  "new-connection": { type: "boolean", parse: async (value: never) => value } as SettingDefinition,
  config: option(String),
};
const KNOWN = { flood: Object.keys(DEFINITIONS), serve: ["threads"] };

async function resolve(
  layers: { given?: object; environment?: Record<string, string>; file?: string } = {},
): Promise<Record<string, unknown>> {
  return await resolveSettings({
    command: "flood",
    definitions: DEFINITIONS,
    alternatives: [["duration", "requests"]],
    given: (layers.given ?? {}) as Record<string, unknown>,
    environment: layers.environment ?? {},
    file: layers.file === undefined ? undefined : await parseConfig(layers.file, "netkit.yaml", KNOWN),
  });
}

describe("precedence of settings", () => {
  const file = "connections: 1\nflood:\n  connections: 2\n";

  test("a flag wins over the environment, the environment over the file", async () => {
    const environment = { NETKIT_FLOOD_CONNECTIONS: "4", NETKIT_CONNECTIONS: "3" };
    expect(await resolve({ given: { connections: 5 }, environment, file })).toMatchObject({ connections: 5 });
    expect(await resolve({ environment, file })).toMatchObject({ connections: 4 });
    expect(await resolve({ environment: { NETKIT_CONNECTIONS: "3" }, file })).toMatchObject({
      connections: 3,
    });
    expect(await resolve({ file })).toMatchObject({ connections: 2 });
    expect(await resolve({ file: "connections: 1" })).toMatchObject({ connections: 1 });
    expect(await resolve()).toEqual({});
  });

  test("an empty variable counts as unset", async () => {
    expect(await resolve({ environment: { NETKIT_CONNECTIONS: "" }, file })).toMatchObject({
      connections: 2,
    });
  });

  test("of settings that exclude each other the highest layer decides", async () => {
    const lower = { environment: { NETKIT_DURATION: "20s" }, file: "flood: {requests: 7}" };
    expect(await resolve({ given: { requests: 9 }, ...lower })).toEqual({ requests: 9 });
    expect(await resolve(lower)).toEqual({ duration: 20_000 });
  });

  test("two that exclude each other in one layer are refused, with both places", async () => {
    const file = "flood:\n  requests: 7\n  duration: 3s\n";
    await expect(resolve({ file })).rejects.toThrow(
      "duration (netkit.yaml:3) and requests (netkit.yaml:2) cannot be used together",
    );
    await expect(resolve({ given: { requests: 1, duration: 2 } })).rejects.toThrow(
      "--duration and --requests cannot be used together",
    );
  });
});

describe("values from the environment and the file", () => {
  test("several values stand on lines of their own, or in a list", async () => {
    expect(await resolve({ environment: { NETKIT_HEADER: "A: 1, 2\nB: 3" } })).toEqual({
      header: ["A: 1, 2", "B: 3"],
    });
    expect(await resolve({ file: "flood:\n  header: ['A: 1', 'B: 2']" })).toEqual({
      header: ["A: 1", "B: 2"],
    });
    expect(await resolve({ file: "flood:\n  header: 'A: 1'" })).toEqual({ header: ["A: 1"] });
  });

  test("switches are read from words", async () => {
    expect(await resolve({ environment: { NETKIT_NEW_CONNECTION: "yes" } })).toEqual({
      "new-connection": true,
    });
    expect(await resolve({ file: "new-connection: false" })).toEqual({ "new-connection": false });
    await expect(resolve({ environment: { NETKIT_NEW_CONNECTION: "maybe" } })).rejects.toThrow(
      '"maybe" is neither true nor false',
    );
  });

  test("a bad value names its place, and is refused by the flag's own parser", async () => {
    const error: NetkitError = await resolve({ environment: { NETKIT_FLOOD_DURATION: "10" } }).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(NetkitError);
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe('"10" is not a duration');
    expect(error.subject).toBe("duration (NETKIT_FLOOD_DURATION)");
    expect(error.next).toContain("250ms");
    await expect(resolve({ file: "\nflood: {connections: many}" })).rejects.toMatchObject({
      subject: "connections (netkit.yaml:2)",
    });
    await expect(resolve({ file: "arrival: sometimes" })).rejects.toMatchObject({
      next: "use one of: constant, poisson",
    });
    await expect(resolve({ file: "duration: [1s, 2s]" })).rejects.toThrow("takes one value, not 2");
  });

  test("what exists for the command line only is not read from elsewhere", async () => {
    expect(await resolve({ environment: { NETKIT_FLOOD_CONFIG: "x" } })).toEqual({});
  });
});

describe("variables nobody reads", () => {
  test("one slip away from a setting is told, anything else is left alone", () => {
    const environment = {
      NETKIT_CONECTIONS: "1",
      NETKIT_FLOOD_DURATION: "1s",
      NETKIT_SERVICE_HOST: "10.0.0.1",
      NETKIT_PORT_8080_TCP: "tcp://10.0.0.1:8080",
      NETKIT_SOMETHING_ELSE: "1",
      NETKIT_COMPLETIONS_AT: "1",
      PATH: "/bin",
    };
    expect(misspeltVariables(environment, KNOWN)).toEqual([
      { name: "NETKIT_CONECTIONS", meant: "NETKIT_CONNECTIONS" },
    ]);
  });

  test("names are the flag's, in capitals, for one command or for all", () => {
    expect(environmentNames("pool-test", "max-in-flight")).toEqual([
      "NETKIT_POOL_TEST_MAX_IN_FLIGHT",
      "NETKIT_MAX_IN_FLIGHT",
    ]);
  });
});
