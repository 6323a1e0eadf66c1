/** A repetition: one line a path as it goes, the chart of a watch, and what it comes to at the end. */
import { formatMicros, formatShare, groupThousands } from "../../../core/units.ts";
import type { PathResult, PhaseName, RepeatResult, Span } from "../../../engine/connect/result.ts";
import { condense, sparkline } from "../../text/charts.ts";
import { hanging, type Palette, printable, truncate } from "../../text/style.ts";
import { figureTable } from "../../text/table.ts";
import { PHASE_LABELS } from "../reading.ts";
import { INKS, SIGNS } from "./conclusion.ts";

/** `#3 192.0.2.1:443 42.1 ms  name 1.2 ms TCP 20 ms TLS 20 ms first byte 1 ms`. */
export function pathLine(path: PathResult, number: number, palette: Palette, width: number): string {
  const { verdict, remote, totalUs } = path;
  const ink = palette[INKS[verdict.outcome]];
  const start = ` ${SIGNS[verdict.outcome]} ${String(number).padStart(3)}  ${formatMicros(totalUs).padStart(8)}`;
  const where = remote === null ? "" : `  ${remote.address}`;
  const rest =
    path.error === null
      ? path.phases
          .map(({ name, durationUs }) => `${PHASE_LABELS[name]} ${formatMicros(durationUs)}`)
          .join(" · ")
      : printable(verdict.title);
  const line = truncate(`${start}${where}  ${rest}`, width - 1);
  const signed = ink(line.slice(0, start.length)) + line.slice(start.length);
  return path.error === null ? signed : ink(line);
}

export function repetitionSection(repeat: RepeatResult, palette: Palette, width: number): string[] {
  const { sent, succeeded, loss, jitterUs } = repeat;
  const ink = loss === 0 ? palette.good : succeeded === 0 ? palette.bad : palette.warn;
  const words = [
    `${groupThousands(succeeded)} of ${groupThousands(sent)} answered`,
    `${formatShare(loss)} lost`,
    ...(jitterUs === null ? [] : [`jitter ${formatMicros(jitterUs)}`]),
  ];
  return [
    ` ${ink(words.join(" · "))}`,
    ...(succeeded === 0 ? [] : ["", ...percentiles(repeat, palette)]),
    ...failureLines(repeat, palette, width),
    ...spanLines(repeat.spans, palette, width),
    ...changeLines(repeat, palette, width),
  ];
}

const COLUMNS = ["min", "p50", "p90", "p99", "max"] as const;

function percentiles(repeat: RepeatResult, palette: Palette): string[] {
  const entries = Object.entries(repeat.phases) as [PhaseName, RepeatResult["total"]][];
  const rows = [
    ...entries.map(([name, summary]) => [PHASE_LABELS[name], summary] as const),
    ["total", repeat.total] as const,
  ];
  return figureTable(
    ["phase", ...COLUMNS],
    rows.map(([name, summary]) => [
      name,
      ...COLUMNS.map((column) => {
        const value = summary[column];
        return value === null ? "-" : formatMicros(value);
      }),
    ]),
    palette,
  );
}

function failureLines({ failures }: RepeatResult, palette: Palette, width: number): string[] {
  return failures.flatMap(({ code, count }) =>
    hanging("   ✗ ", `${groupThousands(count)} × ${code}`, width).map((line) => palette.bad(line)),
  );
}

/** Only where the state changed. */
function spanLines(spans: readonly Span[], palette: Palette, width: number): string[] {
  if (spans.length < 2) return [];
  const shown = spans.slice(-8);
  const hidden = spans.length - shown.length;
  return [
    "",
    ` ${palette.title("up and down")}${hidden > 0 ? palette.dim(`  the last ${shown.length} of ${spans.length}`) : ""}`,
    ...shown.flatMap(({ state, from, seconds, paths }) => {
      const ink = state === "up" ? palette.good : palette.bad;
      const text = `${from.slice(11, 19)}  ${formatMicros(seconds * 1e6)}, ${groupThousands(paths)} ${paths === 1 ? "path" : "paths"}`;
      return hanging(`   ${state.padEnd(5)}`, text, width).map((line) => ink(line));
    }),
  ];
}

function changeLines({ resolutionChanges }: RepeatResult, palette: Palette, width: number): string[] {
  return resolutionChanges.slice(-5).flatMap(({ at, before, after }) => {
    const gone = before.filter((address) => !after.includes(address)).map((address) => `−${address}`);
    const come = after.filter((address) => !before.includes(address)).map((address) => `+${address}`);
    return hanging(
      `   ${at.slice(11, 19)}  `,
      `the name's addresses changed: ${[...gone, ...come].join(" ")}`,
      width,
    ).map((line) => palette.warn(line));
  });
}

/** What a watch keeps of each path. */
export interface Sighting {
  readonly ok: boolean;
  readonly totalUs: number;
  readonly phases: readonly { readonly name: PhaseName; readonly durationUs: number }[];
}

/** The picture of a watch: a sparkline a phase, the newest at the right, failures as a gap under a cross. */
export function watchPicture(
  sightings: readonly Sighting[],
  repeat: RepeatResult,
  palette: Palette,
  width: number,
): string[] {
  const columns = Math.max(10, width - 36);
  const kept = sightings.slice(-columns);
  const names = [...new Set(kept.flatMap(({ phases }) => phases.map(({ name }) => name)))];
  const line = (label: string, values: readonly (number | null)[]): string => {
    const numbers = values.filter((value) => value !== null);
    const last = values.at(-1);
    const most = numbers.length === 0 ? "-" : formatMicros(Math.max(...numbers));
    const drawn = sparkline(condense(values, columns, (group) => group.at(-1) ?? null));
    const now = last == null ? "-" : formatMicros(last);
    return ` ${label.padEnd(11)}${now.padStart(9)} ${palette.bar(drawn.padStart(columns))} ${palette.dim(`max ${most}`)}`;
  };
  const crosses = kept.map(({ ok }) => (ok ? " " : "✗")).join("");
  return [
    ...names.map((name) =>
      line(
        PHASE_LABELS[name],
        kept.map(({ ok, phases }) =>
          ok ? (phases.find((phase) => phase.name === name)?.durationUs ?? null) : null,
        ),
      ),
    ),
    line(
      "total",
      kept.map(({ ok, totalUs }) => (ok ? totalUs : null)),
    ),
    ...(crosses.trim() === "" ? [] : [` ${"".padEnd(20)} ${palette.bad(crosses.padStart(columns))}`]),
    ` ${palette.dim(
      [
        `${groupThousands(repeat.sent)} paths`,
        `${formatShare(repeat.loss)} lost`,
        ...(repeat.total.p50 === null ? [] : [`p50 ${formatMicros(repeat.total.p50)}`]),
        ...(repeat.total.p99 === null ? [] : [`p99 ${formatMicros(repeat.total.p99)}`]),
        "Ctrl-C ends it",
      ].join(" · "),
    )}`,
  ];
}
