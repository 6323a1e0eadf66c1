/**
 * Joins what the system said with what its name server said when asked beside it. The system's addresses stay as
 * they are; the other adds TTLs, aliases, and the reason of a failure that getaddrinfo blurs.
 */
import { SocketAddress } from "node:net";
import type { Answer, Beside, RecordType } from "./asker.ts";

/** `sibling`: the system's answer for the other family, which tells "no such name" from "not of this family". */
export function annotated(
  answer: Answer,
  type: RecordType,
  beside: Beside | undefined,
  sibling: Answer | undefined,
): Answer {
  if (beside === undefined) return answer;
  const other = beside.known(type);
  switch (answer.kind) {
    case "addresses": {
      if (other?.kind !== "addresses") return answer;
      const ttls = new Map(other.records.map(({ address, ttlSeconds }) => [canonical(address), ttlSeconds]));
      const records = answer.records.map(({ address }) => ({
        address,
        ttlSeconds: ttls.get(canonical(address)) ?? null,
      }));
      const same = records.some(({ ttlSeconds }) => ttlSeconds !== null);
      return same ? { ...answer, records, cname: other.cname } : answer;
    }
    case "no-such-name": {
      const { transport, cname } = answer;
      if (sibling?.kind === "addresses" || other?.kind === "no-data")
        return { kind: "no-data", transport, cname };
      return other?.kind === "no-such-name" ? { ...answer, ttlSeconds: other.ttlSeconds } : answer;
    }
    case "no-data":
      return answer;
    case "failed": {
      const { failure } = answer;
      if (failure.code === "NK_DNS_TIMEOUT" && beside.label !== undefined) {
        const about =
          other?.kind === "addresses" ? "does answer when asked directly" : "is its first name server";
        return { ...answer, failure: { ...failure, why: `${failure.why}; ${beside.label} ${about}` } };
      }
      if (failure.code !== "NK_DNS_UNAVAILABLE" || other?.kind !== "failed") return answer;
      const why = `${failure.why}; asked directly, ${other.failure.why}`;
      return { ...answer, failure: { ...other.failure, why } };
    }
  }
}

/** One writing of an address, so that two can be compared. */
function canonical(address: string): string {
  try {
    const family = address.includes(":") ? "ipv6" : "ipv4";
    return new SocketAddress({ address, family }).address;
  } catch {
    // With a zone, for example.
    return address;
  }
}
