/** `netkit.tls-check/1`: the result of a tls-check, as printed by `--json` and written by `--out`. */
import { z } from "zod";
import type { CheckDocument } from "../../engine/tls-check/document/model.ts";
import type { Agrees } from "./agreement.ts";
import { certificate, chain, item } from "./tls-certificates.ts";

const count = z.int().min(0);
const texts = z.array(z.string());

const severity = z.enum(["info", "low", "medium", "high", "critical"]);

const answer = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("offered") }),
    z.strictObject({ kind: z.literal("refused"), how: z.string() }),
    z.strictObject({ kind: z.literal("inconclusive"), why: z.string() }),
  ])
  .describe("What was reset, cut or timed out is inconclusive, never refused.");

const version = z.enum(["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"]);
const preference = z
  .enum(["server", "client", "unknown", "one-choice"])
  .describe("Who decides among what both sides can.");
const namedCode = z.strictObject({ code: z.string().describe("Hexadecimal: 0x1301."), name: z.string() });
const groups = z.strictObject({ groups: z.array(namedCode), complete: z.boolean(), preference });

const protocol = z.strictObject({
  version,
  answer,
  suites: z.array(
    z.strictObject({
      code: z.string().describe("Hexadecimal: 0x1301."),
      name: z.string().describe("IANA's name."),
      openssl: z.string().nullable(),
      bits: z.number().nullable(),
      keyExchange: z.string().nullable(),
      authentication: z.string().nullable(),
      cipher: z.string().nullable(),
    }),
  ),
  complete: z.boolean().describe("False when the enumeration was cut short."),
  preference,
  chachaForMobile: z.boolean().nullable(),
});

const served = z
  .strictObject({
    version,
    keyType: z.enum(["rsa", "ecdsa", "eddsa", "dsa", "other"]),
    serverName: z.string().nullable(),
    certificates: texts.describe("SHA-256, as sent on the wire."),
    stapled: z.boolean(),
    unreadable: texts,
  })
  .describe("A chain as sent.");

const sessions = z.strictObject({
  idIssued: answer,
  idResumed: answer,
  ticketIssued: answer,
  ticketResumed: answer,
  ticketLifetimeSeconds: z.number().nullable(),
  pskResumed: answer,
  pskTicketCount: z.number().nullable(),
  pskLifetimeSeconds: z.number().nullable(),
  earlyData: answer,
  maxEarlyDataBytes: z.number().nullable(),
});

const features = z.strictObject({
  extendedMasterSecret: answer,
  encryptThenMac: answer,
  secureRenegotiation: answer,
  clientRenegotiation: answer,
  compression: answer,
  fallbackScsv: answer,
  downgradeSentinel: answer,
  heartbeat: answer,
  certificateCompression: answer,
  stapling: answer,
  greaseTolerant: answer,
  longHelloTolerant: answer,
  versionTolerant: answer,
  alpn: texts,
  alpnComplete: z.boolean(),
  withoutSni: answer,
  unknownSni: answer,
  clientCertificate: z.enum(["none", "requested", "required", "unknown"]),
  clientAuthorities: texts,
});

const vulnerabilities = z
  .strictObject({
    heartbleed: answer.nullable(),
    ccsInjection: answer.nullable(),
    robot: answer.nullable(),
    ticketbleed: answer.nullable(),
    poodleTls: answer.nullable(),
    robotOracle: z.enum(["weak", "strong"]).nullable(),
    cbcPaddingOracle: answer.nullable(),
    starttlsInjection: answer.nullable(),
  })
  .describe("Shown by a probe: offered = vulnerable; null = not probed.");

const address = z.strictObject({
  address: z.string(),
  family: z.literal([4, 6]),
  unreachable: z
    .strictObject({ code: z.string(), message: z.string(), next: z.string().nullable() })
    .nullable(),
  protocols: z.array(protocol),
  groups13: groups,
  groups12: groups,
  dh: z.array(
    z.strictObject({
      bits: count,
      known: z.string().nullable().describe("Name of a well-known prime."),
      prime: z.string(),
      generator: z.string(),
    }),
  ),
  signatures13: z.array(namedCode),
  signatures12: z.array(namedCode),
  chains: z.array(served),
  sessions: sessions.nullable(),
  features: features.nullable(),
  vulnerabilities: vulnerabilities.nullable(),
  effort: z
    .strictObject({ connections: count, retries: count, seconds: z.number() })
    .describe("Differs from run to run."),
});

const endpoint = z.strictObject({
  host: z.string(),
  port: z.int().min(0).max(65_535),
  upgrade: z.enum(["none", "smtp", "imap", "pop3", "ftp", "ldap", "xmpp", "postgres", "mysql"]),
  serverName: z.string().nullable(),
  addresses: z.array(address),
  notes: texts,
});

const findingShape = {
  rule: z.string(),
  severity,
  status: z.enum(["vulnerable", "exposure", "problem", "note", "inconclusive"]),
  message: z.string().describe("One sentence, the same at every run."),
  where: z.string(),
  evidence: texts.describe("May hold figures that change from run to run."),
};
const finding = z.strictObject({
  ...findingShape,
  decides: z.boolean().describe("It alone makes the check fail."),
});
const waived = z.strictObject({
  ...findingShape,
  waiver: z.strictObject({ reason: z.string(), until: z.string() }),
});

const grade = z.strictObject({
  letter: z.string(),
  lines: z.array(z.strictObject({ text: z.string(), cap: z.string() })),
});

const policy = z.strictObject({
  name: z.string(),
  version: z.string(),
  complies: z.boolean(),
  unknown: texts.describe("What the scan could not find out for it."),
  steps: z.array(
    z.strictObject({ action: z.enum(["remove", "add", "change"]), what: z.string(), why: z.string() }),
  ),
  configuration: z.array(z.strictObject({ server: z.string(), lines: texts })),
});

const target = z.strictObject({
  name: z.string(),
  kind: z.enum(["endpoint", "file"]),
  outcome: z.enum(["passed", "failed", "inconclusive", "unreachable", "unreadable"]),
  endpoint: endpoint.nullable(),
  file: z.strictObject({ path: z.string(), format: z.string(), items: z.array(item) }).nullable(),
  certificates: z.array(certificate).describe("All that anything here refers to, each once."),
  chains: z.array(chain),
  findings: z.array(finding),
  waived: z.array(waived),
  grade: grade.nullable(),
  policy: policy.nullable(),
  drift: z.array(
    z.strictObject({
      what: z.string(),
      values: z.array(z.strictObject({ value: z.string(), addresses: texts })),
    }),
  ),
  error: z
    .strictObject({
      code: z.string(),
      message: z.string(),
      why: z.string().nullable(),
      next: z.string().nullable(),
    })
    .nullable(),
  effort: z.strictObject({ seconds: z.number() }).describe("Differs from run to run."),
});

export const rule = z.strictObject({
  id: z.string(),
  title: z.string(),
  severity,
  about: z.enum([
    "protocol",
    "cipher",
    "key-exchange",
    "certificate",
    "chain",
    "key",
    "vulnerability",
    "feature",
    "file",
  ]),
  probes: z
    .array(
      z.enum([
        "protocols",
        "groups",
        "dh",
        "signatures",
        "features",
        "sessions",
        "vulnerabilities",
        "certificates",
        "files",
      ]),
    )
    .describe("What has to be found out for it."),
  why: z.string(),
  fix: z.string(),
  references: texts,
});

export const tlsCheckSchema = z
  .strictObject({
    schema: z.literal("netkit.tls-check/1"),
    command: z.literal("tls-check"),
    version: z.string(),
    startedAt: z.string().describe("ISO 8601, UTC."),
    at: z.string().describe("The moment that dates are judged by."),
    scope: z.enum(["full", "certificate-only"]),
    failOn: texts.describe("Severities and rule ids that decide the exit code."),
    outcome: z.enum(["passed", "failed", "inconclusive"]),
    interrupted: z.boolean(),
    planned: count.describe("Targets asked for; more than results when interrupted."),
    counts: z
      .strictObject({ info: count, low: count, medium: count, high: count, critical: count })
      .describe("Findings that count, by severity."),
    targets: z.array(target),
    expiredWaivers: z.array(z.strictObject({ rule: z.string(), until: z.string() })),
    rules: z.array(rule).describe("The rules that found something."),
  })
  .meta({
    id: "netkit.tls-check_1",
    title: "netkit.tls-check/1",
    description: "The result of netkit tls-check.",
  });

export const tlsCheckAgrees: Agrees<z.infer<typeof tlsCheckSchema>, CheckDocument> = true;
