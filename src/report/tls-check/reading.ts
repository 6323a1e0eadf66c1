/** Ways of looking at a result that several reports share. Pure. */
import type {
  AddressDocument,
  CertificateDocument,
  CheckDocument,
  FindingDocument,
  TargetDocument,
} from "../../engine/tls-check/document/model.ts";
import type { Severity } from "../../engine/tls-check/rules/rule.ts";

/** Worst first. */
export const SEVERITIES_DOWN: readonly Severity[] = ["critical", "high", "medium", "low", "info"];

const DAY_MS = 86_400_000;

/** The same finding at several places. */
export interface FindingGroup extends Omit<FindingDocument, "where" | "evidence"> {
  readonly places: readonly { readonly where: string; readonly evidence: readonly string[] }[];
}

/** In the order of the findings, which is worst first. */
export function groupFindings(findings: readonly FindingDocument[]): readonly FindingGroup[] {
  const groups = new Map<
    string,
    FindingGroup & { places: { where: string; evidence: readonly string[] }[] }
  >();
  for (const { where, evidence, ...rest } of findings) {
    const key = [rest.rule, rest.severity, rest.status, rest.message].join("\n");
    const group = groups.get(key) ?? { ...rest, places: [] };
    group.places.push({ where, evidence });
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** What a result says by itself: findings that count, without open questions and mere remarks. */
export function isProblem({ status, severity }: Pick<FindingDocument, "status" | "severity">): boolean {
  return status !== "inconclusive" && severity !== "info";
}

/** `1 critical, 2 high`; empty when there is nothing. */
export function countWords(findings: readonly Pick<FindingDocument, "status" | "severity">[]): string {
  const counted = findings.filter(isProblem);
  return SEVERITIES_DOWN.flatMap((severity) => {
    const count = counted.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  }).join(", ");
}

/** Whole days until the certificate ends, negative once it did. */
export function daysLeft({ notAfter }: CertificateDocument, at: string): number {
  return Math.floor((Date.parse(notAfter) - Date.parse(at)) / DAY_MS);
}

/** What a person knows a certificate by: the first name it is for, or the common name of an authority. */
export function nameOf({ subject, names, serial, authority }: CertificateDocument): string {
  const common = commonName(subject);
  const host = names.find(({ kind }) => kind === "dns" || kind === "ip")?.value;
  return (authority ? (common ?? host) : (host ?? common)) ?? (subject === "" ? `serial ${serial}` : subject);
}

/** The common name in RFC 4514 text; escapes are undone. */
export function commonName(distinguishedName: string): string | undefined {
  const match = /(?:^|[,+])CN=((?:\\.|[^,+\\])*)/.exec(distinguishedName);
  return match?.[1]?.replace(/\\([0-9a-fA-F]{2}|.)/g, (whole, code: string) =>
    code.length === 2 ? whole : code,
  );
}

/** `RSA 2048`, `EC P-256`, `ED25519`. */
export function keyText({ key }: Pick<CertificateDocument, "key">): string {
  if (key.type === "rsa" || key.type === "dsa") return `${key.type.toUpperCase()} ${key.bits}`;
  if (key.type === "ec") return `EC ${key.curve ?? key.bits}`;
  return key.curve ?? key.type;
}

export function fingerprintText(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(":");
}

export function certificateBy(target: TargetDocument): (sha256: string) => CertificateDocument | undefined {
  const known = new Map(target.certificates.map((certificate) => [certificate.sha256, certificate]));
  return (sha256) => known.get(sha256);
}

export function connectionsOf({ targets }: CheckDocument): number {
  return targets
    .flatMap(({ endpoint }) => endpoint?.addresses ?? [])
    .reduce((sum, { effort }) => sum + effort.connections, 0);
}

export function addressText({ address, family }: AddressDocument, port: number): string {
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Addresses that look alike under `view`, together, in the order met. */
export function alike(
  addresses: readonly AddressDocument[],
  view: (address: AddressDocument) => unknown,
): readonly (readonly AddressDocument[])[] {
  const groups = new Map<string, AddressDocument[]>();
  for (const address of addresses) {
    const key = JSON.stringify(view(address));
    groups.set(key, [...(groups.get(key) ?? []), address]);
  }
  return [...groups.values()];
}

export const OUTCOME_WORDS: Readonly<Record<TargetDocument["outcome"], string>> = {
  passed: "passed",
  failed: "failed",
  inconclusive: "inconclusive",
  unreachable: "not reached",
  unreadable: "not readable",
};
