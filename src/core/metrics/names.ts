/**
 * What a metric may be called: the Prometheus data model, and the conventions `promtool check metrics` lints.
 * A name that breaks them is a mistake in the program, so it throws at registration, before the first request.
 */

export type MetricKind = "counter" | "gauge" | "histogram";

const METRIC_NAME = /^[a-z_][a-z0-9_]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Names of the series that one family becomes in the text format. */
export function seriesNames(kind: MetricKind, name: string): string[] {
  return kind === "histogram" ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

/** @throws Error */
export function checkMetric(kind: MetricKind, name: string, help: string, labels: readonly string[]): void {
  // Colons belong to recording rules, and upper case is no convention of Prometheus.
  if (!METRIC_NAME.test(name)) throw new Error(`metric name "${name}" is not of the form a_b_c`);
  if (help.trim() === "") throw new Error(`metric ${name} has no help text`);
  if (kind === "counter" && !name.endsWith("_total")) throw new Error(`counter ${name} must end in _total`);
  if (kind !== "counter" && name.endsWith("_total"))
    throw new Error(`${kind} ${name} must not end in _total`);
  if (kind === "histogram" && !name.endsWith("_seconds")) {
    throw new Error(`histogram ${name} is exposed in seconds and must end in _seconds`);
  }
  if (/_(bucket|count|sum)$/.test(name))
    throw new Error(`${kind} ${name} has an ending reserved for histograms`);
  const seen = new Set<string>();
  for (const label of labels) {
    if (!LABEL_NAME.test(label) || label.startsWith("__")) {
      throw new Error(`metric ${name}: "${label}" is not a label name`);
    }
    if (kind === "histogram" && label === "le") throw new Error(`metric ${name}: label "le" is reserved`);
    if (seen.has(label)) throw new Error(`metric ${name}: label "${label}" is there twice`);
    seen.add(label);
  }
}

/** @throws Error unless ascending, positive and finite. */
export function checkBounds(name: string, boundsSeconds: readonly number[]): void {
  let previous = 0;
  for (const bound of boundsSeconds) {
    if (!(bound > previous && Number.isFinite(bound))) {
      throw new Error(`histogram ${name}: bucket bounds must be positive, finite and ascending`);
    }
    previous = bound;
  }
}
