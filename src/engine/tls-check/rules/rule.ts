/**
 * The contract of all rules: one file a rule, `judge` pure, the catalog lists them. A rule sees everything that
 * was learned of one target and says what is wrong, where, and on what evidence.
 */

import type { ChainAnalysis } from "../certificates/chain.ts";
import type { FileFacts } from "../certificates/model.ts";
import type { EndpointFacts } from "../facts.ts";
import type { CheckPlan, Target } from "../plan.ts";

export const SEVERITIES = ["info", "low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * `vulnerable`: shown by a probe or plain to see. `exposure`: possible by what is offered, not shown.
 * `inconclusive`: could not be found out.
 */
export type FindingStatus = "vulnerable" | "exposure" | "problem" | "note" | "inconclusive";

export interface Finding {
  /** Stable, kebab-case: `cert-expired`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly status: FindingStatus;
  /** One sentence, stable between runs: no counters of days, no times of day. */
  readonly message: string;
  /** Address, file and item, chain position: what it is about. */
  readonly where: string;
  /** Facts that show it, short lines; may hold changing figures. */
  readonly evidence: readonly string[];
}

/** All that a rule may look at; plain data, no I/O. */
export interface Subject {
  readonly target: Target;
  readonly endpoint: EndpointFacts | undefined;
  readonly file: FileFacts | undefined;
  /** Every chain to judge, of the endpoint or of the file, built and verified. */
  readonly chains: readonly ChainAnalysis[];
  readonly plan: CheckPlan;
  /** Files given in the same command, for rules that compare (key matches certificate). */
  readonly companions: readonly FileFacts[];
}

/**
 * What has to be found out for a rule: parts of what is known of an address, certificates as served, files as given. The
 * scan probes for all of them; which of them a rule rests on is said by it, and held by a test.
 */
export const PROBES = [
  "protocols",
  "groups",
  "dh",
  "signatures",
  "features",
  "sessions",
  "vulnerabilities",
  "certificates",
  "files",
] as const;
export type ProbeName = (typeof PROBES)[number];

export interface Rule {
  readonly id: string;
  readonly title: string;
  /** The most it reports. */
  readonly severity: Severity;
  readonly about:
    | "protocol"
    | "cipher"
    | "key-exchange"
    | "certificate"
    | "chain"
    | "key"
    | "vulnerability"
    | "feature"
    | "file";
  /** All that `judge` looks at, besides which addresses were reached. */
  readonly probes: readonly ProbeName[];
  /** Why it matters, in two or three sentences, for `--explain`. */
  readonly why: string;
  /** What to do, with configuration lines where there are any. */
  readonly fix: string;
  /** RFC sections, CVEs, guidelines. */
  readonly references: readonly string[];
  /** Kinds of rules whose questions are open too when one of this rule is. */
  readonly opens?: readonly Rule["about"][];
  judge(subject: Subject): readonly Finding[];
}
