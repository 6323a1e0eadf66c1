/** Normal and Student's t distribution: probabilities and quantiles, to about 1e-12. */

/** P(Z ≤ z). */
export function normalCdf(z: number): number {
  // The incomplete gamma function P(1/2, z²/2) is erf(|z|/√2).
  const half = (z * z) / 2;
  const tail = half < 1.5 ? 0.5 * (1 - erfSeries(half)) : 0.5 * gammaFraction(half);
  return z < 0 ? tail : 1 - tail;
}

/** P(|Z| ≥ |z|), precise where it is small. */
export function normalTwoSided(z: number): number {
  const half = (z * z) / 2;
  return half < 1.5 ? 1 - erfSeries(half) : gammaFraction(half);
}

/** z with P(Z ≤ z) = p. */
export function normalQuantile(p: number): number {
  return studentQuantile(p, Number.POSITIVE_INFINITY);
}

/** erf(√x), by its power series. */
function erfSeries(x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-17; n++) {
    term *= x / (n + 0.5);
    sum += term;
  }
  return 2 * Math.sqrt(x / Math.PI) * Math.exp(-x) * sum;
}

/** erfc(√x), by the continued fraction of the upper incomplete gamma function (Lentz's method). */
function gammaFraction(x: number): number {
  const tiny = 1e-300;
  let b = x + 0.5;
  let c = 1 / tiny;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; i < 500; i++) {
    const a = -i * (i - 0.5);
    b += 2;
    d = 1 / orTiny(a * d + b, tiny);
    c = orTiny(b + a / c, tiny);
    const step = c * d;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return Math.sqrt(x / Math.PI) * Math.exp(-x) * fraction;
}

/** P(|T| ≥ |t|) with `df` degrees of freedom, not necessarily whole; Infinity is the normal distribution. */
export function studentTwoSided(t: number, df: number): number {
  if (df > 1e9) return normalTwoSided(t);
  return incompleteBeta(df / (df + t * t), df / 2, 0.5);
}

/** t with P(T ≤ t) = p. */
export function studentQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`not a probability between 0 and 1: ${p}`);
  const wanted = 2 * Math.min(p, 1 - p);
  let low = 0;
  let high = 1;
  while (studentTwoSided(high, df) > wanted && high < 1e12) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-13 * high; step++) {
    const middle = (low + high) / 2;
    if (studentTwoSided(middle, df) > wanted) low = middle;
    else high = middle;
  }
  const t = (low + high) / 2;
  return p < 0.5 ? -t : t;
}

/** Regularised I_x(a, b), by its continued fraction (DLMF 8.17.22). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / orTiny(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m < 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / orTiny(1 + even * d, tiny);
    c = orTiny(1 + even / c, tiny);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / orTiny(1 + odd * d, tiny);
    c = orTiny(1 + odd / c, tiny);
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return front * fraction;
}

function orTiny(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** ln Γ(x) for x > 0: Stirling's series (DLMF 5.11.1) after raising x above 12. */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 12) shift += Math.log(z++);
  const r = 1 / (z * z);
  const series = (1 / 12 + r * (-1 / 360 + r * (1 / 1260 + r * (-1 / 1680 + r * (1 / 1188))))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
