// Every rule on subjects that have what it looks for, and on subjects that have not.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { RULES } from "../../../../src/engine/tls-check/rules/catalog.ts";
import { CERTIFICATE_CASES } from "./cases/certificate.ts";
import { CHAIN_CASES } from "./cases/chain.ts";
import { CIPHER_CASES } from "./cases/cipher.ts";
import { FEATURE_CASES } from "./cases/feature.ts";
import { FILE_CASES } from "./cases/file.ts";
import { KEY_EXCHANGE_CASES } from "./cases/key-exchange.ts";
import { PROTOCOL_CASES } from "./cases/protocol.ts";
import { VULNERABILITY_CASES } from "./cases/vulnerability.ts";
import { type Cases, testRule } from "./contract.ts";

const CASES: Cases = {
  ...PROTOCOL_CASES,
  ...CIPHER_CASES,
  ...KEY_EXCHANGE_CASES,
  ...FEATURE_CASES,
  ...VULNERABILITY_CASES,
  ...CERTIFICATE_CASES,
  ...CHAIN_CASES,
  ...FILE_CASES,
};

const FOLDER = fileURLToPath(new URL("../../../../src/engine/tls-check/rules", import.meta.url));

/** Rule files: folder is what they are about, name is their id. */
const files = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "shared")
  .flatMap(({ name: about }) => readdirSync(join(FOLDER, about)).map((file) => ({ about, file })));

describe("the catalog", () => {
  test("lists every rule file, and nothing else", () => {
    expect(RULES.map(({ about, id }) => `${about}/${id}.ts`).sort()).toEqual(
      files.map(({ about, file }) => `${about}/${file}`).sort(),
    );
  });

  test.each(files)("$about/$file holds one rule, named as the file", async ({ about, file }) => {
    const exports: Record<string, unknown> = await import(join(FOLDER, about, file));
    expect(Object.values(exports)).toHaveLength(1);
    const [rule] = Object.values(exports) as (typeof RULES)[number][];
    expect(`${rule!.id}.ts`).toBe(file);
    expect(RULES).toContain(rule);
  });

  test("no id occurs twice", () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  });

  test.each(RULES)("$id explains itself", ({ id, title, why, fix, references }) => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(title).toMatch(/^\S.*[^.]$/);
    expect(why.length).toBeGreaterThan(60);
    expect(why).toMatch(/\.$/);
    expect(fix.length).toBeGreaterThan(10);
    if (!["endpoint-inconclusive", "certificate-unseen"].includes(id))
      expect(references.length).toBeGreaterThan(0);
  });
});

test("every rule has cases, and every case a rule", () => {
  expect(Object.keys(CASES).sort()).toEqual(RULES.map(({ id }) => id).sort());
});

for (const [id, cases] of Object.entries(CASES)) testRule(id, cases);
