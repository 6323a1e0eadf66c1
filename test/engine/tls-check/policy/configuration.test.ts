// Configuration that complies: its lines as text, and taken by the TLS library that Node has.
import { createSecureContext } from "node:tls";
import { describe, expect, test } from "vitest";
import { configurationFor } from "../../../../src/engine/tls-check/policy/configuration.ts";
import { INTERMEDIATE, MODERN, OLD } from "../../../../src/engine/tls-check/policy/guidelines.ts";
import type { Policy } from "../../../../src/engine/tls-check/policy/policy.ts";
import { settingsFor } from "../../../../src/engine/tls-check/policy/settings.ts";

function linesOf(policy: Policy, server: string): readonly string[] {
  return configurationFor(policy).find((one) => one.server === server)!.lines;
}

const PLAIN: Policy = { name: "plain", version: "1" };

test("every server gets its lines", () => {
  expect(configurationFor(INTERMEDIATE).map(({ server }) => server)).toEqual([
    "nginx",
    "Apache",
    "HAProxy",
    "Node",
    "Postgres",
  ]);
});

test("intermediate for nginx", () => {
  expect(linesOf(INTERMEDIATE, "nginx")).toEqual([
    "# X25519MLKEM768: needs OpenSSL 3.5; leave out before",
    "ssl_protocols TLSv1.2 TLSv1.3;",
    "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;",
    "ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256;",
    "ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1:secp384r1;",
    "ssl_prefer_server_ciphers off;",
  ]);
});

test("modern has no suites of TLS 1.2", () => {
  expect(linesOf(MODERN, "HAProxy")).toEqual([
    "# X25519MLKEM768: needs OpenSSL 3.5; leave out before",
    "ssl-default-bind-options ssl-min-ver TLSv1.3 prefer-client-ciphers",
    "ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
    "ssl-default-bind-curves X25519MLKEM768:X25519:prime256v1:secp384r1",
  ]);
});

test("old lowers OpenSSL's security level, without which TLS 1.0 is not spoken", () => {
  expect(linesOf(OLD, "Apache")).toContain("SSLProtocol -all +TLSv1 +TLSv1.1 +TLSv1.2 +TLSv1.3");
  expect(linesOf(OLD, "Apache").find((line) => line.startsWith("SSLCipherSuite ECDHE"))).toContain(
    "@SECLEVEL=0",
  );
  expect(linesOf(OLD, "Postgres")).toContain("ssl_prefer_server_ciphers = on");
});

test("a policy without lists gets strong suites and the usual groups", () => {
  const settings = settingsFor({
    ...PLAIN,
    suites: { minBits: 256 },
    groups: { postQuantum: true, forbid: ["P-384"] },
  });
  expect(settings.versions).toEqual(["TLSv1.2", "TLSv1.3"]);
  expect(settings.ciphers).toContain("ECDHE-RSA-AES256-GCM-SHA384");
  expect(settings.ciphers).not.toContain("ECDHE-RSA-AES128-GCM-SHA256");
  expect(settings.ciphersuites13).toContain("TLS_AES_256_GCM_SHA384");
  expect(settings.groups).toEqual(["X25519MLKEM768", "X25519", "prime256v1"]);
});

describe("Node takes the settings", () => {
  test.each([
    ["modern", MODERN],
    ["intermediate", INTERMEDIATE],
    ["old", OLD],
    ["a plain policy", PLAIN],
    [
      "only TLS 1.2",
      {
        ...PLAIN,
        versions: { allow: ["TLSv1.2"] },
        signatures: { allow: ["rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256"] },
      },
    ],
  ] as const)("of %s", (_, policy: Policy) => {
    // The library of the Node that runs this may be older than ML-KEM.
    const lines = linesOf(policy, "Node")
      .filter((line) => !line.startsWith("//"))
      .join("\n")
      .replaceAll("X25519MLKEM768:", "");
    const options = new Function(`return ${lines.slice(lines.indexOf("{"), lines.lastIndexOf("}") + 1)}`)();
    // Triple DES is no longer built in; OpenSSL leaves out what it does not have.
    expect(() => createSecureContext(options)).not.toThrow();
  });
});
