/** What a DNS name in a certificate may look like (RFC 9525, RFC 5280, Baseline Requirements). */

const LABEL = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)$/i;

/** At least two labels, the last not a number: what a common name has to be to be taken for a host. */
export function isHostName(text: string): boolean {
  const labels = text.replace(/^\*\./, "").split(".");
  return labels.length >= 2 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1)!);
}

/** Why a wildcard name fits nothing, or too much; undefined for a sound one and for a plain name. */
export function wildcardFault(name: string): string | undefined {
  if (!name.includes("*")) return undefined;
  const [first, ...rest] = name.split(".");
  if (rest.some((label) => label.includes("*"))) return "the wildcard is not in the left-most label";
  if (first !== "*") return "the wildcard is only a part of its label";
  if (rest.length === 0) return "the wildcard stands alone";
  if (rest.filter((label) => label !== "").length < 2) return "the wildcard covers a whole top-level domain";
  return undefined;
}

/** Suffixes that are never delegated in the public DNS (RFC 6761, RFC 6762, RFC 8375, ICANN 2024). */
const INTERNAL_SUFFIXES = [
  "localhost",
  "local",
  "internal",
  "intranet",
  "lan",
  "home",
  "corp",
  "mail",
  "home.arpa",
  "localdomain",
  "private",
  "test",
  "example",
  "invalid",
  "onion.local",
];

/** A name that means something else in every network. */
export function isInternalName(name: string): boolean {
  const bare = name.toLowerCase().replace(/\.$/, "");
  if (!bare.includes(".")) return true;
  return INTERNAL_SUFFIXES.some((suffix) => bare.endsWith(`.${suffix}`));
}

/** Addresses that are not routed in the public Internet (RFC 1918, 6598, 3927, 4193, loopback). */
export function isInternalAddress(address: string): boolean {
  const octets = address.split(".").map(Number);
  if (octets.length === 4 && octets.every((octet) => octet >= 0 && octet <= 255)) {
    const [a = 0, b = 0] = octets;
    return (
      a === 10 ||
      a === 127 ||
      (a === 172 && b >= 16 && b <= 31) ||
      (a === 192 && b === 168) ||
      (a === 169 && b === 254) ||
      (a === 100 && b >= 64 && b <= 127)
    );
  }
  const text = address.toLowerCase();
  return text === "::1" || /^f[cd][0-9a-f]{2}:/.test(text) || /^fe[89ab][0-9a-f]:/.test(text);
}
