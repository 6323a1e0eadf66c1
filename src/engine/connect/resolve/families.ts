/**
 * When to go on with what is there (RFC 8305 section 3), as one pure function.
 *
 *      AAAA has addresses first ─────────────────────────────► go at once
 *      A has addresses first ──► wait up to 50 ms for AAAA ──► go, with both or with A
 *      the first has none, or failed ──► wait for the other ──► go, or nothing
 */
import type { RecordType } from "./asker.ts";

/** RFC 8305 section 3, recommended. */
export const RESOLUTION_DELAY_MS = 50;

export type Standing =
  /** No addresses yet; these are still asked. */
  | { readonly kind: "waiting"; readonly pending: readonly RecordType[] }
  /** A has addresses, and AAAA has its resolution delay. */
  | { readonly kind: "holding" }
  /** Enough to begin with; what is pending comes later. */
  | { readonly kind: "ready"; readonly pending: readonly RecordType[] }
  /** All have answered, none with an address. */
  | { readonly kind: "nothing" };

export type FamilyEvent =
  | { readonly kind: "answered"; readonly type: RecordType; readonly hasAddresses: boolean }
  | { readonly kind: "delay-over" };

export function nextStanding(standing: Standing, event: FamilyEvent): Standing {
  switch (standing.kind) {
    case "waiting": {
      if (event.kind === "delay-over") return standing;
      const pending = standing.pending.filter((type) => type !== event.type);
      if (event.hasAddresses) {
        return pending.includes("AAAA") ? { kind: "holding" } : { kind: "ready", pending };
      }
      return pending.length === 0 ? { kind: "nothing" } : { kind: "waiting", pending };
    }
    case "holding":
      return { kind: "ready", pending: event.kind === "delay-over" ? ["AAAA"] : [] };
    case "ready": {
      if (event.kind === "delay-over") return standing;
      return { kind: "ready", pending: standing.pending.filter((type) => type !== event.type) };
    }
    case "nothing":
      return standing;
  }
}
