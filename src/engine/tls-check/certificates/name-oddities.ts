/**
 * What is wrong with a DNS name in a certificate (RFC 1034 §3.5, RFC 5280 §4.2.1.6, RFC 9525 §6.3, CA/Browser
 * Forum baseline requirements §7.1.4.2.1), in words.
 */
import type { Element } from "./der/element.ts";

const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i;

/** Undefined when the name may stand in a certificate. */
export function dnsNameFault(name: string): string | undefined {
  if (name === "") return "an empty DNS name";
  if (name.length > 253) return "a DNS name of more than 253 characters";
  if (name.endsWith(".")) return "a DNS name with a dot at its end";
  if (/^\d+(?:\.\d+){3}$/.test(name) || name.includes(":")) return "an IP address written as a DNS name";
  const labels = name.split(".");
  for (const [index, label] of labels.entries()) {
    if (label === "") return "a DNS name with an empty label";
    if (label.length > 63) return "a DNS name with a label of more than 63 characters";
    if (label.includes("*")) {
      const fault = wildcardFault(label, index, labels.length);
      if (fault !== undefined) return fault;
    } else if (label.includes("_")) {
      return "a DNS name with an underscore";
    } else if (!LABEL.test(label)) {
      return "a DNS name with characters that no host name has";
    }
  }
  return undefined;
}

function wildcardFault(label: string, index: number, labels: number): string | undefined {
  if (index > 0) return "a wildcard that is not the leftmost label";
  if (label !== "*") return "a wildcard that is only a part of its label";
  return labels < 3 ? "a wildcard for a whole top-level domain" : undefined;
}

/** Notes the fault, with the name: DNS names are short. */
export function noteDnsName(name: string, element: Element): void {
  const fault = dnsNameFault(name);
  if (fault !== undefined)
    element.note(`subjectAltName: ${fault}${name === "" ? "" : ` ("${name.slice(0, 80)}")`}`);
}
