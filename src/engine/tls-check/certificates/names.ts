/**
 * Is this certificate for that host? RFC 9525 (which replaces RFC 6125): the alternative names decide, a wildcard
 * stands for one whole leftmost label, addresses match as octets, international names as their A-labels. The
 * common name decides nothing; that it would have matched is told, since old clients still look there.
 */
import { domainToASCII } from "node:url";
import { sameBytes } from "./der/values.ts";
import { ipBytes } from "./general-name.ts";
import type { Certificate, GeneralName } from "./model.ts";

export interface NameMatch {
  /** By subjectAltName. */
  readonly matches: boolean;
  /** No DNS or IP name stands in subjectAltName, and a common name fits. */
  readonly byCommonNameOnly: boolean;
}

export function matchName(certificate: Certificate, asked: string): NameMatch {
  const names = certificate.subjectAltNames ?? [];
  const address = ipBytes(asked);
  const matches =
    address === undefined
      ? matchesHost(names, asked)
      : names.some((name) => name.kind === "ip" && sameAddress(name.value, address));
  if (matches || names.some((name) => name.kind === "dns" || name.kind === "ip")) {
    return { matches, byCommonNameOnly: false };
  }
  const byCommonNameOnly = certificate.subject.commonNames.some(
    (name) => name === asked || (address === undefined && dnsNameMatches(name, asked)),
  );
  return { matches, byCommonNameOnly };
}

function matchesHost(names: readonly GeneralName[], asked: string): boolean {
  const host = canonicalHost(asked);
  return (
    host !== "" && names.some((name) => name.kind === "dns" && patternMatches(name.value.toLowerCase(), host))
  );
}

/** Does a DNS name as certificates hold it fit this host? Both may be written in any case; the host in Unicode. */
export function dnsNameMatches(pattern: string, asked: string): boolean {
  const host = canonicalHost(asked);
  return host !== "" && patternMatches(canonicalHost(pattern), host);
}

/** A-labels, lower case, without the dot of a fully qualified name; empty when it can be no host name. */
export function canonicalHost(name: string): string {
  const bare = name.endsWith(".") ? name.slice(0, -1) : name;
  // ASCII stays as it is: domainToASCII would also decode per cent signs and read `1.2.3` as an address.
  if (/^[\x21-\x7e]*$/.test(bare)) return bare.toLowerCase();
  const wildcard = bare.startsWith("*.") ? "*." : "";
  const host = domainToASCII(bare.slice(wildcard.length));
  return host === "" ? "" : `${wildcard}${host}`;
}

/** RFC 9525 §6.3: the wildcard is one whole label, the leftmost, and never a label under a top-level domain. */
function patternMatches(pattern: string, host: string): boolean {
  const name = pattern.endsWith(".") ? pattern.slice(0, -1) : pattern;
  if (!name.includes("*")) return name === host;
  const rest = name.slice(1);
  if (!name.startsWith("*.") || rest.includes("*") || !rest.slice(1).includes(".")) return false;
  const dot = host.indexOf(".");
  return dot > 0 && host.slice(dot) === rest;
}

function sameAddress(text: string, address: Uint8Array): boolean {
  const bytes = ipBytes(text);
  return bytes !== undefined && sameBytes(bytes, address);
}
