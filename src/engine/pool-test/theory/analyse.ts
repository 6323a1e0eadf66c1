/** What several sizes together say: the law, where more makes it worse, and the size to take. */
import { seededRandom } from "../../../core/random.ts";
import type { PoolTestPlan } from "../plan.ts";
import type { SizeRow, SizeRun, SweepResult } from "../result.ts";
import { configurationLines } from "./configuration-lines.ts";
import { recommend, worseFrom } from "./recommend.ts";
import { fitUsl, uslBand } from "./usl.ts";

/** @param runs every repetition, for the fit and its band */
export function analyse(
  rows: readonly SizeRow[],
  runs: readonly Pick<SizeRun, "size" | "throughput">[],
  plan: PoolTestPlan,
): Omit<SweepResult, "order"> {
  const fit = fitUsl(runs);
  const recommended = recommend(rows, fit);
  const sizes = rows.map(({ size }) => size);
  return {
    usl:
      fit === undefined
        ? null
        : {
            lambda: fit.lambda,
            sigma: fit.sigma,
            kappa: fit.kappa,
            knee: fit.knee,
            peakThroughput: fit.peak,
            r2: fit.r2,
            band: uslBand(runs, fit, sizes, seededRandom(plan.seed)),
          },
    worseFrom: worseFrom(rows),
    recommendation:
      recommended === undefined
        ? null
        : {
            ...recommended,
            config: configurationLines(plan.target.endpoint.protocol, {
              size: recommended.size,
              acquireTimeoutMs: plan.settings.acquireTimeoutMs,
            }),
          },
  };
}
