// Every scheme that connect takes has a probe, and every probe comes to an end whatever comes back.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SCHEMES, schemesFor } from "../../../../src/core/endpoint.ts";
import { alpnFor, PROBES, probeFor } from "../../../../src/engine/connect/probes/catalog.ts";
import { planOf } from "../../../support/probe-wire.ts";
import { outcomeOf } from "./outcome.ts";

const urlOf = (scheme: string) => `${scheme}://server.test:1234`;

test.each(schemesFor("connect"))("%s: has a probe of its protocol", (scheme) => {
  const plan = planOf(urlOf(scheme));
  expect(probeFor(plan.endpoint, plan).protocol).toBe(SCHEMES[scheme].protocol);
});

test("ids are unique", () => {
  expect(new Set(PROBES.map(({ id }) => id)).size).toBe(PROBES.length);
});

test.each([
  ["http", undefined, undefined, "http1"],
  ["http", "2", undefined, "http2"],
  ["http", "1.1", undefined, "http1"],
  ["h2c", undefined, undefined, "http2"],
  ["https", undefined, "h2", "http2"],
  ["https", undefined, "http/1.1", "http1"],
  ["https", undefined, undefined, "http1"],
  ["https", "2", undefined, "http2"],
  ["https", "1.1", "h2", "http1"],
] as const)("%s with --http %s and ALPN %s speaks %s", (scheme, http, alpn, id) => {
  expect(probeFor(planOf(urlOf(scheme)).endpoint, { http }, alpn).id).toBe(id);
});

test.each([
  ["https", undefined, ["h2", "http/1.1"]],
  ["https", "2", ["h2"]],
  ["https", "1.1", ["http/1.1"]],
  ["wss", undefined, ["http/1.1"]],
  ["tls", undefined, undefined],
  ["http", "2", undefined],
] as const)("%s with --http %s offers %j by ALPN", (scheme, http, offer) => {
  expect(alpnFor(planOf(urlOf(scheme)).endpoint, { http })).toEqual(offer);
});

describe.each(PROBES.filter(({ id }) => id !== "http2"))("$id", (probe) => {
  const scheme = schemesFor("connect").find((name) => SCHEMES[name].protocol === probe.protocol)!;
  const plan = planOf(urlOf(scheme), { patienceMs: 0 });
  // Beginnings that get past the first look.
  const starts = [
    "",
    "220 ",
    "* OK ",
    "+OK",
    "-ERR ",
    "HTTP/1.1 ",
    "R\0\0\0",
    "S",
    "N",
    "\n\0\0\0\n",
    "+PONG\r\n$",
  ];

  test("ends with facts or an error of its own, whatever comes back", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 60 }), fc.constantFrom("", "\r\n")),
          { maxLength: 5 },
        ),
        fc.integer({ min: 1, max: 20 }),
        async (list, every) => {
          const turns = list.map(([start, bytes, end]) =>
            Buffer.concat([Buffer.from(start), bytes, Buffer.from(end)]),
          );
          const { facts, error } = await outcomeOf(probe, plan, turns, { every });
          expect(facts ?? error?.code).toBeDefined();
          expect(error?.code ?? "NK_PROTOCOL_").toMatch(/^NK_PROTOCOL_/);
          expect(error?.next ?? "").toBeDefined();
        },
      ),
      { numRuns: 300 },
    );
  });
});
