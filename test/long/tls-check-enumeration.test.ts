// Versions, suites, groups and order of real servers, against what sslscan finds out about the same ones.
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { AddressFacts, ProtocolFacts } from "../../src/engine/tls-check/facts.ts";
import { group } from "../../src/engine/tls-check/registry/groups.ts";
import { suite } from "../../src/engine/tls-check/registry/suites.ts";
import { hasProgram, peerTest } from "../support/peers.ts";
import { Folder, runProgram } from "../support/program.ts";
import { sslscan } from "../support/sslscan.ts";
import { scanLocal } from "../support/tls-scan.ts";
import {
  gnutlsServ,
  haproxy,
  type KeyKind,
  type KeyPairFiles,
  nginx,
  nodeTls,
  type RunningServer,
  selfSigned,
  sServer,
} from "../support/tls-servers.ts";

const KINDS: readonly KeyKind[] = ["rsa", "p256", "p384", "ed25519"];

let certificates: Folder;
const pairs = {} as Record<KeyKind, KeyPairFiles>;
let dh2048: string;
let dh1024: string;

beforeAll(async () => {
  certificates = await Folder.create();
  if (!hasProgram("openssl")) return;
  for (const kind of KINDS) pairs[kind] = await selfSigned(certificates, kind);
  // Ready-made groups: making primes takes seconds.
  dh2048 = `${certificates.path}/dh2048.pem`;
  await runProgram("openssl", [
    "genpkey",
    "-genparam",
    "-algorithm",
    "DH",
    "-pkeyopt",
    "group:modp_2048",
    "-out",
    dh2048,
  ]);
  dh1024 = `${certificates.path}/dh1024.pem`;
  await runProgram("openssl", ["dhparam", "-out", dh1024, "1024"]);
});

afterAll(async () => {
  await certificates[Symbol.asyncDispose]();
});

interface Case {
  readonly program: string;
  readonly name: string;
  start(folder: Folder): Promise<RunningServer>;
  /** Looked at besides. */
  also?(facts: AddressFacts): void;
  /** What sslscan cannot see, and why: suites, or groups of TLS 1.2. */
  readonly blind?: { readonly suites?: boolean; readonly groups?: boolean; readonly why: string };
}

const MODERN = "ssl_protocols TLSv1.2 TLSv1.3;";
const ANCIENT = "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0;";

const RSA_FIRST = "sslscan offers static RSA along with each curve, and the server prefers it";
const ONE_CURVE = "sslscan offers one curve at a time, and not that of the key with it";
const OPENSSL_CURVES = [0x001d, 0x0017, 0x001e, 0x0018, 0x0019];

const CASES: readonly Case[] = [
  { program: "nginx", name: "as it comes", start: (folder) => nginx(folder, [pairs.rsa]) },
  { program: "nginx", name: "TLS 1.2 and 1.3", start: (folder) => nginx(folder, [pairs.rsa], MODERN) },
  {
    program: "nginx",
    name: "TLS 1.3 only",
    start: (folder) => nginx(folder, [pairs.rsa], "ssl_protocols TLSv1.3;"),
  },
  {
    program: "nginx",
    name: "TLS 1.3 only, with an ECDSA key",
    start: (folder) =>
      nginx(folder, [pairs.p256], "ssl_protocols TLSv1.3; http2 on;".replace("http2 on;", "")),
    also: (facts) => expect(facts.features?.alpn).toEqual(["http/1.1", "http/1.0", "http/0.9"]),
  },
  {
    program: "nginx",
    name: "everything that OpenSSL 3 still has, dual certificates, server order",
    start: (folder) => nginx(folder, [pairs.rsa, pairs.p256], `${ANCIENT} ssl_prefer_server_ciphers on;`),
  },
  {
    program: "nginx",
    name: "everything, client order",
    start: (folder) => nginx(folder, [pairs.rsa, pairs.p256], `${ANCIENT} ssl_prefer_server_ciphers off;`),
  },
  {
    program: "nginx",
    name: "an ECDSA key",
    start: (folder) => nginx(folder, [pairs.p256], MODERN),
    blind: { groups: true, why: ONE_CURVE },
    also: (facts) => expect(facts.groups12.codes).toEqual([0x001d, 0x0017, 0x001e, 0x0018, 0x0019]),
  },
  {
    program: "nginx",
    name: "an ECDSA key and its own order of curves",
    start: (folder) =>
      nginx(folder, [pairs.p384], `${MODERN} ssl_prefer_server_ciphers on; ssl_ecdh_curve secp384r1:X25519;`),
    blind: { groups: true, why: ONE_CURVE },
    also: (facts) => expect(facts.groups12.codes).toEqual([0x0018]),
  },
  {
    program: "nginx",
    name: "one curve",
    start: (folder) => nginx(folder, [pairs.rsa], `${MODERN} ssl_ecdh_curve secp521r1;`),
    also: (facts) =>
      expect([facts.groups12.preference, facts.groups13.preference]).toEqual(["one-choice", "one-choice"]),
  },
  {
    program: "nginx",
    name: "curves in its own order",
    start: (folder) =>
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
    start: (folder) =>
      nginx(
        folder,
        [pairs.rsa],
        `${MODERN} ssl_prefer_server_ciphers on; ssl_ciphers AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384:AES256-SHA:ECDHE-RSA-AES128-SHA;`,
      ),
    blind: { groups: true, why: RSA_FIRST },
    also: (facts) => expect(facts.groups12.codes).toEqual([0x001d, 0x0017, 0x001e, 0x0019, 0x0018]),
  },
  {
    program: "nginx",
    name: "one suite",
    start: (folder) =>
      nginx(folder, [pairs.rsa], "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;"),
    also: (facts) => expect(protocol(facts, "TLSv1.2").preference).toBe("one-choice"),
  },
  {
    program: "nginx",
    name: "static RSA only",
    start: (folder) => nginx(folder, [pairs.rsa], "ssl_protocols TLSv1.2; ssl_ciphers kRSA;"),
    also: (facts) => expect(facts.groups12.codes).toEqual([]),
  },
  {
    program: "nginx",
    name: "DHE with its own 2048-bit group",
    start: (folder) =>
      nginx(folder, [pairs.rsa], `ssl_protocols TLSv1.2; ssl_ciphers DHE:ECDHE; ssl_dhparam ${dh2048};`),
    also: (facts) => expect(facts.dh).toMatchObject([{ bits: 2048, known: expect.stringContaining("3526") }]),
  },
  {
    program: "nginx",
    name: "DHE with a 1024-bit group of its own",
    start: (folder) =>
      nginx(
        folder,
        [pairs.rsa],
        `ssl_protocols TLSv1.2; ssl_ciphers DHE:@SECLEVEL=0; ssl_dhparam ${dh1024};`,
      ),
    also: (facts) => expect(facts.dh).toMatchObject([{ bits: 1024, known: undefined }]),
  },
  {
    program: "nginx",
    name: "TLS 1.0 only",
    start: (folder) => nginx(folder, [pairs.rsa], "ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;"),
  },
  {
    program: "nginx",
    name: "TLS 1.0 and 1.1",
    start: (folder) =>
      nginx(folder, [pairs.rsa], "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"),
    also: (facts) => expect(facts.features?.fallbackScsv).toEqual({ kind: "offered" }),
  },
  {
    program: "nginx",
    name: "anonymous and NULL suites only",
    start: (folder) =>
      nginx(folder, [pairs.rsa], "ssl_protocols TLSv1.2; ssl_ciphers aNULL:eNULL:@SECLEVEL=0;"),
    blind: { groups: true, why: "sslscan offers no anonymous suites along with the curves" },
    also: (facts) => expect([...facts.groups12.codes].sort()).toEqual([...OPENSSL_CURVES].sort()),
  },
  {
    program: "nginx",
    name: "client certificates required",
    start: (folder) =>
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
    start: (folder) =>
      nginx(folder, [pairs.rsa], `${MODERN} } server { listen 127.0.0.1:1 ssl; ssl_reject_handshake on;`),
  },
  { program: "haproxy", name: "as it comes", start: (folder) => haproxy(folder, [pairs.rsa]) },
  {
    program: "haproxy",
    name: "client order, dual certificates",
    start: (folder) => haproxy(folder, [pairs.rsa, pairs.p256], "prefer-client-ciphers"),
    blind: { groups: true, why: ONE_CURVE },
    also: (facts) => expect([...facts.groups12.codes].sort()).toEqual([...OPENSSL_CURVES].sort()),
  },
  {
    program: "haproxy",
    name: "old versions",
    start: (folder) => haproxy(folder, [pairs.rsa], "ssl-min-ver TLSv1.0 ciphers ALL:@SECLEVEL=0"),
  },
  {
    program: "haproxy",
    name: "its own order of curves and suites",
    start: (folder) =>
      haproxy(
        folder,
        [pairs.rsa],
        "curves P-384:X25519 ciphers AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256 ciphersuites TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
      ),
    blind: { groups: true, why: RSA_FIRST },
    also: (facts) => expect(facts.groups12.codes).toEqual([0x0018, 0x001d]),
  },
  {
    program: "haproxy",
    name: "ALPN h2 and http/1.1",
    start: (folder) => haproxy(folder, [pairs.rsa], "alpn h2,http/1.1"),
    also: (facts) => expect(facts.features?.alpn).toEqual(["h2", "http/1.1"]),
  },
  { program: "openssl", name: "s_server as it comes", start: () => sServer(pairs.rsa) },
  { program: "openssl", name: "s_server with TLS 1.3 only", start: () => sServer(pairs.rsa, ["-tls1_3"]) },
  {
    program: "openssl",
    name: "s_server with its own suites of TLS 1.3",
    start: () =>
      sServer(pairs.rsa, [
        ...["-tls1_3", "-serverpref", "-ciphersuites"],
        "TLS_AES_128_CCM_8_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256",
      ]),
  },
  {
    program: "openssl",
    name: "s_server with everything from TLS 1.0",
    start: () => sServer(pairs.rsa, ["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0", "-serverpref"]),
  },
  {
    program: "openssl",
    name: "s_server that gives ChaCha20 to those who lead with it",
    start: () =>
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
  { program: "openssl", name: "s_server with an Ed25519 key", start: () => sServer(pairs.ed25519) },
  {
    program: "openssl",
    name: "s_server with RSA and ECDSA keys",
    start: () => sServer(pairs.rsa, ["-dcert", pairs.p256.cert, "-dkey", pairs.p256.key]),
    also: (facts) => expect(facts.chains.map(({ keyType }) => keyType).sort()).toEqual(["ecdsa", "rsa"]),
  },
  {
    program: "openssl",
    name: "s_server with one signature scheme",
    start: () => sServer(pairs.rsa, ["-tls1_2", "-sigalgs", "RSA-PSS+SHA384"]),
    also: (facts) => expect(facts.signatures12).toEqual([0x0805]),
  },
  {
    program: "openssl",
    name: "s_server with PSK suites",
    start: () =>
      sServer(pairs.rsa, ["-tls1_2", "-psk", "00112233", "-cipher", "PSK:kECDHEPSK:kDHEPSK:ECDHE"]),
    blind: { suites: true, why: "sslscan has no PSK callback, so it offers no such suite" },
    also: (facts) => {
      const names = protocol(facts, "TLSv1.2").suites.map((code) => suite(code)?.keyExchange);
      expect(new Set(names)).toEqual(new Set(["ECDHE", "PSK", "RSA_PSK", "ECDHE_PSK", "DHE_PSK"]));
    },
  },
  { program: "gnutls-serv", name: "as it comes", start: () => gnutlsServ(pairs.rsa, "NORMAL") },
  {
    program: "gnutls-serv",
    name: "server order",
    start: () => gnutlsServ(pairs.rsa, "NORMAL:%SERVER_PRECEDENCE"),
  },
  { program: "gnutls-serv", name: "128 bits", start: () => gnutlsServ(pairs.rsa, "SECURE128") },
  { program: "gnutls-serv", name: "192 bits", start: () => gnutlsServ(pairs.p384, "SECURE192") },
  {
    program: "gnutls-serv",
    name: "legacy",
    start: () => gnutlsServ(pairs.rsa, "LEGACY:+ARCFOUR-128:+3DES-CBC:+MD5:+VERS-SSL3.0"),
    blind: { suites: true, why: "OpenSSL 3 knows neither RC4 nor 3DES" },
    also: (facts) => {
      const names = protocol(facts, "TLSv1.0").suites.map((code) => suite(code)?.openssl);
      expect(names).toContain("DES-CBC3-SHA");
    },
  },
  {
    program: "gnutls-serv",
    name: "TLS 1.3 only",
    start: () => gnutlsServ(pairs.rsa, "NORMAL:-VERS-ALL:+VERS-TLS1.3"),
  },
  { program: "node", name: "tls as it comes", start: () => nodeTls(pairs.rsa) },
  {
    program: "node",
    name: "tls with old versions and client order",
    start: () =>
      nodeTls(pairs.rsa, { minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0", honorCipherOrder: false }),
  },
  {
    program: "node",
    name: "tls with ALPN and P-384 only",
    start: () => nodeTls(pairs.p384, { ALPNProtocols: ["h2", "http/1.1"], ecdhCurve: "P-384" }),
    also: (facts) => expect(facts.features?.alpn).toEqual(["h2", "http/1.1"]),
  },
];

describe.each(["nginx", "haproxy", "openssl", "gnutls-serv", "node"])("%s", (program) => {
  for (const { name, start, also, blind } of CASES.filter((one) => one.program === program)) {
    peerTest(["sslscan", "openssl", program], name, async () => {
      await using folder = await Folder.create();
      await using server = await start(folder);
      const [theirs, ours] = [await sslscan(server.port), await scanLocal(server.port)];
      expect(ours.unreachable).toBeUndefined();
      const offered = ours.protocols.filter(({ answer }) => answer.kind === "offered");
      const open = ours.protocols.filter(
        ({ answer, complete }) => answer.kind === "inconclusive" || !complete,
      );
      expect(open).toEqual([]);
      if (blind?.suites !== true) {
        expect(offered.map(({ version }) => version)).toEqual(theirs.versions);
        for (const one of offered) {
          const [found, expected] = [namesOf(one.suites), namesOf(theirs.suites.get(one.version) ?? [])];
          // A server's own order is the same for every client; one that follows the client's is not.
          if (one.preference === "server" && one.chachaForMobile !== true) expect(found).toEqual(expected);
          else expect([...found].sort()).toEqual([...expected].sort());
        }
      }
      expect(groupNames(ours.groups13.codes)).toEqual(groupNames(theirs.groups.get("TLSv1.3") ?? []));
      if (blind?.groups !== true) {
        const classic = offered.findLast(({ version }) => version !== "TLSv1.3");
        if (classic !== undefined) {
          expect(groupNames(ours.groups12.codes)).toEqual(
            groupNames(theirs.groups.get(classic.version) ?? []),
          );
        }
      }
      also?.(ours);
    });
  }
});

function protocol(facts: AddressFacts, version: string): ProtocolFacts {
  return facts.protocols.find((one) => one.version === version)!;
}

function namesOf(codes: readonly number[]): string[] {
  return codes.map((code) => suite(code)?.name ?? code.toString(16));
}

function groupNames(codes: readonly number[]): string[] {
  return codes.map((code) => group(code)?.name ?? code.toString(16)).sort();
}
