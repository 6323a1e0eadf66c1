import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfigFile, parseConfig } from "../../../src/commands/shared/config-file.ts";
import type { NetkitError } from "../../../src/core/errors.ts";

const KNOWN = { flood: ["connections", "rate", "expect"], serve: ["max-body", "threads"] };

async function refusal(text: string): Promise<NetkitError> {
  return await parseConfig(text, "netkit.yaml", KNOWN).then(
    () => expect.unreachable(),
    (error) => error,
  );
}

describe("the config file", () => {
  test("gives a command's own value before the shared one, with its line", async () => {
    const file = await parseConfig("# mine\nconnections: 10\nflood:\n  connections: 20\n", "n.yaml", KNOWN);
    expect(file.lookup("flood", "connections")).toEqual({ values: ["20"], where: "n.yaml:4" });
    expect(file.lookup("serve", "connections")).toEqual({ values: ["10"], where: "n.yaml:2" });
    expect(file.lookup("flood", "rate")).toBeUndefined();
  });

  test("may be empty, and may name a command without settings", async () => {
    for (const text of ["", "# nothing\n", "flood:\n", "{}"]) {
      const file = await parseConfig(text, "n.yaml", KNOWN);
      expect(file.lookup("flood", "rate")).toBeUndefined();
    }
  });

  test("an unknown key is refused with its line and the nearest key", async () => {
    const inside = await refusal("flood:\n  connections: 1\n  conections: 2\n");
    expect(inside.message).toBe('"conections" is not a setting (netkit.yaml:3)');
    expect(inside.why).toBe("flood has no flag of that name");
    expect(inside.next).toBe("did you mean connections?");
    expect(inside.exitCode).toBe(2);
    const outside = await refusal("rate: 1/s\nfloood:\n  rate: 1/s\n");
    expect(outside.message).toBe('"floood" is not a setting (netkit.yaml:2)');
    expect(outside.next).toBe("did you mean flood?");
  });

  test("a setting of another command in a command's section is refused", async () => {
    const error = await refusal("flood:\n  max-body: 1MB\n");
    expect(error.message).toBe('"max-body" is not a setting (netkit.yaml:2)');
  });

  test("a value of the wrong kind is refused with its line", async () => {
    expect((await refusal("flood:\n  rate:\n    per: second\n")).message).toBe(
      "flood.rate has a value of the wrong kind (netkit.yaml:2)",
    );
    expect((await refusal("- 1\n- 2\n")).message).toBe(
      "the file has a value of the wrong kind (netkit.yaml:1)",
    );
    expect((await refusal("just words")).message).toContain("the file has a value of the wrong kind");
  });

  test("text that is no YAML is refused with its line", async () => {
    const error = await refusal("flood:\n  expect: [p99<200ms\nrate: 5\n");
    expect(error.message).toMatch(/^netkit\.yaml:[34] is not YAML$/);
    expect(error.exitCode).toBe(2);
  });
});

describe("finding the config file", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "netkit-config-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test("netkit.yaml in the folder is optional, a named file is not", async () => {
    expect(await loadConfigFile(undefined, folder, KNOWN)).toBeUndefined();
    await expect(loadConfigFile(join(folder, "absent.yaml"), folder, KNOWN)).rejects.toMatchObject({
      code: "NK_CONFIG",
      stage: "config",
    });
    await writeFile(join(folder, "netkit.yaml"), "flood: {rate: 5/s}\n");
    const found = await loadConfigFile(undefined, folder, KNOWN);
    expect(found?.lookup("flood", "rate")).toEqual({ values: ["5/s"], where: "netkit.yaml:1" });
  });
});
