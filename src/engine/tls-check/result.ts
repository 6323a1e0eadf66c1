/**
 * The result of `netkit tls-check`, schema `netkit.tls-check/1`: plain data, what every report renders.
 */
import type { ChainAnalysis } from "./certificates/chain.ts";
import type { FileFacts } from "./certificates/model.ts";
import type { EndpointFacts } from "./facts.ts";
import type { Target } from "./plan.ts";
import type { Finding, Severity } from "./rules/rule.ts";

export interface WaivedFinding extends Finding {
  readonly waiver: { readonly reason: string; readonly until: string };
}

export interface GradeLine {
  readonly text: string;
  /** What this line caps the grade at. */
  readonly cap: string;
}

export interface Grade {
  /** `A+` to `F`; `T` when it is good but not trusted. */
  readonly letter: string;
  readonly lines: readonly GradeLine[];
}

export interface PolicyResult {
  readonly name: string;
  readonly version: string;
  readonly complies: boolean;
  /** "remove TLSv1.0", "add TLS_AES_…", one step a line. */
  readonly steps: readonly {
    readonly action: "remove" | "add" | "change";
    readonly what: string;
    readonly why: string;
  }[];
  /** What the policy demands and the scan could not find out; `complies` is false as long as there is any. */
  readonly unknown: readonly string[];
  /** Configuration that complies, by server. */
  readonly configuration: readonly { readonly server: string; readonly lines: readonly string[] }[];
}

export interface Drift {
  /** What differs between the addresses of one name. */
  readonly what: string;
  readonly values: readonly { readonly value: string; readonly addresses: readonly string[] }[];
}

export interface TargetResult {
  readonly target: Target;
  readonly outcome: "passed" | "failed" | "inconclusive" | "unreachable" | "unreadable";
  readonly endpoint: EndpointFacts | undefined;
  readonly file: FileFacts | undefined;
  readonly chains: readonly ChainAnalysis[];
  readonly findings: readonly Finding[];
  readonly waived: readonly WaivedFinding[];
  readonly grade: Grade | undefined;
  readonly policy: PolicyResult | undefined;
  readonly drift: readonly Drift[];
  readonly seconds: number;
  readonly error:
    | {
        readonly code: string;
        readonly message: string;
        readonly why: string | undefined;
        readonly next: string | undefined;
      }
    | undefined;
}

export interface CheckResult {
  readonly schema: "netkit.tls-check/1";
  readonly command: "tls-check";
  readonly version: string;
  readonly startedAt: string;
  readonly at: string;
  readonly targets: readonly TargetResult[];
  /** Findings that count, by severity. */
  readonly counts: Record<Severity, number>;
  readonly expiredWaivers: readonly { readonly rule: string; readonly until: string }[];
  readonly outcome: "passed" | "failed" | "inconclusive";
  readonly interrupted: boolean;
}
