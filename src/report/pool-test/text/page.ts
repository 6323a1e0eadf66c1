/**
 * A pool test's result for people: what was tested, each size with its figures, the picture of throughput and waiting
 * against size, what to take, what became of faults and probes, and the findings, which stay in view.
 */
import { formatMillis, formatRate, groupThousands } from "../../../core/units.ts";
import type { PoolTestResult } from "../../../engine/pool-test/result.ts";
import { expectationsSection } from "../../text/flood-verdict.ts";
import { flow, type Palette, paletteOf, printable, type TextOptions, truncate } from "../../text/style.ts";
import { findingsSection } from "./findings.ts";
import { chaosSection, probesSection } from "./probes.ts";
import { connectionsSection, sizesSection } from "./sizes.ts";
import { pictureSection, sweepSection } from "./sweep.ts";

export function renderPoolTest(result: PoolTestResult, options: TextOptions): string {
  const palette = paletteOf(options);
  const blocks = [
    headSection,
    sizesSection,
    pictureSection,
    connectionsSection,
    chaosSection,
    probesSection,
    sweepSection,
    findingsSection,
    expectationsSection,
  ]
    .map((section) => section(result, palette, options.width))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.trimEnd()).join("\n"));
  return `\n${blocks.join("\n\n")}\n`;
}

function headSection(result: PoolTestResult, palette: Palette, width: number): string[] {
  const { plan, serverVersion } = result;
  const server = serverVersion === null ? [] : [printable(serverVersion)];
  return [
    ` ${palette.title("netkit pool-test")}  ${palette.label(truncate(printable(plan.url), width - 20))}`,
    ...flow([...planWords(result), ...server], width - 1, " · ").map((line) => ` ${palette.dim(line)}`),
  ];
}

/** What was done, a phrase each. */
export function planWords({ plan }: PoolTestResult): string[] {
  const words = [
    plan.pool === "netkit" ? "netkit's pool" : `the pool of ${plan.pool}`,
    plan.load === "closed"
      ? `${groupThousands(plan.clients ?? 0)} callers, closed loop`
      : `open loop, ${formatRate(plan.rate ?? 0)} ${plan.arrival ?? "constant"}`,
    plan.work === "default" ? "the cheapest question" : printable(plan.work),
    printable(plan.protocol),
    `${formatMillis(plan.durationSeconds * 1000)} a run`,
  ];
  if (plan.repeat > 1) words.push(`${plan.repeat} runs a size`);
  if (plan.warmupSeconds > 0) words.push(`after ${formatMillis(plan.warmupSeconds * 1000)} warm-up`);
  if (plan.holdMs > 0) words.push(`each held ${formatMillis(plan.holdMs)}`);
  if (plan.ignoredSettings.length > 0)
    words.push(`not known to this pool: ${plan.ignoredSettings.map(printable).join(", ")}`);
  return words;
}
