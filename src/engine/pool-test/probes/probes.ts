/** The probes that a plan asks for, one after the other: each has a pool of its own. */
import type { ProbeContext } from "../pool-test.ts";
import type { ProbesResult } from "../result.ts";
import { probeExhaustion } from "./exhaustion.ts";
import { probeIdle } from "./idle.ts";
import { probeLeaks } from "./leak.ts";
import { probeNested } from "./nested.ts";
import type { Questions } from "./questions.ts";

export async function runProbes(context: ProbeContext, questions: Questions): Promise<ProbesResult> {
  const { leak, nested, exhaustion, idle } = context.plan.probes;
  return {
    leak: leak === undefined ? null : await questions.ask("leak", () => probeLeaks(context, leak.planted)),
    nested: nested === undefined ? null : await questions.ask("nested", () => probeNested(context, nested)),
    exhaustion: exhaustion ? await questions.ask("exhaustion", () => probeExhaustion(context)) : null,
    idle: idle ? await questions.ask("idle", () => probeIdle(context)) : null,
  };
}
