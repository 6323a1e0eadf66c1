import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { errorDocument } from "../../src/commands/shared/present-error.ts";
import { NetkitError } from "../../src/core/errors.ts";
import { runFormat } from "../../src/report/catalog.ts";
import type { Agrees } from "../../src/report/schemas/agreement.ts";
import { errorSchema } from "../../src/report/schemas/error.ts";
import { toJsonSchema } from "../../src/report/schemas/json-schema.ts";
import { readySchema } from "../../src/report/schemas/ready.ts";
import { runSchema } from "../../src/report/schemas/run.ts";
import { serveStatsSchema } from "../../src/report/schemas/serve-stats.ts";
import { ALL_500, CALM, REFUSED, ROUGH, SILENT } from "./fixtures/run-result.ts";

function validator(...schemas: Parameters<typeof toJsonSchema>[0]) {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  return ajv.compile(toJsonSchema(schemas));
}

const READY = {
  schema: "netkit.ready/1",
  command: "serve",
  version: "0.1.0",
  pid: 7,
  listeners: [
    {
      scheme: "http",
      url: "http://127.0.0.1:1",
      address: "127.0.0.1",
      port: 1,
      path: null,
      fingerprint: null,
    },
  ],
  admin: null,
};

describe("printed JSON Schemas", () => {
  test("accept every result of a flood", () => {
    const validate = validator(runSchema);
    for (const result of [CALM, ROUGH, ALL_500, SILENT, REFUSED]) {
      const sent = JSON.parse(JSON.stringify(result));
      expect(validate(sent), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  test("refuse a missing field, an unknown field and a wrong kind, at every depth", () => {
    const validate = validator(runSchema);
    const { quality: _quality, ...missing } = CALM;
    expect(validate(missing)).toBe(false);
    expect(validate({ ...CALM, more: 1 })).toBe(false);
    expect(validate({ ...CALM, totals: { ...CALM.totals, requests: 1.5 } })).toBe(false);
    expect(validate({ ...CALM, rate: { ...CALM.rate, achieved: null } })).toBe(false);
    expect(validate({ ...CALM, quality: { ...CALM.quality, verdict: "good" } })).toBe(false);
  });

  test("describe every document of a command as one choice", () => {
    const error = new NetkitError("dns", "NK_DNS_NOT_FOUND", "no such host", { subject: "nowhere.example" });
    const flood = validator(runSchema, errorSchema);
    expect(flood(JSON.parse(JSON.stringify(CALM)))).toBe(true);
    expect(flood(errorDocument(error, "flood", false))).toBe(true);
    expect(flood(errorDocument(error, "flood", true))).toBe(true);
    expect(flood(READY)).toBe(false);
    const serve = validator(readySchema, serveStatsSchema, errorSchema);
    expect(serve(READY)).toBe(true);
    expect(serve({ ...READY, listeners: [] })).toBe(false);
  });
});

describe("agreement of schema and type", () => {
  test("fails to compile when either side has more", () => {
    const same: Agrees<{ a: string[] }, { readonly a: readonly string[] }> = true;
    // @ts-expect-error the type has a field more
    const less: Agrees<{ a: string }, { a: string; b: number }> = true;
    // @ts-expect-error the schema has a field more
    const more: Agrees<{ a: { b: string; c: null } }, { a: { b: string } }> = true;
    // @ts-expect-error a field may be null on one side only
    const wider: Agrees<{ a: string | null }, { a: string }> = true;
    expect([same, less, more, wider]).toHaveLength(4);
  });
});

describe("the catalog of formats", () => {
  test("the json format is the result itself", () => {
    expect(JSON.parse(runFormat("json").render(ROUGH, { width: 80, color: 0 }))).toEqual(
      JSON.parse(JSON.stringify(ROUGH)),
    );
  });
});
