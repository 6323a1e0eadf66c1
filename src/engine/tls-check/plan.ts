/**
 * What to check and how hard to look: plain data, made by the command. An endpoint and a file are targets of
 * the same kind, judged by the same rules.
 */
import type { Policy } from "./policy/policy.ts";
import type { Severity } from "./rules/rule.ts";

/** How a connection becomes one on which TLS may begin. */
export type Upgrade = "none" | "smtp" | "imap" | "pop3" | "ftp" | "ldap" | "xmpp" | "postgres" | "mysql";

export interface EndpointTarget {
  readonly kind: "endpoint";
  /** As the user wrote it, without credentials. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly upgrade: Upgrade;
  /** Sent by SNI and expected in the certificate. */
  readonly serverName: string | undefined;
}

export interface FileTarget {
  readonly kind: "file";
  readonly name: string;
  readonly path: string;
}

export type Target = EndpointTarget | FileTarget;

/** Which parts of an endpoint are looked at. */
export type Scope = "full" | "certificate-only";

/** Bounds of one endpoint's scan; every probe asks for a permit first. */
export interface ProbeLimits {
  /** Connections to one address in all, retries included. */
  readonly maxConnections: number;
  /** Connections at once to one address. */
  readonly concurrency: number;
  /** New connections per second to one address; undefined = as they come. */
  readonly ratePerSecond: number | undefined;
  /** For one connection: connecting, upgrade and the server's answer, each. */
  readonly timeoutMs: number;
  /** How often an inconclusive probe is tried again. */
  readonly retries: number;
}

export interface CheckPlan {
  readonly targets: readonly Target[];
  readonly scope: Scope;
  readonly limits: ProbeLimits;
  /** Targets at once. */
  readonly parallelTargets: number;
  /** Vulnerability probes that send malformed records. */
  readonly intrusive: boolean;
  /** The moment to judge dates by, ms since 1970. */
  readonly atMs: number;
  /** Fewer days left than this is a finding. */
  readonly daysLeft: number;
  /** Fewer per cent of the lifetime left than this is a finding; undefined = not looked at. */
  readonly lifetimeLeftPercent: number | undefined;
  /** PEM of authorities to trust besides the chosen stores. */
  readonly extraAuthorities: string | undefined;
  /** DER of the chain that every address must serve; undefined = anything. */
  readonly expectChain: readonly Uint8Array[] | undefined;
  /** Client certificate and key, PEM, for servers that ask for one. */
  readonly clientCert: string | undefined;
  readonly clientKey: string | undefined;
  /** For PKCS#12 files and encrypted keys. */
  readonly password: string | undefined;
  /** Certificate transparency logs: log id (hex) to SPKI DER. Empty = SCT signatures are not verified. */
  readonly ctLogs: ReadonlyMap<string, { readonly name: string; readonly spki: Uint8Array }>;
  /** Ask OCSP responders and fetch CRLs. */
  readonly revocation: boolean;
  /** A built-in policy, or one from a file; undefined = none. */
  readonly policy: Policy | undefined;
  readonly failOn: readonly (Severity | { readonly rule: string })[];
}
