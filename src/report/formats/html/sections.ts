/** The tables of a run's page: what was expected, how fast, what went wrong, may it be trusted, what was run where. */

import type { RunResult } from "../../../core/run-document.ts";
import {
  formatBytes,
  formatMicros,
  formatMillis,
  formatRate,
  formatShare,
  groupThousands,
} from "../../../core/units.ts";
import { type Cell, factsHtml, tableHtml } from "../../html/table.ts";
import {
  censoredWords,
  isOpenAbove,
  type LatencyFigure,
  latencyRows,
  offeredWords,
  VERDICT_MEANING,
} from "../../run-reading.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { datagramWords } from "../../text/flood-datagrams.ts";
import { deliveryWords, fanOutWords } from "../../text/flood-fan-out.ts";
import { heldWords } from "../../text/flood-held.ts";
import { throughputWords } from "../../text/flood-throughput.ts";

/** A table beyond this is no reading; the result file has all. */
const MOST_ROWS = 200;

export function expectationSection({ expectations }: RunResult): string {
  if (expectations.length === 0) return "";
  // What is broken first, as the list may be cut.
  const sorted = [...expectations].sort((a, b) => Number(a.holds) - Number(b.holds));
  const rows = sorted.map(({ text, detail, holds }) => [
    text,
    holds ? ({ text: "✓ holds", ink: "good" } as const) : ({ text: "✗ broken", ink: "bad" } as const),
    detail,
  ]);
  return section("Expectations", table("Expectations", ["expectation", "verdict", "found"], rows));
}

const FIGURES: readonly (readonly [LatencyFigure, string])[] = [
  ["min", "min"],
  ["mean", "mean"],
  ["stdev", "stdev"],
  ["p50", "p50"],
  ["p75", "p75"],
  ["p90", "p90"],
  ["p95", "p95"],
  ["p99", "p99"],
  ["p99_9", "p99.9"],
  ["p99_99", "p99.99"],
  ["max", "max"],
];

export function latencySection(result: RunResult): string {
  const rows = latencyRows(result).map(([name, label]) => [
    label,
    groupThousands(result.latency[name].count),
    ...FIGURES.map(([figure]): Cell => {
      const value = result.latency[name][figure];
      if (value === null) return { text: "-", ink: "soft" };
      return isOpenAbove(result.totals, name, figure)
        ? { text: `≥ ${formatMicros(value)}`, ink: "warn" }
        : { text: formatMicros(value) };
    }),
  ]);
  const note = censoredWords(result).join(" ");
  const head = ["latency", "count", ...FIGURES.map(([, label]) => label)];
  return section(
    "Latency",
    `${table("Latency", head, rows, [1, head.length])}${note === "" ? "" : `<p class="soft">${escapeHtml(note)}</p>`}`,
  );
}

export function endpointSection({ endpoints }: RunResult): string {
  if (endpoints.length < 2) return "";
  const rows = endpoints.map(({ name, totals, latency }) => [
    name,
    groupThousands(totals.requests),
    groupThousands(totals.failed),
    groupThousands(totals.censored),
    ...(["p50", "p90", "p99", "p99_9", "max"] as const).map((figure): Cell => {
      const value = latency.response[figure];
      if (value === null) return { text: "-", ink: "soft" };
      return isOpenAbove(totals, "response", figure)
        ? { text: `≥ ${formatMicros(value)}`, ink: "warn" }
        : { text: formatMicros(value) };
    }),
  ]);
  const head = ["endpoint", "requests", "failed", "unanswered", "p50", "p90", "p99", "p99.9", "max"];
  return section("Endpoints", table("Endpoints", head, rows, [1, head.length]));
}

export function heldSection({ held }: RunResult): string {
  if (held === undefined) return "";
  const words = heldWords(held).map(({ text }) => text);
  return section("Held connections", `<p>${escapeHtml(words.join(" · "))}</p>`);
}

export function throughputSection(result: RunResult): string {
  if (result.throughput === undefined) return "";
  const words = throughputWords(result).map(({ text }) => text);
  return section("Throughput", words.map((text) => `<p>${escapeHtml(text)}</p>`).join(""));
}

export function datagramSection({ datagrams }: RunResult): string {
  if (datagrams === undefined) return "";
  const words = datagramWords(datagrams).map(({ text }) => text);
  const rates = `${formatRate(datagrams.sentPerSecond, "datagrams")} sent, ${formatRate(datagrams.arrivedPerSecond, "datagrams")} back`;
  return section(
    "Datagrams",
    `<p>${escapeHtml(words.join(" · "))}</p><p class="soft">${escapeHtml(rates)}</p>`,
  );
}

export function fanOutSection({ fanOut }: RunResult): string {
  if (fanOut === undefined) return "";
  const words = fanOutWords(fanOut).map(({ text }) => text);
  const figures = deliveryWords(fanOut.latency, Number.POSITIVE_INFINITY).join(" ");
  return section(
    "Fan-out",
    `<p>${escapeHtml(words.join(" · "))}</p>${figures === "" ? "" : `<p class="soft">${escapeHtml(figures)}</p>`}`,
  );
}

export function answerSection({ statuses, errors, totals }: RunResult): string {
  const share = (count: number) => (totals.requests > 0 ? formatShare(count / totals.requests) : "-");
  const answered = Object.entries(statuses).map(([status, count]) => [
    status,
    groupThousands(count),
    share(count),
  ]);
  const failed = errors.map(({ kind, count, example }) => [
    { text: kind, ink: "bad" } as const,
    groupThousands(count),
    share(count),
    example,
  ]);
  const parts = [
    ...(answered.length === 0
      ? []
      : [section("Answers", table("Answers", ["status", "count", "share"], answered, [1, 3]))]),
    ...(failed.length === 0
      ? []
      : [section("Errors", table("Errors", ["kind", "count", "share", "example"], failed, [1, 3]))]),
  ];
  return parts.join("\n");
}

export function qualitySection({ quality }: RunResult): string {
  const { verdict, reasons, cpu, loopLag, lateness, gc, descriptors, ports } = quality;
  const ink = { valid: "good", suspect: "warn", invalid: "bad" }[verdict];
  const of = (used: number | null, limit: number | null) =>
    used === null ? "-" : `${groupThousands(used)}${limit === null ? "" : ` of ${groupThousands(limit)}`}`;
  const micros = (us: number | null) => (us === null ? "-" : formatMicros(us));
  const facts: (readonly [string, string])[] = [
    // An imported run has no generator that was watched.
    [
      "generator busy",
      loopLag.count === 0 && cpu.busy === 0
        ? "-"
        : `${formatShare(cpu.busy)} of one core, the busiest thread`,
    ],
    ["waiting for a CPU", cpu.waiting === null ? "-" : formatShare(cpu.waiting)],
    ["CPU time per request", cpu.usPerRequest === null ? "-" : formatMicros(cpu.usPerRequest)],
    ["event loop lag", `p50 ${micros(loopLag.p50)}, p99 ${micros(loopLag.p99)}, max ${micros(loopLag.max)}`],
    ...(lateness.count === 0
      ? []
      : [
          [
            "own send lateness",
            `p50 ${micros(lateness.p50)}, p99 ${micros(lateness.p99)}, max ${micros(lateness.max)}`,
          ] as const,
        ]),
    [
      "garbage collection",
      `${groupThousands(gc.pauses)} pauses, ${formatMillis(gc.totalMs)} in all, longest ${formatMillis(gc.maxMs)}`,
    ],
    ["open descriptors", of(descriptors.used, descriptors.limit)],
    ["local ports used", of(ports.used, ports.available)],
  ];
  const list = reasons.map((reason) => `<li class="${ink}">${escapeHtml(reason)}</li>`).join("");
  return section(
    "Quality of the measurement",
    `<p><strong class="${ink}">${verdict}</strong>: ${escapeHtml(VERDICT_MEANING[verdict])}</p>${list === "" ? "" : `<ul>${list}</ul>`}${factsHtml(facts)}`,
  );
}

export function planSection({ plan, command, version, startedAt }: RunResult): string {
  const urls = plan.urls.slice(0, MOST_ROWS);
  const hidden = plan.urls.length - urls.length;
  const facts: (readonly [string, string])[] = [
    ...urls.map((url, at) => [urls.length === 1 ? "target" : `target ${at + 1}`, url] as const),
    ...(hidden > 0 ? [["targets", `and ${groupThousands(hidden)} more`] as const] : []),
    ["protocol", plan.protocol],
    ["request", `${plan.method}${plan.bodyBytes > 0 ? `, body of ${formatBytes(plan.bodyBytes)}` : ""}`],
    ...plan.headers.map(([name, value]) => ["header", `${name}: ${value}`] as const),
    [
      "load",
      plan.load === "closed"
        ? "closed loop: as fast as the target answers"
        : `open loop: ${offeredWords(plan)} arrival`,
    ],
    [
      "stop",
      plan.durationSeconds === null
        ? `after ${groupThousands(plan.requests ?? 0)} requests`
        : `after ${formatMillis(plan.durationSeconds * 1000)}`,
    ],
    ["warm-up", plan.warmupSeconds === 0 ? "none" : formatMillis(plan.warmupSeconds * 1000)],
    ["connections", `${groupThousands(plan.connections)}, ${groupThousands(plan.depth)} in flight on each`],
    ["new connection each time", plan.newConnection ? "yes" : "no"],
    ["threads", groupThousands(plan.threads)],
    ["time-out", formatMillis(plan.timeoutMs)],
    ...(plan.way === undefined ? [] : [["way", plan.way] as const]),
    ["certificate checked", plan.insecure ? "no" : "yes"],
    ["run by", `netkit ${command} ${version}, started ${startedAt.slice(0, 19).replace("T", " ")} UTC`],
  ];
  return section("Plan", factsHtml(facts));
}

export function environmentSection({ environment }: RunResult): string {
  const { netkit, node, platform, arch, cpus, cpuModel, memoryBytes, hostname } = environment;
  return section(
    "Environment of the generator",
    factsHtml([
      ["host", hostname],
      ["processor", `${cpus} × ${cpuModel}`],
      ["memory", formatBytes(memoryBytes)],
      ["system", `${platform} ${arch}`],
      ["netkit", `${netkit} on Node.js ${node}`],
    ]),
  );
}

function section(title: string, html: string): string {
  return `<section><h2>${escapeHtml(title)}</h2>${html}</section>`;
}

function table(
  label: string,
  head: readonly string[],
  rows: readonly (readonly (Cell | string)[])[],
  figures: readonly [from: number, to: number] = [0, 0],
): string {
  const hidden = rows.length - MOST_ROWS;
  const more = hidden > 0 ? `<p class="soft">and ${groupThousands(hidden)} more in the result file</p>` : "";
  return tableHtml({ label, head, rows: rows.slice(0, MOST_ROWS), figures }) + more;
}
