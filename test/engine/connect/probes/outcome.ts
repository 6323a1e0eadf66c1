// What a probe comes to over a scripted wire: facts, or the code of its error; and the same at every cut.
import { expect } from "vitest";
import { NetkitError } from "../../../../src/core/errors.ts";
import type { Probe, ProbePlan } from "../../../../src/engine/connect/probes/probe.ts";
import type { ProbeFacts } from "../../../../src/engine/connect/result.ts";
import { ScriptedWire, type Turn, type WireOptions } from "../../../support/probe-wire.ts";

export interface Outcome {
  readonly facts: ProbeFacts | undefined;
  readonly error: NetkitError | undefined;
  readonly wire: ScriptedWire;
}

export async function outcomeOf(
  probe: Probe,
  plan: ProbePlan,
  turns: readonly Turn[],
  options: WireOptions = {},
): Promise<Outcome> {
  const wire = new ScriptedWire(turns, options);
  try {
    return { facts: await probe.run(wire, plan, false), error: undefined, wire };
  } catch (error) {
    if (!(error instanceof NetkitError)) throw error;
    return { facts: undefined, error, wire };
  }
}

/** The error a probe ends with; fails when it comes to facts. */
export async function errorOf(
  probe: Probe,
  plan: ProbePlan,
  turns: readonly Turn[],
  options: WireOptions = {},
): Promise<NetkitError> {
  const { error, facts } = await outcomeOf(probe, plan, turns, options);
  if (error === undefined) throw new Error(`no error: ${JSON.stringify(facts)}`);
  return error;
}

/** The facts at every cut, which have to be the same; `bytes` counts what the server says. */
export async function factsAtEveryCut(
  probe: Probe,
  plan: ProbePlan,
  turns: readonly Turn[],
  bytes: number,
  options: WireOptions = {},
): Promise<ProbeFacts> {
  const whole = await outcomeOf(probe, plan, turns, options);
  if (whole.facts === undefined) throw whole.error;
  for (let cutAt = 1; cutAt < bytes; cutAt++) {
    const { facts } = await outcomeOf(probe, plan, turns, { ...options, cutAt });
    expect(timeless(facts), `cut at ${cutAt}`).toEqual(timeless(whole.facts));
  }
  for (const every of [1, 2, 3]) {
    const { facts } = await outcomeOf(probe, plan, turns, { ...options, every });
    expect(timeless(facts), `pieces of ${every}`).toEqual(timeless(whole.facts));
  }
  return whole.facts;
}

/** The codes of all early ends: after 0, 1, … bytes. */
export async function codesOfEarlyEnds(
  probe: Probe,
  plan: ProbePlan,
  turns: readonly Turn[],
  bytes: number,
  options: WireOptions = {},
): Promise<(string | undefined)[]> {
  const codes: (string | undefined)[] = [];
  for (let endAt = 0; endAt < bytes; endAt++) {
    codes.push((await outcomeOf(probe, plan, turns, { ...options, endAt })).error?.code);
  }
  return codes;
}

function timeless(facts: ProbeFacts | undefined): unknown {
  return facts?.kind === "websocket" ? { ...facts, pingUs: 0 } : facts;
}

export const total = (turns: readonly (string | Uint8Array)[]): number =>
  turns.reduce((sum, turn) => sum + Buffer.byteLength(turn), 0);
