/**
 * How the peer was found: who answered what for the name, and the race of its addresses as a picture.
 *
 *     2001:db8::1     ├──────────────── lost      250 ms behind its head start
 *     192.0.2.1       │         ├──● connected    22 ms
 */
import { formatMicros } from "../../../core/units.ts";
import type { AttemptResult, PathResult, Query } from "../../../engine/connect/result.ts";
import { hanging, type Palette, padEnd, padStart, printable, truncate } from "../../text/style.ts";

const LABEL = 11;

export function resolutionSection({ resolution }: PathResult, palette: Palette, width: number): string[] {
  if (resolution === null || resolution.resolver === "literal") return [];
  const transport = resolution.transport === null ? "" : ` over ${resolution.transport.toUpperCase()}`;
  return [
    ` ${palette.title(padEnd("name", LABEL))}${palette.label(truncate(printable(resolution.name), width - 30))}` +
      palette.dim(`  asked of ${printable(resolution.resolver)}${transport}`),
    ...(resolution.cname.length === 0
      ? []
      : hanging(`   ${padEnd("alias", LABEL - 2)}`, resolution.cname.map(printable).join(" → "), width)),
    ...resolution.queries.flatMap((query) => queryLines(query, palette, width)),
  ];
}

function queryLines(query: Query, palette: Palette, width: number): string[] {
  const opening = `   ${padEnd(query.type, LABEL - 2)}${padStart(formatMicros(query.durationUs), 8)}  `;
  const lines = hanging(opening, answerWords(query), width);
  if (query.outcome === "answered") return lines;
  const ink = query.outcome === "no-data" ? palette.dim : palette.warn;
  return lines.map((line) => ink(line));
}

export function answerWords({ outcome, code, records }: Query): string {
  const addresses = records
    .map(({ address, ttlSeconds }) => (ttlSeconds === null ? address : `${address} (TTL ${ttlSeconds} s)`))
    .join(", ");
  switch (outcome) {
    case "answered":
      return addresses;
    case "no-data":
      return "no such records";
    case "no-such-name":
      return "no such name";
    case "late":
      return `too late to be waited for${addresses === "" ? "" : `: ${addresses}`}`;
    case "timed-out":
      return "no answer";
    default:
      return `failed${code === null ? "" : ` (${printable(code)})`}`;
  }
}

/** Only when there is a race to be seen, or one that was lost by all. */
export function raceSection({ attempts }: PathResult, palette: Palette, width: number): string[] {
  const started = attempts.filter(({ outcome }) => outcome !== "not-started");
  const alone = started.length === 1 && started[0]!.outcome === "connected" && attempts.length === 1;
  if (started.length === 0 || alone) return [];
  const addressWidth = Math.min(39, Math.max(...attempts.map(({ address }) => address.length)));
  const columns = Math.max(8, width - addressWidth - 34);
  const fromUs = Math.min(...started.map(({ startUs }) => startUs));
  const endUs = Math.max(...started.map(({ startUs, durationUs }) => startUs + durationUs));
  const scale = (us: number): number =>
    Math.round(((us - fromUs) / Math.max(1, endUs - fromUs)) * (columns - 1));
  return [
    ` ${palette.title("addresses")}${palette.dim("  in the order tried, each with a head start on the next (RFC 8305)")}`,
    ...attempts.map((attempt) => {
      const address = padEnd(truncate(attempt.address, addressWidth), addressWidth);
      const drawn = padEnd(track(attempt, scale), columns);
      const ink = INK[attempt.outcome](palette);
      return `   ${address}  ${ink(drawn)}  ${ink(attemptWords(attempt))}`;
    }),
  ];
}

const INK: Record<AttemptResult["outcome"], (palette: Palette) => Palette["good"]> = {
  connected: (palette) => palette.good,
  failed: (palette) => palette.bad,
  lost: (palette) => palette.warn,
  cut: (palette) => palette.bad,
  "not-started": (palette) => palette.dim,
};

const END: Record<AttemptResult["outcome"], string> = {
  connected: "●",
  failed: "✗",
  lost: "┄",
  cut: "┄",
  "not-started": "",
};

function track({ startUs, durationUs, outcome }: AttemptResult, scale: (us: number) => number): string {
  if (outcome === "not-started") return "";
  const from = scale(startUs);
  const to = scale(startUs + durationUs);
  if (to <= from) return " ".repeat(from) + END[outcome];
  return `${" ".repeat(from)}├${"─".repeat(to - from - 1)}${END[outcome]}`;
}

export function attemptWords({ outcome, code, durationUs }: AttemptResult): string {
  const time = formatMicros(durationUs);
  switch (outcome) {
    case "connected":
      return `connected ${time}`;
    case "failed":
      return `${code ?? "failed"} ${time}`;
    case "lost":
      return `lost, silent for ${time}`;
    case "cut":
      return `silent for ${time}`;
    default:
      return "not needed";
  }
}
