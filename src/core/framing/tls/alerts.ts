/**
 * Alerts (RFC 8446 §6, and those of earlier versions and of extensions): levels, descriptions and their names.
 */
import type { Buffer } from "node:buffer";
import { type TlsViolation, violation } from "./violation.ts";

export const ALERT_LEVEL = { warning: 1, fatal: 2 } as const;

export const ALERT = {
  close_notify: 0,
  end_of_early_data: 1,
  unexpected_message: 10,
  bad_record_mac: 20,
  decryption_failed: 21,
  record_overflow: 22,
  decompression_failure: 30,
  handshake_failure: 40,
  no_certificate: 41,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  illegal_parameter: 47,
  unknown_ca: 48,
  access_denied: 49,
  decode_error: 50,
  decrypt_error: 51,
  too_many_cids_requested: 52,
  export_restriction: 60,
  protocol_version: 70,
  insufficient_security: 71,
  internal_error: 80,
  inappropriate_fallback: 86,
  user_canceled: 90,
  no_renegotiation: 100,
  missing_extension: 109,
  unsupported_extension: 110,
  certificate_unobtainable: 111,
  unrecognized_name: 112,
  bad_certificate_status_response: 113,
  bad_certificate_hash_value: 114,
  unknown_psk_identity: 115,
  certificate_required: 116,
  general_error: 117,
  no_application_protocol: 120,
  ech_required: 121,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ALERT).map(([name, description]) => [description, name]),
);

/** `handshake_failure`, or `alert 99`. */
export function alertName(description: number): string {
  return NAMES.get(description) ?? `alert ${description}`;
}

export interface Alert {
  readonly kind: "alert";
  /** 1 warning, 2 fatal; TLS 1.3 pays no attention to it. */
  readonly level: number;
  readonly description: number;
  /** `handshake_failure`. */
  readonly name: string;
}

/** Payload of an alert record in the clear (RFC 8446 §6). */
export function parseAlert(payload: Buffer): Alert | TlsViolation {
  if (payload.length !== 2)
    return violation(`an alert of ${payload.length} bytes instead of 2`, "RFC 8446 §6");
  const description = payload[1]!;
  return { kind: "alert", level: payload[0]!, description, name: alertName(description) };
}
