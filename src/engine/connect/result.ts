/**
 * What a connect found: the `netkit.connect/1` document, plain data. Times are microseconds; `startUs` counts
 * from the start of its path.
 */
import type { Stage } from "../../core/errors.ts";
import type { Judgement } from "../../core/expectation.ts";
import type { LatencySummary } from "../../core/metrics/latency-summary.ts";

/** In the order in which a path goes through them; one that was not needed does not appear. */
export const PHASE_NAMES = [
  "dns",
  "connect",
  /** The proxy's agreement to the tunnel. */
  "proxy",
  /** Where the server speaks first: up to our first word. */
  "greeting",
  /** The plain dialogue before TLS: STARTTLS, SSLRequest. */
  "upgrade",
  "tls",
  /** Writing the request. */
  "request",
  /** From the request's last byte to the answer's first. */
  "firstByte",
  /** From the answer's first byte to its last. */
  "transfer",
] as const;

export type PhaseName = (typeof PHASE_NAMES)[number];

export interface Phase {
  readonly name: PhaseName;
  readonly startUs: number;
  readonly durationUs: number;
  /** The path ended in this phase. */
  readonly failed: boolean;
}

export type QueryOutcome = "answered" | "no-data" | "no-such-name" | "failed" | "timed-out" | "late";

/** One question of a resolution. */
export interface Query {
  readonly type: "A" | "AAAA";
  readonly startUs: number;
  readonly durationUs: number;
  /** `late`: the path went on without it (RFC 8305 section 3). */
  readonly outcome: QueryOutcome;
  /** The server's words (`SERVFAIL`) or the system's code. */
  readonly code: string | null;
  readonly records: readonly { readonly address: string; readonly ttlSeconds: number | null }[];
}

export interface Resolution {
  readonly name: string;
  /** `system`, `192.0.2.1:53`, a DoH URL, `--resolve`, or `literal` for an address. */
  readonly resolver: string;
  /** How the last answer came: null where nobody was asked or the system does not tell. */
  readonly transport: "udp" | "tcp" | "https" | null;
  readonly queries: readonly Query[];
  /** From the name to the last alias, without the name itself. */
  readonly cname: readonly string[];
}

export type AttemptResult = {
  readonly address: string;
  readonly family: 4 | 6;
  readonly startUs: number;
  readonly durationUs: number;
  readonly outcome: "connected" | "failed" | "lost" | "cut" | "not-started";
  /** The system's code of a failure: `ECONNREFUSED`. */
  readonly code: string | null;
};

export interface CertificateSummary {
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly daysLeft: number;
  /** `RSA 2048`, `EC P-256`. */
  readonly key: string;
  readonly sha256: string;
}

export interface TlsResult {
  /** `TLSv1.3` */
  readonly version: string;
  readonly cipher: string;
  /** Key-exchange group; null where node does not tell. */
  readonly group: string | null;
  readonly alpn: string | null;
  readonly servername: string | null;
  readonly resumed: boolean;
  readonly authorized: boolean;
  /** Why it is not, when `--insecure` let it pass. */
  readonly authorizationError: string | null;
  /** Leaf first, as the peer sent it, also when it is not accepted. Empty on resumption, where none is sent. */
  readonly chain: readonly CertificateSummary[];
  /** Whole days until the leaf ends; null without a leaf. */
  readonly daysLeft: number | null;
}

/** What the probe of a scheme learned. */
export type ProbeFacts =
  | {
      readonly kind: "http";
      readonly version: "1.0" | "1.1" | "2";
      readonly status: number;
      readonly reason: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly bodyBytes: number;
    }
  | {
      readonly kind: "websocket";
      readonly subprotocol: string | null;
      readonly extensions: string | null;
      /** Ping to pong. */
      readonly pingUs: number;
    }
  | {
      readonly kind: "echo";
      readonly sentBytes: number;
      readonly receivedBytes: number;
      readonly equal: boolean;
    }
  | { readonly kind: "banner"; readonly text: string | null; readonly bytes: number }
  | { readonly kind: "redis"; readonly reply: string; readonly version: string | null }
  | {
      readonly kind: "postgres";
      readonly tls: "accepted" | "refused" | "not-asked";
      readonly authentication: string;
      readonly serverVersion: string | null;
    }
  | {
      readonly kind: "mysql";
      readonly serverVersion: string;
      readonly authentication: string;
      readonly tls: boolean;
    }
  | {
      readonly kind: "mail";
      readonly greeting: string;
      readonly capabilities: readonly string[];
      readonly starttls: "used" | "offered" | "not-offered";
    };

/** The layer that failed, or that is slow. */
export type Layer =
  | "name"
  | "route"
  | "refused"
  | "filtered"
  | "proxy"
  | "tls-trust"
  | "tls-name"
  | "tls-version"
  | "tls"
  | "protocol"
  | "slow"
  /** This machine: no descriptor, no such local address. */
  | "local";

export interface PathVerdict {
  readonly outcome: "ok" | "degraded" | "failed" | "interrupted";
  readonly layer: Layer | null;
  /** One sentence: what happened, on what. */
  readonly title: string;
  /** What was seen, a sentence each. */
  readonly evidence: readonly string[];
  /** The next thing to try; null when there is nothing to do. */
  readonly next: string | null;
}

/** Why a path ended before its end: a NetkitError as plain data. */
export interface PathError {
  readonly stage: Stage;
  /** Stable, `NK_…`. */
  readonly code: string;
  readonly message: string;
  readonly why: string | null;
  readonly next: string | null;
}

/** One way from here to there and back. */
export interface PathResult {
  /** The address (all addresses), the way (compare), or null. */
  readonly label: string | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly resolution: Resolution | null;
  readonly attempts: readonly AttemptResult[];
  readonly remote: { readonly address: string; readonly port: number; readonly family: 4 | 6 } | null;
  readonly local: { readonly address: string; readonly port: number } | null;
  readonly proxy: { readonly url: string; readonly answer: string } | null;
  readonly tls: TlsResult | null;
  readonly probe: ProbeFacts | null;
  readonly phases: readonly Phase[];
  readonly totalUs: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** The longest that the event loop was late during this path: how far a stamp may be off. */
  readonly errorBarUs: number;
  readonly error: PathError | null;
  readonly verdict: PathVerdict;
}

export interface Span {
  readonly state: "up" | "down";
  /** ISO 8601, UTC. */
  readonly from: string;
  readonly seconds: number;
  readonly paths: number;
}

export interface RepeatResult {
  readonly sent: number;
  readonly succeeded: number;
  /** Share of 1 that failed. */
  readonly loss: number;
  readonly total: LatencySummary;
  readonly phases: Readonly<Partial<Record<PhaseName, LatencySummary>>>;
  /** Mean of the absolute differences of neighbours' totals (RFC 3550 has it smoothed); null under two. */
  readonly jitterUs: number | null;
  readonly spans: readonly Span[];
  readonly failures: readonly { readonly code: string; readonly count: number }[];
  /** Each time the set of addresses was another than before. */
  readonly resolutionChanges: readonly {
    readonly at: string;
    readonly before: readonly string[];
    readonly after: readonly string[];
  }[];
}

export interface ConnectResult {
  readonly schema: "netkit.connect/1";
  readonly command: "connect";
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly url: string;
  readonly mode: "once" | "all-addresses" | "compare" | "repeat";
  /** One; one an address; one a way; of a repetition the last one. */
  readonly paths: readonly PathResult[];
  readonly repeat: RepeatResult | null;
  readonly expectations: readonly Judgement[];
  /** Of the whole: of a repetition the last failure decides unless all went well. */
  readonly verdict: PathVerdict;
  readonly interrupted: boolean;
}
