/** What became of the fault, and what each probe saw. */
import { formatMicros, formatMillis, groupThousands } from "../../../core/units.ts";
import type { PoolTestResult, ProbeCheck } from "../../../engine/pool-test/result.ts";
import { sparkline } from "../../text/charts.ts";
import { hanging, type Palette, printable } from "../../text/style.ts";
import { perSecond } from "./rate.ts";
import { errorLines } from "./sizes.ts";

export function chaosSection({ chaos }: PoolTestResult, palette: Palette, width: number): string[] {
  if (chaos === null) return [];
  const { reconnects } = chaos;
  const recovery =
    chaos.recoveryMs === null
      ? palette.bad("it did not recover while it was watched")
      : `recovered within ${formatMillis(chaos.recoveryMs)}`;
  const words = [
    chaos.killed > 0
      ? `${counted(chaos.killed, "connection")} ended by ${printable(chaos.means)}`
      : `made by ${printable(chaos.means)}`,
    recovery,
    `${perSecond(chaos.throughputBefore)} before, ${chaos.throughputAfter === null ? "nothing" : perSecond(chaos.throughputAfter)} after`,
    `wait p99 ${micros(chaos.waitP99BeforeUs)} before, ${micros(chaos.waitP99DuringUs)} during, ${micros(chaos.waitP99AfterUs)} after`,
    `${groupThousands(reconnects.count)} opened anew, ${counted(reconnects.failed, "attempt")} failed, up to ${groupThousands(reconnects.peakPer100Ms)} attempts within 100 ms, ${groupThousands(reconnects.atOnce)} at once`,
    chaos.leaked === 0 ? "none leaked" : palette.bad(`${chaos.leaked} leaked`),
  ];
  const course = chaos.timeline.map(({ served }) => served).slice(-Math.max(1, width - 4));
  return [
    ...hanging(` ${palette.title("Fault")} ${printable(chaos.kind)}  `, words.join(" · "), width),
    ...(course.length < 2 ? [] : [`   ${palette.bar(sparkline(course))}`]),
    ...errorLines(chaos.failures, palette, width),
  ];
}

function counted(count: number, noun: string): string {
  return `${groupThousands(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function micros(us: number | null): string {
  return us === null ? "-" : formatMicros(us);
}

export function probesSection({ probes }: PoolTestResult, palette: Palette, width: number): string[] {
  const { leak, nested, exhaustion, idle } = probes;
  const lines: string[] = [];
  const say = (passed: boolean | null, text: string): void => {
    const [sign, ink] =
      passed === null ? ["-", palette.dim] : passed ? ["✓", palette.good] : ["✗", palette.bad];
    lines.push(
      ...hanging(`   ${sign} `, printable(text), width).map((line, at) =>
        at === 0 ? ink(line.slice(0, 4)) + line.slice(4) : line,
      ),
    );
  };
  if (leak !== null) {
    const passed = leak.supported ? leak.found === leak.planted && leak.falseAlarms === 0 : null;
    say(
      passed,
      leak.supported
        ? `leaks: ${leak.found} of ${leak.planted} planted ones were found, ${leak.falseAlarms} false alarms from ${leak.slowLeases} slow leases`
        : "leaks: this pool does not look for them",
    );
    for (const stack of [...new Set(leak.stacks)].slice(0, 3)) {
      lines.push(
        ...stack
          .split("\n")
          .slice(0, 2)
          .map((frame) => palette.dim(`       ${printable(frame.trim())}`.slice(0, width))),
      );
    }
  }
  if (nested !== null) {
    const seen =
      nested.smallestSafe === null
        ? "no size that was tried finished"
        : `${nested.smallestSafe} is the least that finished`;
    say(
      nested.agrees,
      `nested checkouts: ${nested.callers} callers that take ${nested.depth} each want a pool of ${nested.predictedSize}; ${seen}`,
    );
  }
  const outcomes = { passed: true, failed: false, "not-supported": null } as const satisfies Record<
    ProbeCheck["outcome"],
    boolean | null
  >;
  for (const { name, outcome, detail } of [...(exhaustion ?? []), ...(idle ?? [])])
    say(outcomes[outcome], `${name}: ${detail}`);
  return lines.length === 0 ? [] : [` ${palette.title("Probes")}`, ...lines];
}
