/** Figures for the textfile collector of node_exporter, in the Prometheus text format. */
import { formatPrometheus } from "../../core/metrics/prometheus.ts";
import type { GaugeSnapshot } from "../../core/metrics/snapshot.ts";
import type { CheckDocument, TargetDocument } from "../../engine/tls-check/document/model.ts";
import { addressText, certificateBy, nameOf, SEVERITIES_DOWN } from "./reading.ts";

interface Series {
  readonly labels: readonly string[];
  readonly value: number;
}

export function renderPrometheus(result: CheckDocument): string {
  const { targets } = result;
  const each = (view: (target: TargetDocument) => readonly Series[]): readonly Series[] =>
    targets.flatMap(view);
  const families = [
    gauge(
      "passed",
      "1 when nothing speaks against the target.",
      ["target"],
      each(({ name, outcome }) => [{ labels: [name], value: outcome === "passed" ? 1 : 0 }]),
    ),
    gauge(
      "outcome",
      "1 for the outcome that it is.",
      ["target", "outcome"],
      each(({ name, outcome }) => [{ labels: [name, outcome], value: 1 }]),
    ),
    gauge(
      "findings",
      "Findings that count, without open questions.",
      ["target", "severity"],
      each(findingSeries),
    ),
    gauge(
      "grade_info",
      "The grade, as a label.",
      ["target", "grade"],
      each(({ name, grade }) => (grade === null ? [] : [{ labels: [name, grade.letter], value: 1 }])),
    ),
    gauge(
      "policy_complies",
      "1 when the policy is met.",
      ["target", "policy"],
      each(({ name, policy }) =>
        policy === null ? [] : [{ labels: [name, policy.name], value: policy.complies ? 1 : 0 }],
      ),
    ),
    gauge(
      "certificate_not_after_seconds",
      "End of the certificate, seconds since 1970.",
      ["target", "where", "name", "serial"],
      each((target) => certificateSeries(target, ({ notAfter }) => notAfter)),
    ),
    gauge(
      "certificate_not_before_seconds",
      "Beginning of the certificate, seconds since 1970.",
      ["target", "where", "name", "serial"],
      each((target) => certificateSeries(target, ({ notBefore }) => notBefore)),
    ),
    gauge(
      "version_offered",
      "1 when the address speaks the version, 0 when it refuses; absent when not known.",
      ["target", "address", "version"],
      each(versionSeries),
    ),
    gauge(
      "last_run_seconds",
      "When the check began, seconds since 1970.",
      [],
      [{ labels: [], value: Math.floor(Date.parse(result.startedAt) / 1000) }],
    ),
  ];
  return formatPrometheus({ families: families.filter(({ series }) => series.length > 0) });
}

function gauge(
  name: string,
  help: string,
  labelNames: readonly string[],
  series: readonly Series[],
): GaugeSnapshot {
  return {
    name: `netkit_tls_${name}`,
    help,
    kind: "gauge",
    merge: "max",
    labelNames,
    series: withoutTwins(series),
  };
}

/** A series stands once, or the collector refuses the whole file. */
function withoutTwins(series: readonly Series[]): readonly Series[] {
  return [...new Map(series.map((one) => [one.labels.join("\u0000"), one])).values()];
}

function findingSeries({ name, findings }: TargetDocument): readonly Series[] {
  return SEVERITIES_DOWN.map((severity) => ({
    labels: [name, severity],
    value: findings.filter((finding) => finding.severity === severity && finding.status !== "inconclusive")
      .length,
  }));
}

function certificateSeries(
  target: TargetDocument,
  date: (certificate: { readonly notAfter: string; readonly notBefore: string }) => string,
): readonly Series[] {
  const find = certificateBy(target);
  return target.chains.flatMap(({ leaf, where }) => {
    const certificate = find(leaf);
    const ms = certificate === undefined ? Number.NaN : Date.parse(date(certificate));
    if (certificate === undefined || Number.isNaN(ms)) return [];
    return [
      { labels: [target.name, where, nameOf(certificate), certificate.serial], value: Math.floor(ms / 1000) },
    ];
  });
}

function versionSeries({ name, endpoint }: TargetDocument): readonly Series[] {
  return (endpoint?.addresses ?? []).flatMap((address) =>
    address.protocols.flatMap(({ version, answer }) =>
      answer.kind === "inconclusive"
        ? []
        : [
            {
              labels: [name, addressText(address, endpoint!.port), version],
              value: answer.kind === "offered" ? 1 : 0,
            },
          ],
    ),
  );
}
