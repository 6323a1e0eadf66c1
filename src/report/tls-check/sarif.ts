/**
 * SARIF 2.1.0 (OASIS), as GitHub code scanning and other viewers read it. A waived finding is a suppressed result, an
 * open question one of kind "open"; what could not be looked at is a notification of the run. Fingerprints come from
 * rule, target, place and sentence, so that a viewer knows a finding again.
 */
import { createHash } from "node:crypto";
import type { CheckDocument, RuleDocument, TargetDocument } from "../../engine/tls-check/document/model.ts";
import type { Finding, Severity } from "../../engine/tls-check/rules/rule.ts";
import type { CheckReportOptions } from "./format.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

type Level = "error" | "warning" | "note" | "none";

const LEVELS: Readonly<Record<Severity, Level>> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  info: "note",
};

/** What GitHub sorts by: over 9 critical, over 7 high, over 4 medium. */
const SECURITY_SEVERITY: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.0",
  low: "2.0",
  info: "0.0",
};

/** Results that no rule of the catalog makes. */
const OTHER_RULES: readonly RuleDocument[] = [
  {
    id: "policy",
    title: "The policy is not met",
    severity: "high",
    about: "feature",
    probes: [],
    why: "The check was asked to hold the target against a policy.",
    fix: "Take the step that the result names.",
    references: [],
  },
  {
    id: "waiver-expired",
    title: "A waiver is over",
    severity: "high",
    about: "feature",
    probes: [],
    why: "A waiver excuses a finding until a day. That day is over.",
    fix: "Mend what was excused, or renew the waiver, or take it out.",
    references: [],
  },
];

export function renderSarif(result: CheckDocument, { rules }: CheckReportOptions): string {
  const all = [...rules, ...OTHER_RULES];
  const index = new Map(all.map(({ id }, at) => [id, at]));
  const make = (one: Draft) => resultOf(one, index);
  const log = {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "netkit",
            fullName: "netkit tls-check",
            semanticVersion: result.version,
            rules: all.map(ruleOf),
          },
        },
        invocations: [
          {
            executionSuccessful: !result.interrupted,
            toolExecutionNotifications: result.targets.flatMap(notification),
          },
        ],
        columnKind: "utf16CodeUnits",
        results: [
          ...result.targets.flatMap((target) => drafts(target).map(make)),
          ...waivers(result).map(make),
        ],
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf({ id, title, severity, about, why, fix, references }: RuleDocument): object {
  const read = references.length === 0 ? "" : `\n\nRead: ${references.join("; ")}`;
  const markdown = `${why}\n\n**To mend it**\n\n\`\`\`text\n${fix}\n\`\`\`${read}`;
  return {
    id,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: why },
    help: { text: `${why}\n\n${fix}${read}`, markdown },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags: ["security", "tls", about], "security-severity": SECURITY_SEVERITY[severity] },
  };
}

interface Draft {
  readonly rule: string;
  readonly level: Level;
  readonly kind: "fail" | "open" | "informational";
  readonly message: string;
  readonly target: Pick<TargetDocument, "name" | "kind">;
  readonly where: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly suppressions?: readonly object[];
}

function drafts(target: TargetDocument): Draft[] {
  const { findings, waived, policy } = target;
  const steps = (policy?.steps ?? []).map(
    ({ action, what, why }): Draft => ({
      rule: "policy",
      level: "error",
      kind: "fail",
      message: `${policy!.name} ${policy!.version}: ${action} ${what}: ${why}`,
      target,
      where: target.name,
      properties: { decides: true },
    }),
  );
  return [
    ...findings.map((finding) => draft(target, finding, { decides: finding.decides })),
    ...waived.map((finding) => ({
      ...draft(target, finding, { decides: false, until: finding.waiver.until }),
      suppressions: [{ kind: "external", status: "accepted", justification: finding.waiver.reason }],
    })),
    ...steps,
  ];
}

function draft(target: TargetDocument, finding: Finding, extra: Readonly<Record<string, unknown>>): Draft {
  const { rule, severity, status, message, where, evidence } = finding;
  const isOpen = status === "inconclusive";
  return {
    rule,
    // A result that is no failure has no level (SARIF 3.27.10).
    level: isOpen ? "none" : LEVELS[severity],
    kind: isOpen ? "open" : "fail",
    message: `${message} (${where})`,
    target,
    where,
    properties: { severity, status, evidence, ...extra },
  };
}

function waivers({ expiredWaivers }: CheckDocument): Draft[] {
  return expiredWaivers.map(({ rule, until }) => ({
    rule: "waiver-expired",
    level: "error",
    kind: "fail",
    message: `the waiver for ${rule} ended on ${until}`,
    target: { name: "waivers", kind: "file" },
    where: rule,
    properties: { decides: true },
  }));
}

function resultOf(one: Draft, index: ReadonlyMap<string, number>): object {
  const { rule, level, kind, message, target, where, properties, suppressions } = one;
  const ruleIndex = index.get(rule);
  const identity = createHash("sha256").update([rule, target.name, where, message].join("\n"));
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level,
    kind,
    message: { text: message },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(target) }, ...regionOf(target, where) },
        logicalLocations: [{ fullyQualifiedName: where }],
      },
    ],
    partialFingerprints: { "netkitTlsCheck/v1": identity.digest("hex") },
    ...(suppressions === undefined ? {} : { suppressions }),
    properties,
  };
}

/** A path as a relative reference; an endpoint is a URI already. */
function uriOf({ name, kind }: Pick<TargetDocument, "name" | "kind">): string {
  if (kind === "endpoint") return name;
  const path = name.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${path}` : path;
}

/** PEM blocks tell their line; anything else in a file stands for the whole of it. */
function regionOf({ kind }: Pick<TargetDocument, "kind">, where: string): object {
  if (kind === "endpoint") return {};
  const line = /, line (\d+)$/.exec(where)?.[1];
  return { region: { startLine: line === undefined ? 1 : Math.max(1, Number(line)) } };
}

function notification(target: TargetDocument): object[] {
  const { error } = target;
  if (error === null) return [];
  const text = [error.message, error.why].filter((part) => part !== null).join(": ");
  return [
    {
      level: "error",
      descriptor: { id: error.code },
      message: { text },
      locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(target) } } }],
    },
  ];
}
