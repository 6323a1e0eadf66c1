/**
 * What a head says about its connection: whether another message may follow (RFC 9112 §9.3), and which other
 * protocol is wanted (RFC 9110 §7.8).
 */
import { ROLE } from "./field-names.ts";
import type { HeaderBlock } from "./headers.ts";
import { listMembers } from "./tokens.ts";

/** Whether a list-valued field holds the token, whatever its case. `token` is lower case. */
function hasToken(headers: HeaderBlock, name: string, token: string): boolean {
  const values = headers.all(name);
  const first = values[0]!;
  // Nearly always one token, and nothing to take apart.
  if (values.length === 1 && !first.includes(",")) return isToken(first, token);
  return listMembers(values).some((member) => isToken(member, token));
}

function isToken(value: string, token: string): boolean {
  return value.length === token.length && (value === token || value.toLowerCase() === token);
}

/** Persistence by version and Connection. */
export function keepsAlive(headers: HeaderBlock, minor: 0 | 1): boolean {
  if ((headers.roles & ROLE.connection) === 0) return minor === 1;
  if (hasToken(headers, "connection", "close")) return false;
  return minor === 1 || hasToken(headers, "connection", "keep-alive");
}

/** The protocol of Upgrade, lower case, when Connection names it too. HTTP/1.0 cannot ask for one. */
export function upgradeOf(headers: HeaderBlock, minor: 0 | 1): string | undefined {
  const both = ROLE.upgrade | ROLE.connection;
  if (minor === 0 || (headers.roles & both) !== both) return undefined;
  return hasToken(headers, "connection", "upgrade") ? headers.get("upgrade")!.toLowerCase() : undefined;
}

/** `Expect: 100-continue`, which HTTP/1.0 does not have (RFC 9110 §10.1.1). */
export function expectsContinue(headers: HeaderBlock, minor: 0 | 1): boolean {
  return minor === 1 && (headers.roles & ROLE.expect) !== 0 && hasToken(headers, "expect", "100-continue");
}
