/**
 * Addresses that nobody has to be asked for: `--resolve` overrides, and hosts that are addresses.
 */
import { isIP } from "node:net";
import { nameKey } from "../../../core/framing/dns/name.ts";
import type { Address } from "../../../core/lifecycle/happy-eyeballs.ts";
import type { Override } from "../plan.ts";

export interface Fixed {
  /** As results name the resolver. */
  readonly label: "literal" | "--resolve";
  readonly addresses: readonly Address[];
}

/** An override for the very port goes before one for all; of several alike the last one counts, as with curl. */
export function fixedAddresses(
  plan: { readonly overrides: readonly Override[] },
  target: { readonly host: string; readonly port: number },
): Fixed | undefined {
  const wanted = nameKey(target.host);
  const matching = plan.overrides.filter(({ host }) => nameKey(host) === wanted);
  const override =
    matching.findLast(({ port }) => port === target.port) ??
    matching.findLast(({ port }) => port === undefined);
  if (override !== undefined) return { label: "--resolve", addresses: override.addresses.map(toAddress) };
  return isIP(target.host) === 0 ? undefined : { label: "literal", addresses: [toAddress(target.host)] };
}

function toAddress(address: string): Address {
  return { address, family: isIP(address) === 6 ? 6 : 4 };
}
