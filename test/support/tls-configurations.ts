// Servers of other people in 43 configurations: what tls-check finds out about each is held against other checkers.
import { expect } from "vitest";
import type { AddressFacts, ProtocolFacts } from "../../src/engine/tls-check/facts.ts";
import { suite } from "../../src/engine/tls-check/registry/suites.ts";
import { type Folder, runProgram } from "./program.ts";
import {
  gnutlsServ,
  haproxy,
  type KeyPairFiles,
  nginx,
  nodeTls,
  type RunningServer,
  selfSigned,
  sServer,
} from "./tls-servers.ts";

const KINDS = ["rsa", "p256", "p384", "ed25519"] as const;

/** What servers are configured with; files. */
export interface Material {
  readonly pairs: Readonly<Record<(typeof KINDS)[number], KeyPairFiles>>;
  /** Diffie-Hellman parameters: the well-known 2048-bit ones of RFC 3526, and new ones of 1024 bits. */
  readonly primes: { readonly of2048Bits: string; readonly of1024Bits: string };
}

/** Made by openssl, which has to be installed. */
export async function makeMaterial(folder: Folder): Promise<Material> {
  const made = KINDS.map(async (kind) => [kind, await selfSigned(folder, kind)] as const);
  const [of2048Bits, of1024Bits] = [`${folder.path}/dh2048.pem`, `${folder.path}/dh1024.pem`];
  const group = ["-algorithm", "DH", "-pkeyopt", "group:modp_2048"];
  await runProgram("openssl", ["genpkey", "-genparam", ...group, "-out", of2048Bits]);
  await runProgram("openssl", ["dhparam", "-out", of1024Bits, "1024"]);
  return {
    pairs: Object.fromEntries(await Promise.all(made)) as Material["pairs"],
    primes: { of2048Bits, of1024Bits },
  };
}

export interface Configuration {
  /** Has to be installed. */
  readonly program: "nginx" | "haproxy" | "openssl" | "gnutls-serv" | "node";
  /** Unlike that of all others of the program. */
  readonly name: string;
  start(folder: Folder, material: Material): Promise<RunningServer>;
  /** What follows from the configuration, whoever looks at the server. */
  also?(facts: AddressFacts): void;
}

/** What tables of differences have it by. */
export function titleOf({ program, name }: Configuration): string {
  return program === "openssl" ? name : `${program}, ${name}`;
}

const MODERN = "ssl_protocols TLSv1.2 TLSv1.3;";
const ANCIENT = "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0;";
/** What OpenSSL 3 offers unless told otherwise. */
const OPENSSL_CURVES = [0x001d, 0x0017, 0x001e, 0x0018, 0x0019];

const PSK_CIPHERS = [
  ...["AES_128_CBC_SHA", "AES_128_CBC_SHA256", "AES_256_CBC_SHA", "AES_256_CBC_SHA384"],
  ...["CAMELLIA_128_CBC_SHA256", "CAMELLIA_256_CBC_SHA384", "CHACHA20_POLY1305_SHA256"],
];
const PSK_GCM = ["AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "ARIA_128_GCM_SHA256", "ARIA_256_GCM_SHA384"];

/** All that OpenSSL 3 has; sorted. */
export const PSK_SUITES: readonly string[] = [
  ...[...PSK_CIPHERS, ...PSK_GCM, "AES_128_CCM", "AES_256_CCM"].flatMap((cipher) => [
    `TLS_PSK_WITH_${cipher}`,
    `TLS_DHE_PSK_WITH_${cipher}`,
  ]),
  ...[...PSK_CIPHERS, ...PSK_GCM].map((cipher) => `TLS_RSA_PSK_WITH_${cipher}`),
  ...PSK_CIPHERS.map((cipher) => `TLS_ECDHE_PSK_WITH_${cipher}`),
  ...["TLS_PSK_WITH_AES_128_CCM_8", "TLS_PSK_WITH_AES_256_CCM_8"],
  ...["TLS_PSK_DHE_WITH_AES_128_CCM_8", "TLS_PSK_DHE_WITH_AES_256_CCM_8"],
].sort();

export const CONFIGURATIONS: readonly Configuration[] = [
  { program: "nginx", name: "as it comes", start: (folder, { pairs }) => nginx(folder, [pairs.rsa]) },
  {
    program: "nginx",
    name: "TLS 1.2 and 1.3",
    start: (folder, { pairs }) => nginx(folder, [pairs.rsa], MODERN),
  },
  {
    program: "nginx",
    name: "TLS 1.3 only",
    start: (folder, { pairs }) => nginx(folder, [pairs.rsa], "ssl_protocols TLSv1.3;"),
  },
  {
    program: "nginx",
    name: "TLS 1.3 only, with an ECDSA key",
    start: (folder, { pairs }) => nginx(folder, [pairs.p256], "ssl_protocols TLSv1.3;"),
    also: (facts) => expect(facts.features?.alpn).toEqual(["http/1.1", "http/1.0", "http/0.9"]),
  },
  {
    program: "nginx",
    name: "everything that OpenSSL 3 still has, dual certificates, server order",
    start: (folder, { pairs }) =>
      nginx(folder, [pairs.rsa, pairs.p256], `${ANCIENT} ssl_prefer_server_ciphers on;`),
  },
  {
    program: "nginx",
    name: "everything, client order",
    start: (folder, { pairs }) =>
      nginx(folder, [pairs.rsa, pairs.p256], `${ANCIENT} ssl_prefer_server_ciphers off;`),
  },
  {
    program: "nginx",
    name: "an ECDSA key",
    start: (folder, { pairs }) => nginx(folder, [pairs.p256], MODERN),
    also: (facts) => expect(facts.groups12.codes).toEqual([0x001d, 0x0017, 0x001e, 0x0018, 0x0019]),
  },
  {
    program: "nginx",
    name: "an ECDSA key and its own order of curves",
    start: (folder, { pairs }) =>
      nginx(folder, [pairs.p384], `${MODERN} ssl_prefer_server_ciphers on; ssl_ecdh_curve secp384r1:X25519;`),
    also: (facts) => expect(facts.groups12.codes).toEqual([0x0018]),
  },
  {
    program: "nginx",
    name: "one curve",
    start: (folder, { pairs }) => nginx(folder, [pairs.rsa], `${MODERN} ssl_ecdh_curve secp521r1;`),
    also: (facts) =>
      expect([facts.groups12.preference, facts.groups13.preference]).toEqual(["one-choice", "one-choice"]),
  },
  {
    program: "nginx",
    name: "curves in its own order",
    start: (folder, { pairs }) =>
      nginx(
        folder,
        [pairs.rsa],
        `${MODERN} ssl_prefer_server_ciphers on; ssl_ecdh_curve brainpoolP384r1:X448:secp521r1:prime256v1;`,
      ),
    also: (facts) => {
      expect(facts.groups12.codes).toEqual([0x001b, 0x001e, 0x0019, 0x0017]);
      expect(facts.groups12.preference).toBe("server");
    },
  },
  {
    program: "nginx",
    name: "AES in its own order",
    start: (folder, { pairs }) =>
      nginx(
        folder,
        [pairs.rsa],
        `${MODERN} ssl_prefer_server_ciphers on; ssl_ciphers AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384:AES256-SHA:ECDHE-RSA-AES128-SHA;`,
      ),
    also: (facts) => expect(facts.groups12.codes).toEqual([0x001d, 0x0017, 0x001e, 0x0019, 0x0018]),
  },
  {
    program: "nginx",
    name: "one suite",
    start: (folder, { pairs }) =>
      nginx(folder, [pairs.rsa], "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;"),
    also: (facts) => expect(protocol(facts, "TLSv1.2").preference).toBe("one-choice"),
  },
  {
    program: "nginx",
    name: "static RSA only",
    start: (folder, { pairs }) => nginx(folder, [pairs.rsa], "ssl_protocols TLSv1.2; ssl_ciphers kRSA;"),
    also: (facts) => expect(facts.groups12.codes).toEqual([]),
  },
  {
    program: "nginx",
    name: "DHE with its own 2048-bit group",
    start: (folder, { pairs, primes }) =>
      nginx(
        folder,
        [pairs.rsa],
        `ssl_protocols TLSv1.2; ssl_ciphers DHE:ECDHE; ssl_dhparam ${primes.of2048Bits};`,
      ),
    also: (facts) => expect(facts.dh).toMatchObject([{ bits: 2048, known: expect.stringContaining("3526") }]),
  },
  {
    program: "nginx",
    name: "DHE with a 1024-bit group of its own",
    start: (folder, { pairs, primes }) =>
      nginx(
        folder,
        [pairs.rsa],
        `ssl_protocols TLSv1.2; ssl_ciphers DHE:@SECLEVEL=0; ssl_dhparam ${primes.of1024Bits};`,
      ),
    also: (facts) => expect(facts.dh).toMatchObject([{ bits: 1024, known: undefined }]),
  },
  {
    program: "nginx",
    name: "TLS 1.0 only",
    start: (folder, { pairs }) =>
      nginx(folder, [pairs.rsa], "ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;"),
  },
  {
    program: "nginx",
    name: "TLS 1.0 and 1.1",
    start: (folder, { pairs }) =>
      nginx(folder, [pairs.rsa], "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"),
    also: (facts) => expect(facts.features?.fallbackScsv).toEqual({ kind: "offered" }),
  },
  {
    program: "nginx",
    name: "anonymous and NULL suites only",
    start: (folder, { pairs }) =>
      nginx(folder, [pairs.rsa], "ssl_protocols TLSv1.2; ssl_ciphers aNULL:eNULL:@SECLEVEL=0;"),
    also: (facts) => expect([...facts.groups12.codes].sort()).toEqual([...OPENSSL_CURVES].sort()),
  },
  {
    program: "nginx",
    name: "client certificates required",
    start: (folder, { pairs }) =>
      nginx(
        folder,
        [pairs.rsa],
        `${MODERN} ssl_verify_client on; ssl_client_certificate ${pairs.p256.cert};`,
      ),
    also: (facts) => expect(facts.features?.clientAuthorities).toEqual(["CN=localhost"]),
  },
  {
    program: "nginx",
    name: "that turns away names it does not know",
    start: (folder, { pairs }) =>
      nginx(folder, [pairs.rsa], `${MODERN} } server { listen 127.0.0.1:1 ssl; ssl_reject_handshake on;`),
  },
  { program: "haproxy", name: "as it comes", start: (folder, { pairs }) => haproxy(folder, [pairs.rsa]) },
  {
    program: "haproxy",
    name: "client order, dual certificates",
    start: (folder, { pairs }) => haproxy(folder, [pairs.rsa, pairs.p256], "prefer-client-ciphers"),
    also: (facts) => expect([...facts.groups12.codes].sort()).toEqual([...OPENSSL_CURVES].sort()),
  },
  {
    program: "haproxy",
    name: "old versions",
    start: (folder, { pairs }) => haproxy(folder, [pairs.rsa], "ssl-min-ver TLSv1.0 ciphers ALL:@SECLEVEL=0"),
  },
  {
    program: "haproxy",
    name: "its own order of curves and suites",
    start: (folder, { pairs }) =>
      haproxy(
        folder,
        [pairs.rsa],
        "curves P-384:X25519 ciphers AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256 ciphersuites TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
      ),
    also: (facts) => expect(facts.groups12.codes).toEqual([0x0018, 0x001d]),
  },
  {
    program: "haproxy",
    name: "ALPN h2 and http/1.1",
    start: (folder, { pairs }) => haproxy(folder, [pairs.rsa], "alpn h2,http/1.1"),
    also: (facts) => expect(facts.features?.alpn).toEqual(["h2", "http/1.1"]),
  },
  { program: "openssl", name: "s_server as it comes", start: (_folder, { pairs }) => sServer(pairs.rsa) },
  {
    program: "openssl",
    name: "s_server with TLS 1.3 only",
    start: (_folder, { pairs }) => sServer(pairs.rsa, ["-tls1_3"]),
  },
  {
    program: "openssl",
    name: "s_server with its own suites of TLS 1.3",
    start: (_folder, { pairs }) =>
      sServer(pairs.rsa, [
        ...["-tls1_3", "-serverpref", "-ciphersuites"],
        "TLS_AES_128_CCM_8_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256",
      ]),
  },
  {
    program: "openssl",
    name: "s_server with everything from TLS 1.0",
    start: (_folder, { pairs }) =>
      sServer(pairs.rsa, ["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0", "-serverpref"]),
  },
  {
    program: "openssl",
    name: "s_server that gives ChaCha20 to those who lead with it",
    start: (_folder, { pairs }) =>
      sServer(pairs.rsa, [
        ...["-tls1_2", "-serverpref", "-prioritize_chacha", "-cipher"],
        "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384",
      ]),
    also: (facts) => {
      const { suites, chachaForMobile } = protocol(facts, "TLSv1.2");
      expect(suites.map((code) => suite(code)?.openssl)).toEqual([
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-RSA-AES256-GCM-SHA384",
      ]);
      expect(chachaForMobile).toBe(true);
    },
  },
  {
    program: "openssl",
    name: "s_server with an Ed25519 key",
    start: (_folder, { pairs }) => sServer(pairs.ed25519),
  },
  {
    program: "openssl",
    name: "s_server with RSA and ECDSA keys",
    start: (_folder, { pairs }) => sServer(pairs.rsa, ["-dcert", pairs.p256.cert, "-dkey", pairs.p256.key]),
    also: (facts) => expect(facts.chains.map(({ keyType }) => keyType).sort()).toEqual(["ecdsa", "rsa"]),
  },
  {
    program: "openssl",
    name: "s_server with one signature scheme",
    start: (_folder, { pairs }) => sServer(pairs.rsa, ["-tls1_2", "-sigalgs", "RSA-PSS+SHA384"]),
    also: (facts) => expect(facts.signatures12).toEqual([0x0805]),
  },
  {
    program: "openssl",
    name: "s_server with PSK suites",
    start: (_folder, { pairs }) =>
      sServer(pairs.rsa, ["-tls1_2", "-psk", "00112233", "-cipher", "PSK:kECDHEPSK:kDHEPSK:ECDHE"]),
    also: (facts) => {
      const names = protocol(facts, "TLSv1.2").suites.map((code) => suite(code)?.keyExchange);
      expect(new Set(names)).toEqual(new Set(["ECDHE", "PSK", "RSA_PSK", "ECDHE_PSK", "DHE_PSK"]));
    },
  },
  {
    program: "gnutls-serv",
    name: "as it comes",
    start: (_folder, { pairs }) => gnutlsServ(pairs.rsa, "NORMAL"),
  },
  {
    program: "gnutls-serv",
    name: "server order",
    start: (_folder, { pairs }) => gnutlsServ(pairs.rsa, "NORMAL:%SERVER_PRECEDENCE"),
  },
  {
    program: "gnutls-serv",
    name: "128 bits",
    start: (_folder, { pairs }) => gnutlsServ(pairs.rsa, "SECURE128"),
  },
  {
    program: "gnutls-serv",
    name: "192 bits",
    start: (_folder, { pairs }) => gnutlsServ(pairs.p384, "SECURE192"),
  },
  {
    program: "gnutls-serv",
    name: "legacy",
    start: (_folder, { pairs }) => gnutlsServ(pairs.rsa, "LEGACY:+ARCFOUR-128:+3DES-CBC:+MD5:+VERS-SSL3.0"),
    also: (facts) => {
      const names = protocol(facts, "TLSv1.0").suites.map((code) => suite(code)?.openssl);
      expect(names).toContain("DES-CBC3-SHA");
    },
  },
  {
    program: "gnutls-serv",
    name: "TLS 1.3 only",
    start: (_folder, { pairs }) => gnutlsServ(pairs.rsa, "NORMAL:-VERS-ALL:+VERS-TLS1.3"),
  },
  { program: "node", name: "tls as it comes", start: (_folder, { pairs }) => nodeTls(pairs.rsa) },
  {
    program: "node",
    name: "tls with old versions and client order",
    start: (_folder, { pairs }) =>
      nodeTls(pairs.rsa, { minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0", honorCipherOrder: false }),
  },
  {
    program: "node",
    name: "tls with ALPN and P-384 only",
    start: (_folder, { pairs }) =>
      nodeTls(pairs.p384, { ALPNProtocols: ["h2", "http/1.1"], ecdhCurve: "P-384" }),
    also: (facts) => expect(facts.features?.alpn).toEqual(["h2", "http/1.1"]),
  },
];

function protocol(facts: AddressFacts, version: string): ProtocolFacts {
  return facts.protocols.find((one) => one.version === version)!;
}

/** What haproxy with certificates of both kinds takes only when no ECDSA suite is offered beside: it chooses the certificate first. */
export const BEHIND_ECDSA = [
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_RSA_WITH_AES_128_CBC_SHA",
  "TLS_RSA_WITH_AES_128_CBC_SHA256",
  "TLS_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_RSA_WITH_AES_256_CBC_SHA",
  "TLS_RSA_WITH_AES_256_CBC_SHA256",
  "TLS_RSA_WITH_AES_256_GCM_SHA384",
] as const;

export const WHY_BEHIND_ECDSA =
  "it goes on offering ECDSA suites besides, and as long as one is offered the server looks at no other";
