/**
 * What goes wrong in TLS, in words: node's and OpenSSL's error codes become NetkitErrors with a stable
 * `NK_TLS_*` code, a sentence why and a next step.
 *
 * One table of rules, first match wins. Codes: X509_V_ERR_* names as node reports them, `ERR_TLS_*` of
 * node, `ERR_SSL_*` of OpenSSL 3. Alerts are those of RFC 8446 section 6.2 and RFC 5246 section 7.2.
 */
import { NetkitError, systemCodeOf, wrapSystemError } from "../errors.ts";

interface TlsRule {
  readonly match: RegExp;
  readonly code: `NK_TLS_${string}`;
  readonly why: (detail: TlsDetail) => string;
  readonly next: string;
}

interface TlsDetail {
  readonly host: string;
  /** Node's or OpenSSL's own code, for example `CERT_HAS_EXPIRED`. */
  readonly code: string;
  readonly message: string;
  /** The peer's certificate where the error carries it (`ERR_TLS_CERT_ALTNAME_INVALID` does). */
  readonly names: string;
}

const TRUST = "pass the CA that signed it with --cacert FILE, or --insecure to skip verification";

const RULES: readonly TlsRule[] = [
  {
    match: /^ERR_TLS_HANDSHAKE_TIMEOUT$/,
    code: "NK_TLS_HANDSHAKE_TIMEOUT",
    why: () => "the connection stands, but the TLS handshake did not finish in time",
    next: "check that the port speaks TLS, or raise --timeout",
  },
  {
    match: /^CERT_HAS_EXPIRED$|CERTIFICATE_EXPIRED$/,
    code: "NK_TLS_CERT_EXPIRED",
    why: (detail) =>
      isAlert(detail.code) ? "the peer says our certificate has expired" : "the certificate has expired",
    next: "renew it, check this machine's clock, or pass --insecure to go on without verification",
  },
  {
    match: /^CERT_NOT_YET_VALID$/,
    code: "NK_TLS_CERT_NOT_YET_VALID",
    why: () => "the certificate is not valid yet",
    next: "check the clocks of both machines, or pass --insecure to go on without verification",
  },
  {
    match: /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|IP_ADDRESS_MISMATCH)$/,
    code: "NK_TLS_NAME_MISMATCH",
    why: (detail) =>
      `the certificate is not for ${detail.host}${detail.names === "" ? "" : `; it is for ${detail.names}`}`,
    next: "use a name it is for (--sni NAME asks for one), or --insecure to skip verification",
  },
  {
    match: /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/,
    code: "NK_TLS_CERT_UNTRUSTED",
    why: (detail) =>
      detail.code.startsWith("DEPTH")
        ? "the certificate is self-signed, so nobody this machine trusts vouches for it"
        : "the chain ends in a root certificate that this machine does not trust",
    next: TRUST,
  },
  {
    match: /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/,
    code: "NK_TLS_CERT_UNTRUSTED",
    why: () => "its issuer is unknown here: the server leaves out an intermediate, or the CA is private",
    next: TRUST,
  },
  {
    match: /^CERT_REVOKED$|CERTIFICATE_REVOKED$/,
    code: "NK_TLS_CERT_REVOKED",
    why: () => "the certificate was revoked",
    next: "replace the certificate",
  },
  {
    match:
      /^(CERT_|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|CRL_|UNABLE_TO_|ERROR_IN_CERT|CA_MD_TOO_WEAK|EE_KEY|AKID_|SUBJECT_ISSUER)/,
    code: "NK_TLS_CERT_UNTRUSTED",
    why: (detail) => `the certificate was not accepted: ${detail.message}`,
    next: TRUST,
  },
  {
    match:
      /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE)$/,
    code: "NK_TLS_ALERT",
    why: (detail) =>
      `the peer sent the alert "${alertName(detail.code)}": it refuses our certificate, or wants one`,
    next: "pass a client certificate with --cert FILE --key FILE; if this is the server's log, the client distrusts it",
  },
  {
    match: /PEER_DID_NOT_RETURN_A_CERTIFICATE$/,
    code: "NK_TLS_CLIENT_CERT_MISSING",
    why: () => "the client sent no certificate, and this listener requires one",
    next: "give the client one that the CA in --client-ca has signed",
  },
  {
    match: /ALERT_PROTOCOL_VERSION$|UNSUPPORTED_PROTOCOL$|VERSION_TOO_LOW$|NO_PROTOCOLS_AVAILABLE$/,
    code: "NK_TLS_VERSION",
    why: () => "the two sides have no TLS version in common",
    next: "widen --tls-min and --tls-max; TLS 1.2 and 1.3 are what current servers speak",
  },
  {
    match: /NO_APPLICATION_PROTOCOL$/,
    code: "NK_TLS_ALPN",
    why: () => "the peer speaks none of the application protocols offered by ALPN",
    next: "ask for another protocol, such as --http 1.1",
  },
  {
    match: /NO_SHARED_CIPHER$|NO_CIPHERS_AVAILABLE$|NO_CIPHER_MATCH$/,
    code: "NK_TLS_CIPHERS",
    why: () => "the two sides have no cipher suite in common",
    next: "widen --ciphers, or leave it out",
  },
  {
    match: /UNRECOGNIZED_NAME$/,
    code: "NK_TLS_NAME_REFUSED",
    why: (detail) => `the server has no certificate for the name ${detail.host}`,
    next: "check the host name, or ask for another with --sni NAME",
  },
  {
    // What an answer in plain text looks like to a TLS client, and a plain request to a TLS server.
    match:
      /WRONG_VERSION_NUMBER$|HTTP_REQUEST$|HTTPS_PROXY_REQUEST$|PACKET_LENGTH_TOO_LONG$|BAD_RECORD_TYPE$/,
    code: "NK_TLS_NOT_TLS",
    why: () => "the other side does not speak TLS: its bytes are no TLS record",
    next: "use the scheme without TLS (http: instead of https:), or check the port",
  },
  {
    match: /_ALERT_/,
    code: "NK_TLS_ALERT",
    why: (detail) => `the peer ended the handshake with the alert "${alertName(detail.code)}"`,
    next: "its log says more; no version or suite in common, or a missing client certificate (--cert FILE --key FILE), are the usual reasons",
  },
  {
    match: /^ERR_(SSL|TLS|OSSL)_/,
    code: "NK_TLS_FAILED",
    why: (detail) => detail.message,
    next: "check certificates, versions and cipher suites on both sides",
  },
];

function isAlert(code: string): boolean {
  return code.includes("_ALERT_");
}

/** `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED` → `certificate required`. */
function alertName(code: string): string {
  return code
    .slice(code.indexOf("_ALERT_") + 7)
    .replaceAll("_", " ")
    .toLowerCase();
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** OpenSSL's one-line form names file, line and thread: only its reason is for people. */
function plainMessage(error: { reason?: unknown; message?: unknown }): string {
  const reason = textOf(error.reason);
  return reason !== ""
    ? reason
    : textOf(error.message)
        .replace(/^.*?:SSL routines:[^:]*:/, "")
        .trim();
}

function namesOf(error: { cert?: { subjectaltname?: unknown } }): string {
  const names = textOf(error.cert?.subjectaltname).split(", ").filter(Boolean);
  const shown = names.slice(0, 4).map((name) => name.replace(/^(DNS|IP Address):/, ""));
  return names.length > 4 ? `${shown.join(", ")} and ${names.length - 4} more` : shown.join(", ");
}

/**
 * A NetkitError of the stage `tls` for what `tls.connect`, a TLSSocket or `tlsClientError` reports; an error
 * that has nothing to do with TLS is wrapped as a system error, and a NetkitError passes through.
 * @param host the name that was asked for, as the user wrote it
 */
export function translateTlsError(error: unknown, host: string): NetkitError {
  if (error instanceof NetkitError) return error;
  const code = systemCodeOf(error) ?? "";
  const carried = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const message = `TLS with ${host} failed`;
  const rule = RULES.find((candidate) => candidate.match.test(code));
  if (rule !== undefined) {
    const detail: TlsDetail = { host, code, message: plainMessage(carried), names: namesOf(carried) };
    return new NetkitError("tls", rule.code, message, {
      subject: host,
      why: rule.why(detail),
      next: rule.next,
      cause: error,
    });
  }
  if (code === "ECONNRESET" || code === "EPIPE") return closedInHandshake(host, error);
  return wrapSystemError(error, "speak TLS with", host);
}

/** The peer went away between connect and the end of the handshake. */
export function closedInHandshake(host: string, cause?: unknown): NetkitError {
  return new NetkitError("tls", "NK_TLS_CLOSED", `TLS with ${host} failed`, {
    subject: host,
    why: "the peer closed the connection during the TLS handshake",
    next: "check that the port speaks TLS; a firewall or a server without a certificate closes like this",
    cause,
  });
}

/** The handshake was not done within its time. */
export function handshakeTimeout(host: string, timeoutMs: number): NetkitError {
  return new NetkitError("tls", "NK_TLS_HANDSHAKE_TIMEOUT", `TLS with ${host} failed`, {
    subject: host,
    why: `the connection stands, but the TLS handshake did not finish within ${timeoutMs} ms`,
    next: "check that the port speaks TLS, or raise --timeout",
  });
}

/** A server turned a client away for its certificate. @param reason OpenSSL's, for example `CERT_HAS_EXPIRED` */
export function clientCertRefused(client: string, reason: string): NetkitError {
  return new NetkitError("tls", "NK_TLS_CLIENT_CERT_REFUSED", `TLS with ${client} failed`, {
    subject: client,
    why: `the client's certificate was not accepted (${reason})`,
    next: "give the client one that the CA in --client-ca has signed and that is valid now",
  });
}

/** True for what `translateTlsError` knows as TLS: such an error on an open connection is TLS's, too. */
export function isTlsError(error: unknown): boolean {
  const code = systemCodeOf(error);
  return code !== undefined && RULES.some((rule) => rule.match.test(code));
}
