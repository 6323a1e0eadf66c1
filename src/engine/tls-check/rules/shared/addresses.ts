/**
 * The addresses of an endpoint that spoke TLS, and what is known of their protocol versions. An address that
 * was not reached has nothing to judge; `endpoint-inconclusive` says so once.
 */
import type { AddressFacts, Answer, ProtocolFacts, ProtocolVersion, ServedChain } from "../../facts.ts";
import type { Subject } from "../rule.ts";

export interface Spot {
  readonly address: AddressFacts;
  /** `127.0.0.1:443`, `[::1]:443`. */
  readonly where: string;
}

export function placeOf(subject: Subject, address: AddressFacts): string {
  const port = subject.target.kind === "endpoint" ? `:${subject.target.port}` : "";
  return address.family === 6 ? `[${address.address}]${port}` : `${address.address}${port}`;
}

/** Every address that spoke TLS, whatever was looked at. */
export function addressesInScope({ endpoint }: Subject): readonly AddressFacts[] {
  return (endpoint?.addresses ?? []).filter(({ unreachable }) => unreachable === undefined);
}

/** Chains as shown to clients that ask for this endpoint's own name. */
export function ownChains({ target }: Subject, { chains }: AddressFacts): readonly ServedChain[] {
  const own = target.kind === "endpoint" ? target.serverName : undefined;
  return chains.filter(({ serverName }) => serverName === own);
}

/** None when only certificates were looked at: then nothing is known of the rest, and nothing is asked. */
export function reached(subject: Subject): readonly Spot[] {
  if (subject.plan.scope === "certificate-only") return [];
  const addresses = subject.endpoint?.addresses ?? [];
  return addresses
    .filter((address) => address.unreachable === undefined)
    .map((address) => ({ address, where: placeOf(subject, address) }));
}

export function protocolOf(address: AddressFacts, version: ProtocolVersion): ProtocolFacts | undefined {
  return address.protocols.find((protocol) => protocol.version === version);
}

/** Undefined: the version was not asked for. */
export function answerFor(address: AddressFacts, version: ProtocolVersion): Answer | undefined {
  return protocolOf(address, version)?.answer;
}

export function offers(address: AddressFacts, version: ProtocolVersion): boolean {
  return answerFor(address, version)?.kind === "offered";
}

/** Those of `versions` that the server speaks, in the order given. */
export function offeredAmong(
  address: AddressFacts,
  versions: readonly ProtocolVersion[],
): readonly ProtocolVersion[] {
  return versions.filter((version) => offers(address, version));
}

/** Some of `versions` is spoken, or may be: none is known to be refused only when all are. */
export function maySpeak(address: AddressFacts, versions: readonly ProtocolVersion[]): boolean {
  return versions.some((version) => {
    const answer = answerFor(address, version);
    return answer !== undefined && answer.kind !== "refused";
  });
}

export const BEFORE_TLS13: readonly ProtocolVersion[] = ["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2"];
