/** Facts of one target to its result: judged, excused, graded, compared with the policy. Pure. */

import type { ChainAnalysis } from "./certificates/chain.ts";
import type { FileFacts } from "./certificates/model.ts";
import type { CheckContext } from "./context.ts";
import { drift } from "./drift.ts";
import type { EndpointFacts } from "./facts.ts";
import { grade } from "./grade.ts";
import { decideTarget, judge } from "./judge.ts";
import type { CheckPlan, Target } from "./plan.ts";
import { evaluate } from "./policy/evaluate.ts";
import type { PolicyResult, TargetResult } from "./result.ts";
import type { Subject } from "./rules/rule.ts";
import { applyWaivers } from "./waivers.ts";

export interface TargetFacts {
  readonly target: Target;
  readonly endpoint?: EndpointFacts;
  readonly file?: FileFacts;
  readonly chains: readonly ChainAnalysis[];
  readonly seconds: number;
}

export function judgeTarget(facts: TargetFacts, context: CheckContext): TargetResult {
  const { target, endpoint, file, chains, seconds } = facts;
  const { plan } = context;
  const subject: Subject = { target, endpoint, file, chains, plan, companions: context.companions };
  const all = judge(subject);
  const { findings, waived } = applyWaivers(all, context.waivers, target.name, plan.atMs);
  const policy = comply(facts, plan);
  return {
    target,
    outcome: decideTarget({ endpoint, file, findings, policy }, plan.failOn),
    endpoint,
    file,
    chains,
    findings,
    waived,
    grade: grade(subject, all),
    policy,
    drift: endpoint === undefined ? [] : drift(endpoint),
    seconds,
    error: whyNothing(endpoint),
  };
}

/** Undefined where there is no policy, or nothing that it could be held against. */
function comply({ endpoint, chains }: TargetFacts, plan: CheckPlan): PolicyResult | undefined {
  if (plan.policy === undefined) return undefined;
  const reached = endpoint?.addresses.some(({ unreachable }) => unreachable === undefined) === true;
  if (!reached && chains.length === 0) return undefined;
  // Certificates alone say nothing about versions and suites.
  return evaluate(plan.scope === "full" ? endpoint : undefined, chains, plan.policy);
}

/** When no address spoke TLS, the first one says why. */
function whyNothing(endpoint: EndpointFacts | undefined): TargetResult["error"] {
  const addresses = endpoint?.addresses ?? [];
  if (addresses.some(({ unreachable }) => unreachable === undefined)) return undefined;
  const first = addresses[0]?.unreachable;
  return first === undefined ? undefined : { ...first, why: undefined };
}

/** A target of which nothing is known but why. */
export function failedTarget(
  target: Target,
  error: NonNullable<TargetResult["error"]>,
  outcome: "unreachable" | "unreadable" | "inconclusive",
  seconds: number,
): TargetResult {
  return {
    target,
    outcome,
    endpoint: undefined,
    file: undefined,
    chains: [],
    findings: [],
    waived: [],
    grade: undefined,
    policy: undefined,
    drift: [],
    seconds,
    error,
  };
}
