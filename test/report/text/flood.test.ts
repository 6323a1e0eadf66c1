import { describe, expect, test } from "vitest";
import type { RunResult } from "../../../src/core/run-document.ts";
import { renderFlood } from "../../../src/report/text/flood.ts";
import { renderLive } from "../../../src/report/text/flood-live.ts";
import { displayWidth } from "../../../src/report/text/style.ts";
import { ALL_500, CALM, REFUSED, ROUGH, SILENT } from "../fixtures/run-result.ts";

const PLAIN = { width: 80, color: 0 } as const;

const WIDE_TEXT: RunResult = {
  ...ROUGH,
  plan: { ...ROUGH.plan, urls: [`http://例え.テスト/${"道".repeat(60)}`] },
  errors: [{ kind: "status-500", count: 3, example: `誤り ${"😀".repeat(50)}` }],
};

function section(text: string, heading: string): string {
  const block = text.split("\n\n").find((part) => part.trimStart().startsWith(heading));
  return block ?? expect.unreachable(`no section ${heading}`);
}

describe("the text report of a flood", () => {
  const results = { CALM, ROUGH, ALL_500, SILENT, REFUSED, WIDE_TEXT };

  for (const [name, result] of Object.entries(results)) {
    for (const width of [60, 80, 120, 160]) {
      test(`${name} fits ${width} columns, with and without colour`, () => {
        for (const color of [0, 3] as const) {
          for (const line of renderFlood(result, { width, color }).split("\n")) {
            expect(displayWidth(line), line).toBeLessThanOrEqual(width);
          }
        }
      });
    }
  }

  test("colour codes are the only difference between a terminal and a pipe", () => {
    const coloured = renderFlood(ROUGH, { width: 80, color: 1 });
    expect(coloured).toMatch(/\u001b\[/);
    expect(coloured.replace(/\u001b\[[0-9;]*m/g, "")).toBe(renderFlood(ROUGH, PLAIN));
    expect(renderFlood(ROUGH, PLAIN)).not.toContain("\u001b");
  });

  test("a calm run says target, plan, rate and totals first", () => {
    const text = renderFlood(CALM, PLAIN);
    expect(text).toContain("netkit flood  http://127.0.0.1:8080/");
    expect(text).toContain("50 connections · closed loop · 10 s · 1 thread");
    expect(text).toContain("84,302 req/s   843,120 requests in 10 s");
    expect(text).toContain("843,070 succeeded   0 failed   50 unanswered");
  });

  test("a closed loop has one row for response and service time, an open loop has three", () => {
    const closed = section(renderFlood(CALM, PLAIN), "Latency");
    expect(closed).toMatch(/^ response/m);
    expect(closed).not.toMatch(/service|lateness/);
    const open = section(renderFlood(ROUGH, PLAIN), "Latency");
    expect(open).toMatch(/^ response .*^ service .*^ send lateness /ms);
  });

  test("percentiles that unanswered requests may exceed are marked, and their share stands beside", () => {
    const latency = section(renderFlood(ROUGH, PLAIN), "Latency");
    expect(latency).toContain("≥195 ms");
    expect(latency).not.toContain("≥18.4 ms");
    expect(latency).toContain("1.34% unanswered");
    expect(latency.replace(/\s+/g, " ")).toContain(
      "14,020 timed out, 400 in flight at the end, 688 due but never sent",
    );
  });

  test("the spectrum leaves out percentiles that have too few samples", () => {
    const few = { ...CALM, latency: { ...CALM.latency, response: { ...CALM.latency.response, count: 999 } } };
    expect(section(renderFlood(few, PLAIN), "Percentiles")).not.toMatch(/p99\.9/);
    expect(renderFlood(SILENT, PLAIN)).not.toContain("Percentiles");
    expect(section(renderFlood(CALM, PLAIN), "Percentiles")).toMatch(/p99\.99 +7\.56 ms {2}█+/);
  });

  test("the course shows a stall in the rate, the p99 and the failures", () => {
    const course = section(renderFlood(ROUGH, { width: 160, color: 0 }), "Over time");
    expect(course).toMatch(/rate .*▂/);
    expect(course).toContain("1,786 req/s to");
    expect(course).toContain("to 1.66 s");
    expect(course).toMatch(/^ {3}failed/m);
  });

  test("failures have a latency of their own when nothing succeeded", () => {
    const text = renderFlood(ALL_500, PLAIN);
    expect(text).toMatch(/^ response {2,}- {2,}-/m);
    expect(text).toMatch(/^ failed requests +1\.32 ms/m);
    expect(text).toContain("0 succeeded   500 failed (100%)");
    expect(section(text, "Statuses")).toContain("500 × 500");
  });

  test("what a peer sent cannot steer the terminal", () => {
    const text = renderFlood(ROUGH, { width: 160, color: 0 });
    expect(text).toContain("deadlock\\x1b[31m detected");
  });

  test("an invalid run says so, why, and what to do", () => {
    const quality = section(renderFlood(ROUGH, PLAIN), "Quality");
    expect(quality).toContain("✗ invalid  do not use these figures");
    const oneLine = quality.replace(/\s+/g, " ");
    expect(oneLine).toContain(
      "• the generator waited for a processor 34% of the time: end other work on this machine",
    );
    expect(section(renderFlood(CALM, PLAIN), "Quality")).toContain("✓ valid");
  });

  test("expectations come last, with what was observed", () => {
    const text = renderFlood(ROUGH, PLAIN);
    const expectations = section(text, "Expectations");
    expect(text.trimEnd().endsWith(expectations.trimEnd())).toBe(true);
    expect(expectations).toContain("2 of 3 broken");
    expect(expectations).toMatch(/✓ p99<200ms {2,}p99 is 195 ms/);
    expect(expectations).toMatch(/✗ error_rate<0\.5%/);
  });

  test("an interrupted run says that its figures are partial", () => {
    expect(renderFlood({ ...CALM, interrupted: true }, PLAIN)).toContain(
      "Interrupted: these are the figures",
    );
  });

  test("no line ends in blanks", () => {
    for (const result of Object.values(results)) {
      expect(renderFlood(result, PLAIN)).not.toMatch(/ $/m);
    }
  });
});

describe("the live line of a flood", () => {
  const progress = {
    phase: "measuring",
    elapsedSeconds: 3.6,
    totalSeconds: 10,
    requests: 30_000,
    totalRequests: null,
    failed: 0,
    ratePerSecond: 84_302,
    p50Us: 540,
    p99Us: 2_270,
    inFlight: 50,
  } as const;

  test("tells position, rate, percentiles and errors", () => {
    expect(renderLive(progress, 80)).toBe(
      "3 s of 10 s · 84,302 req/s · p50 540 us · p99 2.27 ms · no errors",
    );
    expect(renderLive({ ...progress, totalSeconds: null, totalRequests: 50_000, failed: 1_204 }, 80)).toBe(
      "30,000/50,000 · 84,302 req/s · p50 540 us · p99 2.27 ms · 1,204 errors",
    );
    expect(renderLive({ ...progress, phase: "warm-up" }, 80)).toContain("warm-up 3 s of 10 s");
    expect(renderLive({ ...progress, phase: "draining" }, 80)).toContain("waiting for 50 answers");
  });

  test("never fills the line", () => {
    for (const width of [60, 80])
      expect(displayWidth(renderLive(progress, width))).toBeLessThanOrEqual(width - 3);
    expect(displayWidth(renderLive(progress, 40))).toBe(37);
  });
});
