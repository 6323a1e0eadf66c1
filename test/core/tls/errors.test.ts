import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import { isTlsError, translateTlsError } from "../../../src/core/tls/errors.ts";

function withCode(code: string, message = "", more: object = {}): Error {
  return Object.assign(new Error(message), { code, ...more });
}

describe("translation of TLS errors", () => {
  test.each([
    ["ERR_TLS_HANDSHAKE_TIMEOUT", "NK_TLS_HANDSHAKE_TIMEOUT"],
    ["CERT_HAS_EXPIRED", "NK_TLS_CERT_EXPIRED"],
    ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", "NK_TLS_CERT_EXPIRED"],
    ["CERT_NOT_YET_VALID", "NK_TLS_CERT_NOT_YET_VALID"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "NK_TLS_NAME_MISMATCH"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "NK_TLS_CERT_UNTRUSTED"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "NK_TLS_CERT_UNTRUSTED"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "NK_TLS_CERT_UNTRUSTED"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "NK_TLS_CERT_UNTRUSTED"],
    ["CERT_SIGNATURE_FAILURE", "NK_TLS_CERT_UNTRUSTED"],
    ["CERT_REVOKED", "NK_TLS_CERT_REVOKED"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "NK_TLS_ALERT"],
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "NK_TLS_ALERT"],
    ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "NK_TLS_ALERT"],
    ["ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", "NK_TLS_ALERT"],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "NK_TLS_VERSION"],
    ["ERR_SSL_UNSUPPORTED_PROTOCOL", "NK_TLS_VERSION"],
    ["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "NK_TLS_ALPN"],
    ["ERR_SSL_NO_SHARED_CIPHER", "NK_TLS_CIPHERS"],
    ["ERR_SSL_TLSV1_UNRECOGNIZED_NAME", "NK_TLS_NAME_REFUSED"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "NK_TLS_NOT_TLS"],
    ["ERR_SSL_HTTP_REQUEST", "NK_TLS_NOT_TLS"],
    ["ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", "NK_TLS_CLIENT_CERT_MISSING"],
    ["ERR_SSL_BAD_SIGNATURE", "NK_TLS_FAILED"],
  ])("%s is %s", (code, expected) => {
    const error = translateTlsError(withCode(code, "x"), "a.example");
    expect(error).toMatchObject({ stage: "tls", code: expected, subject: "a.example" });
    expect(error.message).toBe("TLS with a.example failed");
    expect(error.why).toBeTruthy();
    expect(error.next).toBeTruthy();
    expect(isTlsError(error.cause)).toBe(true);
  });

  test("a name mismatch lists the names the certificate is for", () => {
    const names = "DNS:a.example, DNS:b.example, IP Address:192.0.2.1, DNS:c.example, DNS:d.example";
    const cause = withCode("ERR_TLS_CERT_ALTNAME_INVALID", "", { cert: { subjectaltname: names } });
    expect(translateTlsError(cause, "z.example").why).toBe(
      "the certificate is not for z.example; it is for a.example, b.example, 192.0.2.1, c.example and 1 more",
    );
  });

  test("an alert is named in plain words", () => {
    const error = translateTlsError(withCode("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"), "a");
    expect(error.why).toContain('"internal error"');
  });

  test("OpenSSL's one-line message is cut to its reason", () => {
    const line = "80C2:error:0A00007B:SSL routines:tls_process_cert_verify:bad signature:../ssl/x.c:504:";
    expect(
      translateTlsError(withCode("ERR_SSL_BAD_SIGNATURE", line, { reason: "bad signature" }), "a").why,
    ).toBe("bad signature");
  });

  test("a reset is the peer's end in the handshake; a refused connection stays one; ours pass through", () => {
    expect(translateTlsError(withCode("ECONNRESET"), "a")).toMatchObject({
      stage: "tls",
      code: "NK_TLS_CLOSED",
    });
    expect(translateTlsError(withCode("ECONNREFUSED"), "a")).toMatchObject({ code: "NK_CONNECT_REFUSED" });
    const own = new NetkitError("tls", "NK_TLS_ALPN", "x");
    expect(translateTlsError(own, "a")).toBe(own);
    expect(isTlsError(withCode("ECONNRESET"))).toBe(false);
  });
});
