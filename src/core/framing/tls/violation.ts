/**
 * Broken TLS, as a value: what was wrong and the rule that says so. No parser of this room throws at bytes
 * from the wire; they throw (RangeError) only at a caller that asks to encode what does not fit.
 */
export interface TlsViolation {
  readonly kind: "violation";
  /** Plain words. */
  readonly what: string;
  /** For example `RFC 8446 §5.1`. */
  readonly section: string;
}

export interface NeedMore {
  readonly kind: "need-more";
}

export const NEED_MORE: NeedMore = { kind: "need-more" };

export function violation(what: string, section: string): TlsViolation {
  return { kind: "violation", what, section };
}
