/**
 * `netkit.tls-check/1`: a CheckResult as people and programs get it. Names instead of codes, ISO dates, `null` for what
 * is not there, every certificate once and referred to by its SHA-256. Plain JSON data; what differs from run to
 * run although the server stayed the same stands under `effort`, in dates of the run, and in evidence.
 */
import type { PathProblem } from "../certificates/chain.ts";
import type { GeneralName, KeyUsage, PublicKey } from "../certificates/model.ts";
import type {
  Answer,
  FeatureFacts,
  Preference,
  ProtocolVersion,
  ServedChain,
  SessionFacts,
  VulnerabilityFacts,
} from "../facts.ts";
import type { Scope, Upgrade } from "../plan.ts";
import type { CheckResult, Drift, Grade, PolicyResult, TargetResult, WaivedFinding } from "../result.ts";
import type { Finding, Rule, Severity } from "../rules/rule.ts";

/** `undefined` is no JSON: it becomes `null`, at the first level. */
export type Nulled<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? Exclude<T[K], undefined> | null : T[K];
};

/** What a rule is, without its judge. */
export type RuleDocument = Omit<Rule, "judge" | "opens">;

export interface CheckDocument {
  readonly schema: "netkit.tls-check/1";
  readonly command: "tls-check";
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** The moment that dates are judged by. */
  readonly at: string;
  readonly scope: Scope;
  /** Severities and rule ids that decide the exit code. */
  readonly failOn: readonly string[];
  readonly outcome: CheckResult["outcome"];
  readonly interrupted: boolean;
  /** Targets asked for; more than there are results when the check was interrupted. */
  readonly planned: number;
  readonly counts: Readonly<Record<Severity, number>>;
  readonly targets: readonly TargetDocument[];
  readonly expiredWaivers: CheckResult["expiredWaivers"];
  /** The rules that found something, each once. */
  readonly rules: readonly RuleDocument[];
}

export interface TargetDocument {
  readonly name: string;
  readonly kind: "endpoint" | "file";
  readonly outcome: TargetResult["outcome"];
  readonly endpoint: EndpointDocument | null;
  readonly file: FileDocument | null;
  readonly certificates: readonly CertificateDocument[];
  readonly chains: readonly ChainDocument[];
  readonly findings: readonly FindingDocument[];
  readonly waived: readonly WaivedFinding[];
  readonly grade: Grade | null;
  readonly policy: PolicyResult | null;
  readonly drift: readonly Drift[];
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly why: string | null;
    readonly next: string | null;
  } | null;
  readonly effort: { readonly seconds: number };
}

export interface FindingDocument extends Finding {
  /** It alone makes the check fail (`--fail-on`). */
  readonly decides: boolean;
}

export interface EndpointDocument {
  readonly host: string;
  readonly port: number;
  readonly upgrade: Upgrade;
  readonly serverName: string | null;
  readonly addresses: readonly AddressDocument[];
  readonly notes: readonly string[];
}

export interface AddressDocument {
  readonly address: string;
  readonly family: 4 | 6;
  readonly unreachable: {
    readonly code: string;
    readonly message: string;
    readonly next: string | null;
  } | null;
  readonly protocols: readonly ProtocolDocument[];
  readonly groups13: GroupsDocument;
  readonly groups12: GroupsDocument;
  readonly dh: readonly {
    readonly bits: number;
    readonly known: string | null;
    readonly prime: string;
    readonly generator: string;
  }[];
  readonly signatures13: readonly NamedCode[];
  readonly signatures12: readonly NamedCode[];
  readonly chains: readonly ServedDocument[];
  readonly sessions: Nulled<SessionFacts> | null;
  readonly features: FeatureFacts | null;
  readonly vulnerabilities: Nulled<VulnerabilityFacts> | null;
  readonly effort: { readonly connections: number; readonly retries: number; readonly seconds: number };
}

/** A codepoint of the registry: `0x1301`. */
export interface NamedCode {
  readonly code: string;
  readonly name: string;
}

export interface SuiteDocument extends NamedCode {
  readonly openssl: string | null;
  /** Of the symmetric key; null when the suite is not in the registry. */
  readonly bits: number | null;
  readonly keyExchange: string | null;
  readonly authentication: string | null;
  readonly cipher: string | null;
}

export interface ProtocolDocument {
  readonly version: ProtocolVersion;
  readonly answer: Answer;
  /** In the server's order where it has one. */
  readonly suites: readonly SuiteDocument[];
  readonly complete: boolean;
  readonly preference: Preference;
  readonly chachaForMobile: boolean | null;
}

export interface GroupsDocument {
  readonly groups: readonly NamedCode[];
  readonly complete: boolean;
  readonly preference: Preference;
}

/** A chain as sent: SHA-256 of its certificates, in the order of the wire. */
export interface ServedDocument {
  readonly version: ProtocolVersion;
  readonly keyType: ServedChain["keyType"];
  readonly serverName: string | null;
  readonly certificates: readonly string[];
  readonly stapled: boolean;
  readonly unreadable: readonly string[];
}

export interface KeyDocument {
  readonly type: PublicKey["type"];
  readonly bits: number;
  readonly curve: string | null;
  /** Decimal. */
  readonly exponent: string | null;
  readonly spkiSha256: string;
}

export interface CertificateDocument {
  readonly sha256: string;
  readonly sha1: string;
  readonly version: number;
  readonly serial: string;
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly key: KeyDocument;
  readonly signatureAlgorithm: string;
  readonly names: readonly GeneralName[];
  readonly authority: boolean;
  readonly pathLength: number | null;
  readonly keyUsage: readonly KeyUsage[] | null;
  readonly extendedKeyUsage: readonly string[] | null;
  readonly subjectKeyId: string | null;
  readonly authorityKeyId: string | null;
  readonly policies: readonly string[];
  readonly ocspUrls: readonly string[];
  readonly issuerUrls: readonly string[];
  readonly crlUrls: readonly string[];
  readonly mustStaple: boolean;
  readonly signedTimestamps: number;
  readonly extensions: readonly { readonly oid: string; readonly critical: boolean }[];
  readonly oddities: readonly string[];
}

/** Certificates by SHA-256; numbers are positions in `sent`. */
export interface ChainDocument {
  readonly where: string;
  readonly leaf: string;
  readonly sent: readonly string[];
  readonly inOrder: boolean;
  readonly order: readonly number[];
  readonly duplicates: readonly number[];
  readonly extra: readonly number[];
  readonly rootSent: number | null;
  readonly missing: { readonly of: string; readonly issuer: string; readonly urls: readonly string[] } | null;
  readonly brokenSignatures: readonly { readonly index: number; readonly issuer: number }[];
  readonly path: readonly string[];
  readonly problems: readonly {
    readonly kind: PathProblem["kind"];
    readonly certificate: string;
    readonly position: number;
    readonly detail: string;
  }[];
  readonly trust: readonly {
    readonly store: "system" | "mozilla" | "given";
    readonly trusted: boolean;
    readonly why: string | null;
    readonly path: readonly string[];
  }[];
  readonly publiclyTrusted: boolean;
  readonly name: {
    readonly asked: string;
    readonly matches: boolean;
    readonly byCommonNameOnly: boolean;
  } | null;
  readonly scts: readonly {
    readonly logId: string;
    readonly logName: string | null;
    readonly source: "certificate" | "tls" | "ocsp";
    readonly valid: boolean | null;
    readonly at: string;
  }[];
  readonly ocsp: readonly {
    readonly status: "good" | "revoked" | "unknown" | "unreadable";
    readonly source: "stapled" | "asked" | "crl";
    readonly produced: string | null;
    readonly nextUpdate: string | null;
    readonly signatureValid: boolean | null;
    readonly detail: string | null;
  }[];
}

export interface FileDocument {
  readonly path: string;
  readonly format: string;
  readonly items: readonly ItemDocument[];
}

export type ItemDocument =
  | { readonly kind: "certificate"; readonly where: string; readonly sha256: string }
  | {
      readonly kind: "private-key";
      readonly where: string;
      readonly key: KeyDocument;
      readonly encrypted: boolean;
      readonly form: string;
    }
  | { readonly kind: "public-key"; readonly where: string; readonly key: KeyDocument }
  | {
      readonly kind: "request";
      readonly where: string;
      readonly subject: string;
      readonly key: KeyDocument;
      readonly names: readonly GeneralName[];
      readonly signatureAlgorithm: string;
      readonly signatureValid: boolean | null;
    }
  | {
      readonly kind: "crl";
      readonly where: string;
      readonly issuer: string;
      readonly thisUpdate: string;
      readonly nextUpdate: string | null;
      readonly revoked: number;
      readonly signatureAlgorithm: string;
      /** Decimal. */
      readonly number: string | null;
    }
  | {
      readonly kind: "unreadable";
      readonly where: string;
      readonly what: string;
      readonly why: string;
      readonly next: string | null;
      readonly locked: boolean;
    };
