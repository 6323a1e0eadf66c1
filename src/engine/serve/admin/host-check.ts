/**
 * Whom the admin pages are for: those who call the listener by an address, by a loopback name, or by the name it was
 * bound to.
 *
 * A page of some web site can have its own name resolved to 127.0.0.1 (DNS rebinding) and then read, as its own
 * origin, what listens there. The browser still sends that name as Host, so a Host that is none of ours gives it away.
 * An address cannot be rebound, and who leaves the Host out is no browser.
 */
import { isIP } from "node:net";

/** @param host the Host field of a request (RFC 9110 §7.2); @param bound what the listener was told to listen on */
export function isOurHost(host: string | undefined, bound: string): boolean {
  if (host === undefined) return true;
  const name = nameOf(host);
  return (
    isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost") || name === bound.toLowerCase()
  );
}

/** Without port, brackets and the dot that ends a full name; lower case. */
function nameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host);
  return (bracketed?.[1] ?? host.replace(/:\d*$/, "")).replace(/\.$/, "").toLowerCase();
}
