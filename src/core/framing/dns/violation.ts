/**
 * Broken DNS, as a value: what was wrong and the rule that says so. Nothing of this room throws at bytes from
 * the wire, nor at names from a command line.
 */
export interface DnsViolation {
  readonly kind: "violation";
  /** Plain words. */
  readonly what: string;
  /** For example `RFC 1035 §4.1.4`. */
  readonly section: string;
}

export function violation(what: string, section: string): DnsViolation {
  return { kind: "violation", what, section };
}
