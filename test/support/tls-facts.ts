// Facts of tls-check, made by hand: sound by default, so that a test names only what it is about.
import type { ChainAnalysis } from "../../src/engine/tls-check/certificates/chain.ts";
import type {
  Certificate,
  CertificateRequest,
  DistinguishedName,
  FileFacts,
  Item,
  PrivateKeyItem,
  PublicKey,
  RevocationList,
} from "../../src/engine/tls-check/certificates/model.ts";
import { NO_POLICY_RULES } from "../../src/engine/tls-check/certificates/policy-rules.ts";
import type {
  AddressFacts,
  Answer,
  FeatureFacts,
  ProtocolFacts,
  ProtocolVersion,
  ServedChain,
  SessionFacts,
} from "../../src/engine/tls-check/facts.ts";
import type { CheckPlan, EndpointTarget, FileTarget } from "../../src/engine/tls-check/plan.ts";
import type { Subject } from "../../src/engine/tls-check/rules/rule.ts";

/** The moment of all tests. */
export const AT = Date.parse("2026-11-23T12:00:00Z");
export const DAY = 86_400_000;

export const OFFERED: Answer = { kind: "offered" };
export const REFUSED: Answer = { kind: "refused", how: "alert handshake_failure (40)" };
export const UNKNOWN: Answer = { kind: "inconclusive", why: "connection reset, three times" };

export const SUITE = {
  RSA_NULL_SHA: 0x0002,
  RSA_EXPORT_RC4_40: 0x0003,
  RSA_RC4_128_SHA: 0x0005,
  RSA_DES: 0x0009,
  RSA_3DES: 0x000a,
  DHE_RSA_EXPORT_DES40: 0x0014,
  DH_ANON_AES128: 0x0034,
  RSA_AES128_CBC: 0x002f,
  RSA_AES128_GCM: 0x009c,
  DHE_RSA_AES128_GCM: 0x009e,
  ECDHE_RSA_AES128_CBC: 0xc013,
  ECDHE_RSA_AES128_GCM: 0xc02f,
  ECDHE_ECDSA_AES128_GCM: 0xc02b,
  AES128_GCM_13: 0x1301,
  AES256_GCM_13: 0x1302,
  /** Integrity only (RFC 9150). */
  SHA256_13: 0xc0b4,
  /** SSLv2. */
  SSL2_RC4_128: 0x010080,
  SSL2_RC4_64: 0x080080,
} as const;

export function plan(overrides: Partial<CheckPlan> = {}): CheckPlan {
  return {
    targets: [],
    scope: "full",
    limits: { maxConnections: 200, concurrency: 8, ratePerSecond: undefined, timeoutMs: 5000, retries: 2 },
    parallelTargets: 8,
    intrusive: true,
    atMs: AT,
    daysLeft: 21,
    lifetimeLeftPercent: undefined,
    extraAuthorities: undefined,
    expectChain: undefined,
    clientCert: undefined,
    clientKey: undefined,
    password: undefined,
    ctLogs: new Map(),
    revocation: false,
    policy: undefined,
    failOn: ["medium"],
    ...overrides,
  };
}

let serial = 0;

function hexOf(text: string): string {
  return Buffer.from(text).toString("hex").padEnd(64, "0").slice(0, 64);
}

export function name(commonName: string | undefined, organization?: string): DistinguishedName {
  const text = [
    ...(commonName === undefined ? [] : [`CN=${commonName}`]),
    ...(organization === undefined ? [] : [`O=${organization}`]),
  ].join(",");
  return {
    text,
    der: Buffer.from(text),
    commonNames: commonName === undefined ? [] : [commonName],
    organization,
  };
}

export function key(overrides: Partial<PublicKey> = {}, id = "server"): PublicKey {
  return {
    type: "ec",
    bits: 256,
    curve: "P-256",
    exponent: undefined,
    modulus: undefined,
    algorithmOid: "1.2.840.10045.2.1",
    spki: Buffer.from(id),
    spkiSha256: hexOf(`spki ${id}`),
    ...overrides,
  };
}

export function rsaKey(bits: number, exponent = 65_537n, id = "server"): PublicKey {
  const modulus = bits > 0 ? (1n << BigInt(bits - 1)) + 1n : undefined;
  return key(
    { type: "rsa", bits, curve: undefined, exponent, modulus, algorithmOid: "1.2.840.113549.1.1.1" },
    id,
  );
}

/** A sound server certificate of a private authority, valid for ninety days, a third of them over. */
export function certificate(overrides: Partial<Certificate> = {}): Certificate {
  const subject = overrides.subject ?? name("www.example.org");
  const id = `${subject.text} ${++serial}`;
  return {
    kind: "certificate",
    der: Buffer.from(id),
    sha256: Buffer.from(id).toString("hex"),
    sha1: hexOf(id).slice(0, 40),
    version: 3,
    serial: "5f3a9c0d1e2b4a6879",
    serialBits: 71,
    serialPositive: true,
    signatureAlgorithm: "ecdsa-with-SHA256",
    signatureOid: "1.2.840.10045.4.3.2",
    signatureHash: "sha256",
    signatureAlgorithmsAgree: true,
    issuer: name("Example CA"),
    subject,
    notBeforeMs: AT - 30 * DAY,
    notAfterMs: AT + 60 * DAY - 1000,
    publicKey: key(),
    extensions: [],
    subjectAltNames: [{ kind: "dns", value: "www.example.org" }],
    basicConstraints: { ca: false, pathLength: undefined, critical: true },
    keyUsage: { uses: ["digitalSignature"], critical: true },
    extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"],
    subjectKeyId: "aa",
    authorityKeyId: "bb",
    nameConstraints: undefined,
    policies: ["2.23.140.1.2.1"],
    policyRules: NO_POLICY_RULES,
    ocspUrls: [],
    issuerUrls: [],
    crlUrls: [],
    mustStaple: false,
    scts: [],
    precertificate: false,
    oddities: [],
    tbs: Buffer.alloc(0),
    signature: Buffer.alloc(0),
    ...overrides,
  };
}

export function authority(commonName = "Example CA", overrides: Partial<Certificate> = {}): Certificate {
  return certificate({
    subject: name(commonName),
    issuer: name("Example Root"),
    subjectAltNames: undefined,
    basicConstraints: { ca: true, pathLength: undefined, critical: true },
    keyUsage: { uses: ["keyCertSign", "cRLSign"], critical: true },
    extendedKeyUsage: undefined,
    publicKey: key({}, commonName),
    notAfterMs: AT + 1000 * DAY,
    ...overrides,
  });
}

export function served(overrides: Partial<ServedChain> = {}): ServedChain {
  return {
    certificates: [],
    version: "TLSv1.3",
    keyType: "ecdsa",
    serverName: "www.example.org",
    stapledOcsp: undefined,
    tlsScts: undefined,
    ...overrides,
  };
}

/** Leaf and intermediate as sent by an endpoint, trusted by the system and by Mozilla. */
export function chain(overrides: Partial<ChainAnalysis> = {}): ChainAnalysis {
  const leaf = overrides.leaf ?? certificate();
  const sent = overrides.sent ?? [leaf, authority()];
  return {
    where: "192.0.2.1:443, ecdsa",
    served: served({ certificates: sent }),
    leaf,
    sent,
    order: sent.map((_, index) => index),
    inOrder: true,
    duplicates: [],
    extra: [],
    rootSent: undefined,
    missing: undefined,
    brokenSignatures: [],
    path: [...sent, authority("Example Root", { issuer: name("Example Root") })],
    problems: [],
    trust: [
      { store: "system", trusted: true, why: undefined, path: [] },
      { store: "mozilla", trusted: true, why: undefined, path: [] },
    ],
    publiclyTrusted: false,
    name: { asked: "www.example.org", matches: true, byCommonNameOnly: false },
    scts: [],
    ocsp: [],
    ...overrides,
  };
}

/** The chain that one certificate makes up; what is not said of it is in order. */
export function chainOf(leaf: Partial<Certificate>, overrides: Partial<ChainAnalysis> = {}): ChainAnalysis {
  return chain({ leaf: certificate(leaf), ...overrides });
}

export function protocol(
  version: ProtocolVersion,
  suites: readonly number[] | Answer,
  overrides: Partial<ProtocolFacts> = {},
): ProtocolFacts {
  const accepted = Array.isArray(suites) ? suites : [];
  return {
    version,
    answer: Array.isArray(suites) ? OFFERED : (suites as Answer),
    suites: accepted,
    complete: true,
    preference: accepted.length < 2 ? "one-choice" : "server",
    chachaForMobile: undefined,
    ...overrides,
  };
}

/** Every version: those not named are refused. */
export function protocols(...known: readonly ProtocolFacts[]): readonly ProtocolFacts[] {
  const all: readonly ProtocolVersion[] = ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
  return all.map((version) => known.find((one) => one.version === version) ?? protocol(version, REFUSED));
}

export const TLS12 = protocol("TLSv1.2", [SUITE.ECDHE_ECDSA_AES128_GCM, SUITE.ECDHE_RSA_AES128_GCM]);
export const TLS13 = protocol("TLSv1.3", [SUITE.AES128_GCM_13, SUITE.AES256_GCM_13]);

export function features(overrides: Partial<FeatureFacts> = {}): FeatureFacts {
  return {
    extendedMasterSecret: OFFERED,
    encryptThenMac: OFFERED,
    secureRenegotiation: OFFERED,
    clientRenegotiation: REFUSED,
    compression: REFUSED,
    fallbackScsv: OFFERED,
    downgradeSentinel: OFFERED,
    heartbeat: REFUSED,
    certificateCompression: REFUSED,
    stapling: REFUSED,
    greaseTolerant: OFFERED,
    longHelloTolerant: OFFERED,
    versionTolerant: OFFERED,
    alpn: ["h2", "http/1.1"],
    alpnComplete: true,
    withoutSni: OFFERED,
    unknownSni: OFFERED,
    clientCertificate: "none",
    clientAuthorities: [],
    ...overrides,
  };
}

export function sessions(overrides: Partial<SessionFacts> = {}): SessionFacts {
  return {
    idIssued: OFFERED,
    idResumed: OFFERED,
    ticketIssued: OFFERED,
    ticketResumed: OFFERED,
    ticketLifetimeSeconds: 300,
    pskResumed: OFFERED,
    pskTicketCount: 2,
    pskLifetimeSeconds: 7200,
    earlyData: REFUSED,
    maxEarlyDataBytes: undefined,
    ...overrides,
  };
}

/** A server with nothing to find fault with: TLS 1.2 and 1.3, strong suites, post-quantum. */
export function address(overrides: Partial<AddressFacts> = {}): AddressFacts {
  return {
    address: "192.0.2.1",
    family: 4,
    unreachable: undefined,
    protocols: protocols(TLS12, TLS13),
    groups13: { codes: [0x11ec, 0x001d, 0x0017], complete: true, preference: "server" },
    groups12: { codes: [0x001d, 0x0017], complete: true, preference: "server" },
    dh: [],
    signatures13: [0x0403],
    signatures12: [0x0403],
    gaps: { signatures13: undefined, signatures12: undefined, dh: undefined },
    chains: [],
    sessions: sessions(),
    features: features(),
    vulnerabilities: {
      heartbleed: REFUSED,
      ccsInjection: REFUSED,
      robot: REFUSED,
      ticketbleed: REFUSED,
      poodleTls: REFUSED,
    },
    connections: 60,
    retries: 0,
    seconds: 0.5,
    ...overrides,
  };
}

export const ENDPOINT: EndpointTarget = {
  kind: "endpoint",
  name: "https://www.example.org",
  host: "www.example.org",
  port: 443,
  upgrade: "none",
  serverName: "www.example.org",
};

export interface SubjectParts {
  readonly chains?: readonly ChainAnalysis[];
  readonly plan?: Partial<CheckPlan>;
  readonly companions?: readonly FileFacts[];
  readonly notes?: readonly string[];
  readonly target?: Partial<EndpointTarget>;
}

/** An endpoint with the addresses given, each sound but for what is said of it. */
export function endpoint(
  addresses: readonly Partial<AddressFacts>[] = [{}],
  parts: SubjectParts = {},
): Subject {
  const chains = parts.chains ?? [chain()];
  // The chains that are judged are those of the addresses.
  const servedAt = (place: string): readonly ServedChain[] => {
    const own = chains.filter(({ where }) => where.startsWith(`${place}:`));
    return (own.length > 0 ? own : chains).flatMap(({ served: one }) => (one === undefined ? [] : [one]));
  };
  const made = addresses.map((overrides) => {
    const facts = address(overrides);
    return overrides.chains === undefined ? { ...facts, chains: servedAt(facts.address) } : facts;
  });
  return {
    target: { ...ENDPOINT, ...parts.target },
    endpoint: { kind: "endpoint", addresses: made, notes: parts.notes ?? [] },
    file: undefined,
    chains,
    plan: plan(parts.plan),
    companions: parts.companions ?? [],
  };
}

/** An endpoint whose protocols are these; the rest is sound. */
export function speaking(...known: readonly ProtocolFacts[]): Subject {
  return endpoint([{ protocols: protocols(...known) }]);
}

/** An endpoint with these features; the rest is sound. */
export function featuring(overrides: Partial<FeatureFacts>): Subject {
  return endpoint([{ features: features(overrides) }]);
}

/** An endpoint that serves these chains. */
export function serving(...chains: readonly ChainAnalysis[]): Subject {
  return endpoint([{}], { chains });
}

export function fileFacts(path: string, ...items: readonly Item[]): FileFacts {
  return { kind: "file", path, format: "PEM", items };
}

/** A subject that is a file; chains as its certificates make them. */
export function file(facts: FileFacts, parts: SubjectParts = {}): Subject {
  const target: FileTarget = { kind: "file", name: facts.path, path: facts.path };
  return {
    target,
    endpoint: undefined,
    file: facts,
    chains: parts.chains ?? [],
    plan: plan(parts.plan),
    companions: parts.companions ?? [],
  };
}

export const at = <T extends object>(item: T, where: string): T & { readonly where: string } => ({
  ...item,
  where,
});

export function privateKey(publicKey: PublicKey = key(), overrides: Partial<PrivateKeyItem> = {}): Item {
  return {
    kind: "private-key",
    publicKey,
    encrypted: false,
    form: "PKCS#8",
    where: "PEM block 1",
    ...overrides,
  };
}

export function certificateItem(overrides: Partial<Certificate> = {}, where = "PEM block 1"): Item {
  return { ...certificate(overrides), where };
}

export function request(overrides: Partial<CertificateRequest> = {}): Item {
  return {
    kind: "request",
    der: Buffer.alloc(0),
    subject: name("www.example.org"),
    publicKey: key(),
    subjectAltNames: [{ kind: "dns", value: "www.example.org" }],
    signatureAlgorithm: "ecdsa-with-SHA256",
    signatureHash: "sha256",
    signatureValid: true,
    where: "PEM block 1",
    ...overrides,
  };
}

export function revocationList(overrides: Partial<RevocationList> = {}): Item {
  return {
    kind: "crl",
    der: Buffer.alloc(0),
    issuer: name("Example CA"),
    thisUpdateMs: AT - DAY,
    nextUpdateMs: AT + 6 * DAY,
    revoked: new Map(),
    signatureAlgorithm: "ecdsa-with-SHA256",
    signatureHash: "sha256",
    authorityKeyId: undefined,
    number: 1n,
    where: "PEM block 1",
    ...overrides,
  };
}

export function unreadable(what: string, locked = false): Item {
  return {
    kind: "unreadable",
    what,
    why: "the bytes end too early",
    next: undefined,
    locked,
    where: "PEM block 1",
  };
}
