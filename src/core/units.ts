/**
 * Durations, rates, sizes, percentages and counts: the one module that reads and writes them.
 *
 * `parse*` take what a person typed and throw a usage error that quotes the offending text and shows an
 * example; `format*` write a number with its unit. Decimal size units are powers of 1000 (`MB`), binary
 * ones powers of 1024 (`MiB`), as IEC 80000-13 has them.
 */
import { type NetkitError, usageError } from "./errors.ts";

const DURATION_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const SIZE_BYTES: Record<string, number> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

const RATE_PER_SECOND: Record<string, number> = { s: 1, m: 1 / 60, min: 1 / 60, h: 1 / 3600 };

const NUMBER = String.raw`(\d+(?:\.\d+)?|\.\d+)`;

function reject(what: string, text: string, example: string): NetkitError {
  return usageError(`"${text}" is not a ${what}`, `write it like ${example}`, text);
}

/** `250ms`, `10s`, `1m30s`, `2h` → milliseconds. A bare `0` is allowed; any other bare number is not. */
export function parseDuration(text: string): number {
  const source = text.trim();
  if (source === "0") return 0;
  const part = new RegExp(`${NUMBER}(ns|us|µs|ms|s|m|h|d)`, "y");
  let totalMs = 0;
  let at = 0;
  while (at < source.length) {
    part.lastIndex = at;
    const match = part.exec(source);
    if (match === null) throw reject("duration", text, "250ms, 10s or 1m30s");
    totalMs += Number(match[1]) * DURATION_MS[match[2]!]!;
    at = part.lastIndex;
  }
  if (source === "" || !Number.isFinite(totalMs)) throw reject("duration", text, "250ms, 10s or 1m30s");
  return totalMs;
}

/** `1000/s`, `600/min`, `2k/s`, `1000` → events per second. */
export function parseRate(text: string): number {
  const match = new RegExp(`^${NUMBER}([kM]?)(?:/(s|m|min|h))?$`).exec(text.trim());
  if (match === null) throw reject("rate", text, "1000/s or 600/min");
  const scale = match[2] === "k" ? 1e3 : match[2] === "M" ? 1e6 : 1;
  return Number(match[1]) * scale * RATE_PER_SECOND[match[3] ?? "s"]!;
}

/** `1024`, `64KiB`, `1MB`, `2G` → whole bytes. */
export function parseSize(text: string): number {
  const match = new RegExp(`^${NUMBER}\\s*([a-z]*)$`, "i").exec(text.trim());
  const unit = match === null ? undefined : SIZE_BYTES[match[2]!.toLowerCase()];
  const bytes = match === null || unit === undefined ? Number.NaN : Number(match[1]) * unit;
  if (!Number.isSafeInteger(Math.round(bytes))) throw reject("size", text, "64KiB, 1MB or 1024");
  return Math.round(bytes);
}

/** `1%`, `0.5%` or a share like `0.01` → share between 0 and 1. */
export function parsePercentage(text: string): number {
  const match = new RegExp(`^${NUMBER}(%?)$`).exec(text.trim());
  const share = match === null ? Number.NaN : Number(match[1]) / (match[2] === "%" ? 100 : 1);
  if (!(share >= 0 && share <= 1)) throw reject("percentage", text, "1% or 0.01");
  return share;
}

/** A whole number within bounds; `1k` and `1_000` are allowed. */
export function parseCount(text: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
  const match = /^(\d[\d_]*)([kM]?)$/.exec(text.trim());
  const value =
    match === null
      ? Number.NaN
      : Number(match[1]!.replaceAll("_", "")) * (match[2] === "k" ? 1e3 : match[2] === "M" ? 1e6 : 1);
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw usageError(`"${text}" is not a whole number ${range}`, "write it like 50 or 10k", text);
  }
  return value;
}

/** Three significant digits, without a trailing zero fraction: `1.23`, `12.3`, `123`. */
function significant(value: number): string {
  if (value === 0) return "0";
  if (value >= 100) return groupThousands(Math.round(value));
  return value >= 10 ? trimZeros(value.toFixed(1)) : trimZeros(value.toFixed(2));
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** `8431` → `8,431`. */
export function groupThousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Microseconds with the unit that reads best: `340 us`, `12.3 ms`, `1.5 s`, `2m 5s`. */
export function formatMicros(us: number): string {
  if (!Number.isFinite(us)) return "-";
  if (us < 999.5) return `${significant(us)} us`;
  if (us < 999_500) return `${significant(us / 1000)} ms`;
  if (us < 120e6) return `${significant(us / 1e6)} s`;
  const seconds = Math.round(us / 1e6);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}h ${minutes}m` : `${minutes}m ${seconds % 60}s`;
}

export function formatMillis(ms: number): string {
  return formatMicros(ms * 1000);
}

/** Decimal units: `512 B`, `1.2 kB`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : significant(value)} ${units[unit]}`;
}

export function formatByteRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** `8,431 req/s`; below 100 with up to two decimals. */
export function formatRate(perSecond: number, noun = "req"): string {
  return `${significant(perSecond)} ${noun}/s`;
}

/** A share as a percentage: `0.12%`, `12.3%`, `100%`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent !== 0 && percent < 0.01) return "<0.01%";
  return `${significant(percent)}%`;
}
