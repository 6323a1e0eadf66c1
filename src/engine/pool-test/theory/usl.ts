/**
 * The Universal Scalability Law (N. J. Gunther, Guerrilla Capacity Planning, 2007, chapter 4):
 *
 *     X(N) = λN / (1 + σ(N−1) + κN(N−1))        λ: throughput of one, σ: queueing for what is shared,
 *                                               κ: keeping each other informed; X falls beyond √((1−σ)/κ)
 *
 * N / X(N) is linear in 1/λ, σ/λ and κ/λ, so the best fit without negative coefficients is found exactly: of the four
 * ways to leave σ and κ out, the feasible one with the least error. Errors are relative: a size that does ten times as
 * much does not count ten times as much.
 */

export interface SizePoint {
  readonly size: number;
  /** Per second. */
  readonly throughput: number;
}

export interface UslParameters {
  readonly lambda: number;
  readonly sigma: number;
  readonly kappa: number;
}

export interface UslFit extends UslParameters {
  /** Size of the most throughput; null when more always gives more. */
  readonly knee: number | null;
  /** Throughput there, per second; null without a knee. */
  readonly peak: number | null;
  /** Share of the variance of throughput that the law explains; 1 is all. */
  readonly r2: number;
}

export interface UslBand {
  readonly size: number;
  readonly fitted: number;
  /** 95 %, from fits to repetitions drawn again. */
  readonly low: number;
  readonly high: number;
}

/** Three coefficients want three sizes. */
const LEAST_SIZES = 3;
const SAMPLES = 400;

export function uslThroughput({ lambda, sigma, kappa }: UslParameters, size: number): number {
  return (lambda * size) / (1 + sigma * (size - 1) + kappa * size * (size - 1));
}

/** Undefined with fewer than three sizes that did anything. @param points every repetition of every size */
export function fitUsl(points: readonly SizePoint[]): UslFit | undefined {
  const usable = usableOf(points);
  return new Set(usable.map(({ size }) => size)).size < LEAST_SIZES ? undefined : fitOnce(usable);
}

/** How far the curve may lie off at each of the sizes. @param random 0 to 1 */
export function uslBand(
  points: readonly SizePoint[],
  fit: UslFit,
  sizes: readonly number[],
  random: () => number,
): readonly UslBand[] {
  const bySize = groupedBySize(usableOf(points));
  const fits = Array.from({ length: SAMPLES }, () => fitOnce(drawnAgain(bySize, fit, random)));
  return sizes.map((size) => {
    const at = fits.map((one) => uslThroughput(one, size)).toSorted((a, b) => a - b);
    return {
      size,
      fitted: uslThroughput(fit, size),
      low: at[Math.floor(0.025 * SAMPLES)]!,
      high: at[Math.ceil(0.975 * SAMPLES) - 1]!,
    };
  });
}

function usableOf(points: readonly SizePoint[]): readonly SizePoint[] {
  return points.filter(({ size, throughput }) => size > 0 && throughput > 0);
}

function groupedBySize(points: readonly SizePoint[]): ReadonlyMap<number, readonly SizePoint[]> {
  const groups = new Map<number, SizePoint[]>();
  for (const point of points) groups.set(point.size, [...(groups.get(point.size) ?? []), point]);
  return groups;
}

/** A size that was measured once is drawn from the errors of all sizes around the fit. */
function drawnAgain(
  bySize: ReadonlyMap<number, readonly SizePoint[]>,
  fit: UslFit,
  random: () => number,
): SizePoint[] {
  const all = [...bySize.values()].flat();
  const ratios = all.map(({ size, throughput }) => throughput / uslThroughput(fit, size));
  const draw = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  return [...bySize].flatMap(([size, group]) =>
    group.map(() =>
      group.length > 1 ? draw(group) : { size, throughput: uslThroughput(fit, size) * draw(ratios) },
    ),
  );
}

/** Of N/X times X/N as it was measured: 1 where the fit is perfect. */
type Row = readonly [one: number, sigma: number, kappa: number];

function fitOnce(points: readonly SizePoint[]): UslFit {
  const rows = points.map(({ size, throughput }): Row => {
    const weight = throughput / size;
    return [weight, weight * (size - 1), weight * size * (size - 1)];
  });
  let best: { readonly error: number; readonly solved: Row } | undefined;
  for (const columns of [[0], [0, 1], [0, 2], [0, 1, 2]]) {
    const solved = leastSquares(rows, columns);
    if (solved === undefined || solved[0] <= 0 || solved.some((one) => one < 0)) continue;
    const error = rows.reduce(
      (sum, row) => sum + (1 - row[0] * solved[0] - row[1] * solved[1] - row[2] * solved[2]) ** 2,
      0,
    );
    if (best === undefined || error < best.error) best = { error, solved };
  }
  // A column of weights alone always has a solution.
  const [a, b, c] = best!.solved;
  const law = { lambda: 1 / a, sigma: b / a, kappa: c / a };
  const knee = law.kappa > 0 && law.sigma < 1 ? Math.sqrt((1 - law.sigma) / law.kappa) : null;
  return {
    ...law,
    knee,
    peak: knee === null ? null : uslThroughput(law, Math.max(1, knee)),
    r2: explained(points, law),
  };
}

/** The coefficients of the chosen columns, the others 0, by the normal equations; undefined when they are singular. */
function leastSquares(rows: readonly Row[], columns: readonly number[]): Row | undefined {
  const matrix = columns.map((i) => [
    ...columns.map((j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
    rows.reduce((sum, row) => sum + row[i]!, 0),
  ]);
  // Gauss and Jordan's elimination; the matrix is positive, so the diagonal serves as pivot.
  for (let pivot = 0; pivot < columns.length; pivot++) {
    const row = matrix[pivot]!;
    if (!(row[pivot]! > row.at(-1)! * Number.EPSILON)) return undefined;
    for (let other = 0; other < columns.length; other++) {
      if (other === pivot) continue;
      const factor = matrix[other]![pivot]! / row[pivot]!;
      matrix[other] = matrix[other]!.map((value, at) => value - factor * row[at]!);
    }
  }
  const solution: [number, number, number] = [0, 0, 0];
  for (const [at, column] of columns.entries()) solution[column] = matrix[at]!.at(-1)! / matrix[at]![at]!;
  return solution;
}

function explained(points: readonly SizePoint[], law: UslParameters): number {
  const mean = points.reduce((sum, { throughput }) => sum + throughput, 0) / points.length;
  const around = points.reduce((sum, { throughput }) => sum + (throughput - mean) ** 2, 0);
  const left = points.reduce(
    (sum, { size, throughput }) => sum + (throughput - uslThroughput(law, size)) ** 2,
    0,
  );
  return around === 0 ? 1 : 1 - left / around;
}
