// Is a tail that really became 20 % longer found, and nothing found where nothing changed? Real floods of a real `serve`,
// twenty comparisons of each kind, every verdict counted; the figures are printed.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunResult } from "../../src/core/run-document.ts";
import type { CompareResult, MetricComparison } from "../../src/engine/stats/compare/result.ts";
import { netkit, serve } from "../support/netkit.ts";
import { Folder } from "../support/program.ts";

const COMPARISONS = 20;
/** Their scatter is what tells a change of the server from one of the machine. */
const RUNS_A_SIDE = 3;

/**
 * Every third request is slow: p50 is that of the fast ones, p99 that of the slow ones; of 1,200 requests twelve lie beyond
 * it, two more than a verdict takes. A busy machine adds milliseconds, whatever the answer takes: of a fast answer too they are
 * to be less than the 3 % of a verdict. Three generators start at once; when the warm-up ends they have.
 */
const FAST = ["/delay/150ms", "/delay/150ms"];
const SLOW_MS = 250;
const LOAD = ["--rate", "800/s", "-c", "300", "--warmup", "1s", "-d", "1500ms"];

/** A round that the machine kept from being measured says so (exit 4) before anything is compared. */
const MOST_STARVED = 20;

const SIDES = { base: SLOW_MS, unchanged: SLOW_MS, worse: SLOW_MS * 1.2 } as const;
type Side = keyof typeof SIDES;

let folder: Folder;
let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  folder = await Folder.create();
  server = await serve("http://127.0.0.1:0", "--no-admin");
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A run of each side, at the same time: what disturbs one disturbs all. Undefined when one of them is invalid. */
async function measureRound(round: string): Promise<Readonly<Record<Side, string>> | undefined> {
  const origin = server.ready.listeners[0]!.url.replace(/\/$/, "");
  const runs = await Promise.all(
    (Object.keys(SIDES) as Side[]).map(async (side) => {
      const path = join(folder.path, `${side}-${round}.json`);
      const urls = [...FAST, `/delay/${SIDES[side]}ms`].map((path) => origin + path);
      const { code, stderr } = await netkit("flood", ...urls, ...LOAD, "-q", "--out", path);
      expect([0, 4], stderr).toContain(code);
      const { totals, quality } = JSON.parse(await readFile(path, "utf8")) as RunResult;
      expect(code).toBe(quality.verdict === "invalid" ? 4 : 0);
      expect(totals.failed).toBe(0);
      return { side, path, code };
    }),
  );
  if (runs.some(({ code }) => code === 4)) return undefined;
  return Object.fromEntries(runs.map(({ side, path }) => [side, path])) as Record<Side, string>;
}

/** The path is the server's own way to be slow, and a difference of plans: forced, and said. */
async function compare(
  base: readonly string[],
  candidate: readonly string[],
  ...flags: string[]
): Promise<{ code: number | null; result: CompareResult; p99: MetricComparison }> {
  const { code, stdout, stderr } = await netkit(
    "stats",
    "compare",
    "--json",
    ...flags,
    ...base,
    "--",
    ...candidate,
  );
  expect(stdout, stderr).not.toBe("");
  const result = JSON.parse(stdout) as CompareResult;
  return {
    code,
    result,
    p99: result.metrics.find(({ endpoint, metric }) => endpoint === null && metric === "p99")!,
  };
}

const percent = (share: number) => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)} %`;

function told({ result, p99 }: Awaited<ReturnType<typeof compare>>): string {
  const { value, low, high } = p99.change!;
  return `p99 ${percent(value)} (${percent(low)} … ${percent(high)}) ${p99.verdict}, in all ${result.verdict}`;
}

test("a p99 that is 20 % longer is found worse, and one that is not is not, 20 times out of 20", async () => {
  const began = performance.now();
  let starved = 0;
  const found: {
    unchanged: Awaited<ReturnType<typeof compare>>;
    worse: Awaited<ReturnType<typeof compare>>;
  }[] = [];
  for (let number = 1; number <= COMPARISONS; number++) {
    const files: Record<Side, string[]> = { base: [], unchanged: [], worse: [] };
    while (files.base.length < RUNS_A_SIDE) {
      const round = await measureRound(`${number}-${files.base.length}`);
      if (round === undefined) {
        starved++;
        expect(starved, "rounds whose generator was starved").toBeLessThanOrEqual(MOST_STARVED);
        continue;
      }
      for (const side of Object.keys(SIDES) as Side[]) files[side].push(round[side]);
    }
    // Both look at the same base runs, which is a saving and no dependence: the two claims are counted apart.
    const unchanged = await compare(files.base, files.unchanged);
    const worse = await compare(files.base, files.worse, "--force");
    found.push({ unchanged, worse });
    console.log(`${number}. unchanged: ${told(unchanged)}; 20 % longer: ${told(worse)}`);
  }
  const seconds = (performance.now() - began) / 1000;
  for (const { unchanged } of found) {
    for (const { endpoint, metric, verdict, change } of unchanged.result.metrics) {
      if (verdict !== "worse" && verdict !== "better") continue;
      console.log(`alarm: ${endpoint ?? "all"} ${metric} ${verdict} ${percent(change?.value ?? 0)}`);
    }
  }
  const alarms = found.filter(({ unchanged }) => ["worse", "better"].includes(unchanged.result.verdict));
  const seen = found.filter(({ worse }) => worse.p99.verdict === "worse");
  const spread = found.map(({ unchanged }) => unchanged.p99.change!.value ** 2);
  const noise = Math.sqrt(spread.reduce((sum, square) => sum + square, 0) / spread.length);
  console.log(
    `${COMPARISONS} + ${COMPARISONS} comparisons of ${RUNS_A_SIDE} runs a side in ${seconds.toFixed(0)} s: ` +
      `found worse ${seen.length}, false alarms ${alarms.length}; unchanged p99 moved by ${percent(noise)} (root mean square); ` +
      `${starved} rounds starved`,
  );
  for (const { worse, unchanged } of found) {
    expect(worse.p99.verdict).toBe("worse");
    expect([worse.result.verdict, worse.code]).toEqual(["worse", 1]);
    expect(["same", "undecided"]).toContain(unchanged.p99.verdict);
    expect(["same", "undecided"]).toContain(unchanged.result.verdict);
    expect(unchanged.code).toBe(0);
    // That much was added, and the figures say how much.
    expect(worse.p99.change!.value).toBeGreaterThan(0.1);
    expect(worse.p99.change!.value).toBeLessThan(0.3);
  }
});
