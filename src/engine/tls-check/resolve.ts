/** A host to all its addresses, in the resolver's order, each once. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { wrapSystemError } from "../../core/errors.ts";

export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** @throws NetkitError of stage `dns` when there is none. */
export type Resolve = (host: string) => Promise<readonly HostAddress[]>;

export const resolveHost: Resolve = async (host) => {
  const literal = isIP(host);
  if (literal === 4 || literal === 6) return [{ address: host, family: literal }];
  try {
    const found = await lookup(host, { all: true, verbatim: true });
    const byAddress = new Map(found.map(({ address, family }) => [address, family === 6 ? 6 : 4] as const));
    return [...byAddress].map(([address, family]) => ({ address, family }));
  } catch (error) {
    throw wrapSystemError(error, "resolve", host);
  }
};
