// What testssl.sh says about a server, in the terms of tls-check.
//
// A run takes seconds of processor time, nearly all of it in starting thousands of processes. What makes it bearable:
// - `-p -f -P` in one run: versions first, so that the rest leaves out those that are not spoken; `-P` lists the suites
//   of versions in which the server has an order, `-E`, the dearest, those of the others.
// - A configuration that lets OpenSSL speak all it still can, so that testssl.sh uses its own, slower, sockets for the
//   rest only, and without which it finds old versions by those alone. The first line makes it keep that configuration.
// - No certificate authorities: s_client would read them, 20 ms, at each of a hundred starts.
// - A shorter pause between sending and reading.
// It sends the same server name as the scans of tests: servers choose their certificate by it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProtocolVersion } from "../../src/engine/tls-check/facts.ts";
import { SUITES } from "../../src/engine/tls-check/registry/suites.ts";
import { Folder, runProgram } from "./program.ts";

const OPENSSL_CONFIGURATION = `# testssl config file
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = weak
[weak]
MinProtocol = None
CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0
Options = UnsafeLegacyServerConnect
`;

/** Loopback needs no more, in seconds. */
const PAUSE = "0.05";
const LONGEST_MS = 240_000;

export const TESTSSL_QUIET = ["--quiet", "--warnings", "off", "--color", "0", "--nodns", "none"] as const;

/** Who decides on the suite; undefined where testssl.sh does not say. */
type Decider = "server" | "client" | undefined;

export interface TestsslReport {
  readonly versions: readonly ProtocolVersion[];
  /** IANA's names, in no order. */
  readonly suites: ReadonlyMap<ProtocolVersion, readonly string[]>;
  /** IANA's names, of versions in which the server decides. */
  readonly orders: ReadonlyMap<ProtocolVersion, readonly string[]>;
  /** Of TLS 1.2 and below, and of TLS 1.3. */
  readonly deciders: { readonly classic: Decider; readonly modern: Decider };
  /** Of all versions together; IANA's names. */
  readonly curves: readonly string[];
  /** Of all versions: the named groups, else the one that is in no ClientHello, in testssl.sh's words. */
  readonly finiteFields: readonly string[];
  readonly alpn: readonly string[];
}

interface Finding {
  readonly id: string;
  readonly finding: string;
}

/** @param eachSuite Look for the suites of versions in which the client decides, too. */
export async function testssl(port: number, eachSuite: boolean): Promise<TestsslReport> {
  await using folder = await Folder.create();
  const file = join(folder.path, "testssl.json");
  const settings = [
    `OPENSSL_CONF=${await folder.write("openssl.cnf", OPENSSL_CONFIGURATION)}`,
    ...["SSL_CERT_FILE=/dev/null", `SSL_CERT_DIR=${folder.path}`, "LC_ALL=C"],
    ...[`USLEEP_SND=${PAUSE}`, `USLEEP_REC=${PAUSE}`],
  ];
  const wanted = ["-p", "-f", "-P", ...(eachSuite ? ["-E"] : [])];
  // Its exit code counts its own troubles; what it could not find out is missing in the file.
  await runProgram(
    "env",
    [
      ...settings,
      "testssl",
      ...TESTSSL_QUIET,
      ...wanted,
      "--jsonfile",
      file,
      "--ip",
      "127.0.0.1",
      `localhost:${port}`,
    ],
    LONGEST_MS,
  );
  return read(JSON.parse(await readFile(file, "utf8")) as readonly Finding[]);
}

const VERSION_IDS: readonly (readonly [id: string, version: ProtocolVersion])[] = [
  ["SSLv2", "SSLv2"],
  ["SSLv3", "SSLv3"],
  ["TLS1", "TLSv1.0"],
  ["TLS1_1", "TLSv1.1"],
  ["TLS1_2", "TLSv1.2"],
  ["TLS1_3", "TLSv1.3"],
];

function read(findings: readonly Finding[]): TestsslReport {
  const byId = new Map(findings.map(({ id, finding }) => [id, finding]));
  const versions = VERSION_IDS.filter(([id]) => byId.get(id)?.startsWith("offered") === true);
  const suites = new Map<ProtocolVersion, string[]>();
  const orders = new Map<ProtocolVersion, readonly string[]>();
  for (const { id, finding } of findings) {
    const [, kind, version, code] = /^cipher(order)?[-_](\w+?)(?:_x([0-9a-f]+))?$/i.exec(id) ?? [];
    const known = versionOf(version);
    if (known === undefined) continue;
    if (kind !== undefined) orders.set(known, words(finding).map(fromOpenssl));
    else if (code !== undefined) suites.set(known, [...(suites.get(known) ?? []), fromCode(code)]);
  }
  for (const [version, order] of orders) if (!suites.has(version)) suites.set(version, [...order]);
  return {
    versions: versions.map(([, version]) => version),
    suites,
    orders,
    deciders: deciders(byId.get("cipher_order") ?? "", versions.at(-1)?.[1] === "TLSv1.3"),
    curves: words(byId.get("PFS_ECDHE_curves") ?? "").map((curve) => CURVES[curve] ?? curve),
    finiteFields: finiteFields(byId.get("DH_groups")),
    alpn: findings.filter(({ id }) => id.startsWith("ALPN")).flatMap(({ finding }) => protocols(finding)),
  };
}

/** Of the forms `tls1_2` and `TLSv1_2`; undefined for what is no version. */
function versionOf(text = ""): ProtocolVersion | undefined {
  const [, old, minor] = /^(?:(ssl)v?3|tlsv?1(?:_([123]))?)$/i.exec(text) ?? [];
  if (old !== undefined) return "SSLv3";
  return /^tls/i.test(text) ? (`TLSv1.${minor ?? "0"}` as ProtocolVersion) : undefined;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

const BY_CODE: ReadonlyMap<number, string> = new Map(SUITES.map(({ code, name }) => [code, name]));
const BY_OPENSSL = new Map(SUITES.map(({ openssl, name }) => [openssl, name]));

function fromCode(hex: string): string {
  return BY_CODE.get(Number.parseInt(hex, 16)) ?? hex;
}

/** testssl.sh has suites by OpenSSL's name, and by IANA's where OpenSSL has none. */
function fromOpenssl(name: string): string {
  return BY_OPENSSL.get(name) ?? name;
}

const CURVES: Readonly<Record<string, string>> = {
  prime192v1: "secp192r1",
  prime256v1: "secp256r1",
  X25519: "x25519",
  X448: "x448",
};

function finiteFields(finding: string | undefined): readonly string[] {
  if (finding === undefined) return [];
  return finding.includes("ffdhe") && !finding.includes("/") ? words(finding) : [finding];
}

function protocols(finding: string): readonly string[] {
  return finding.includes("not offered") ? [] : finding.split(/[\s,]+/).filter((word) => word !== "");
}

/** Its verdicts, word for word. */
function deciders(verdict: string, modern: boolean): TestsslReport["deciders"] {
  const both = (decider: Decider) => ({ classic: decider, modern: modern ? decider : undefined });
  switch (verdict) {
    case "server":
      return both("server");
    case "NOT a cipher order configured":
      return both("client");
    case "server -- TLS 1.3 client determined":
      return { classic: "server", modern: "client" };
    case "server -- < TLS 1.3 client determined":
      return { classic: "client", modern: "server" };
    case "server (TLS 1.3)":
      return { classic: undefined, modern: "server" };
    case "not a cipher order for TLS 1.3 configured":
      return { classic: undefined, modern: "client" };
    default:
      return both(undefined);
  }
}
