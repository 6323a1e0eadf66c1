/**
 * A flood's result for people: target and plan, the verdict on the measurement, rate and totals, latency,
 * spectrum, course over time, answers, errors, expectations. Fits the width that it is given, from 60 columns.
 *
 * The order is that of questions: may I trust it, how much, how fast, was it steady, what went wrong, and did
 * it hold what I asked for. The last lines are what stays in view, so verdict and expectations end the page.
 */

import type { RunResult } from "../../core/run-document.ts";
import {
  formatByteRate,
  formatBytes,
  formatMillis,
  formatRate,
  formatShare,
  groupThousands,
} from "../../core/units.ts";
import { hasRequests, planWords, plural } from "../run-reading.ts";
import { answersSection, endpointsSection, errorsSection } from "./flood-answers.ts";
import { courseSection } from "./flood-course.ts";
import { datagramsSection } from "./flood-datagrams.ts";
import { fanOutSection } from "./flood-fan-out.ts";
import { heldSection } from "./flood-held.ts";
import { latencySection, spectrumSection } from "./flood-latency.ts";
import { throughputSection } from "./flood-throughput.ts";
import { expectationsSection, qualitySection } from "./flood-verdict.ts";
import { flow, type Palette, paletteOf, printable, type TextOptions, truncate } from "./style.ts";

export function renderFlood(result: RunResult, options: TextOptions): string {
  const palette = paletteOf(options);
  const sections = [
    headSection,
    totalsSection,
    latencySection,
    spectrumSection,
    courseSection,
    heldSection,
    throughputSection,
    datagramsSection,
    fanOutSection,
    answersSection,
    endpointsSection,
    errorsSection,
    qualitySection,
    expectationsSection,
  ];
  const blocks = sections
    .map((section) => section(result, palette, options.width))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"));
  return `\n${blocks.join("\n\n")}\n`;
}

function headSection(result: RunResult, palette: Palette, width: number): string[] {
  const { plan } = result;
  const [first = "", ...more] = plan.urls;
  const tail = more.length === 0 ? "" : ` and ${more.length} more`;
  const url = truncate(printable(first), width - 16 - tail.length);
  return [
    ` ${palette.title("netkit flood")}  ${palette.label(url)}${palette.dim(tail)}`,
    ...flow(planWords(result, truncate(plan.method, 16)).map(printable), width - 1, " · ").map(
      (line) => ` ${palette.dim(line)}`,
    ),
  ];
}

function totalsSection(result: RunResult, palette: Palette, width: number): string[] {
  const { totals, rate, plan } = result;
  if (!hasRequests(result)) return [];
  const seconds = totals.seconds > 0 ? totals.seconds : Number.NaN;
  const offered =
    plan.load === "open" && rate.offered !== null
      ? palette.dim(` of ${formatRate(rate.offered)} offered`)
      : "";
  const requests = `${plural(totals.requests, "request")} in ${formatMillis(totals.seconds * 1000)}`;
  const share = (count: number) =>
    totals.requests === 0 || count === 0 ? "" : ` (${formatShare(count / totals.requests)})`;
  const parts = [
    (totals.succeeded > 0 ? palette.good : palette.bad)(`${groupThousands(totals.succeeded)} succeeded`),
    (totals.failed === 0 ? palette.dim : palette.bad)(
      `${groupThousands(totals.failed)} failed${share(totals.failed)}`,
    ),
    (totals.censored === 0 ? palette.dim : palette.warn)(`${groupThousands(totals.censored)} unanswered`),
  ];
  const traffic = [
    `${formatBytes(totals.bytesReceived)} received${perSecond(totals.bytesReceived / seconds)}`,
    `${formatBytes(totals.bytesSent)} sent${perSecond(totals.bytesSent / seconds)}`,
    `${plural(totals.connectionsOpened, "connection")} opened${resumed(result)}`,
  ];
  const interrupted = result.interrupted
    ? [` ${palette.warn("Interrupted: these are the figures until then.")}`]
    : [];
  return [
    ...interrupted,
    ...flow([` ${palette.figure(formatRate(rate.achieved))}${offered}`, requests], width, "   "),
    ...flow(parts, width - 1, "   ").map((line) => ` ${line}`),
    ...flow(traffic, width - 1, "   ").map((line) => ` ${palette.dim(line)}`),
  ];
}

function resumed({ handshakes }: RunResult): string {
  return handshakes === undefined ? "" : `, ${groupThousands(handshakes.resumed)} by a resumed TLS session`;
}

function perSecond(bytes: number): string {
  return Number.isFinite(bytes) ? ` (${formatByteRate(bytes)})` : "";
}
