/** CheckResult to document: the one translation, shared by every report. Pure. */
import { fails } from "../judge.ts";
import type { CheckPlan } from "../plan.ts";
import type { CheckResult, TargetResult } from "../result.ts";
import type { Rule } from "../rules/rule.ts";
import { certificateDocument, itemDocument } from "./certificates.ts";
import { certificatesOf, chainDocument } from "./chains.ts";
import { addressDocument } from "./endpoint.ts";
import type { CheckDocument, RuleDocument, TargetDocument } from "./model.ts";

export function toDocument(result: CheckResult, plan: CheckPlan, rules: readonly Rule[]): CheckDocument {
  const spoke = new Set(
    result.targets.flatMap(({ findings, waived }) => [...findings, ...waived].map(({ rule }) => rule)),
  );
  return {
    schema: result.schema,
    command: "tls-check",
    version: result.version,
    startedAt: result.startedAt,
    at: result.at,
    scope: plan.scope,
    failOn: plan.failOn.map((one) => (typeof one === "string" ? one : one.rule)),
    outcome: result.outcome,
    interrupted: result.interrupted,
    planned: plan.targets.length,
    counts: result.counts,
    targets: result.targets.map((target) => targetDocument(target, plan)),
    expiredWaivers: result.expiredWaivers,
    rules: rules.filter(({ id }) => spoke.has(id)).map(ruleDocument),
  };
}

export function ruleDocument(rule: Rule): RuleDocument {
  const { id, title, severity, about, probes, why, fix, references } = rule;
  return { id, title, severity, about, probes, why, fix, references };
}

function targetDocument(result: TargetResult, plan: CheckPlan): TargetDocument {
  const { target, endpoint, file, error } = result;
  return {
    name: target.name,
    kind: target.kind,
    outcome: result.outcome,
    endpoint:
      target.kind === "endpoint"
        ? {
            host: target.host,
            port: target.port,
            upgrade: target.upgrade,
            serverName: target.serverName ?? null,
            addresses: (endpoint?.addresses ?? []).map(addressDocument),
            notes: endpoint?.notes ?? [],
          }
        : null,
    file:
      file === undefined
        ? null
        : { path: file.path, format: file.format, items: file.items.map(itemDocument) },
    certificates: certificatesOf(result).map(certificateDocument),
    chains: result.chains.map(chainDocument),
    findings: result.findings.map((finding) => ({ ...finding, decides: fails(finding, plan.failOn) })),
    waived: result.waived,
    grade: result.grade ?? null,
    policy: result.policy ?? null,
    drift: result.drift,
    error:
      error === undefined
        ? null
        : { code: error.code, message: error.message, why: error.why ?? null, next: error.next ?? null },
    effort: { seconds: result.seconds },
  };
}
