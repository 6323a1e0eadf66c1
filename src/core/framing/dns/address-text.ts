/**
 * Addresses of A and AAAA records (RFC 1035 §3.4.1, RFC 3596 §2.2) as text; IPv6 as RFC 5952 §4 and §5 write
 * it, which is also how the system's own functions do.
 */
import type { Buffer } from "node:buffer";

/** Four octets. */
export function ipv4Text(bytes: Buffer): string {
  return bytes.join(".");
}

/** Sixteen octets. */
export function ipv6Text(bytes: Buffer): string {
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(bytes.readUInt16BE(at));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${ipv4Text(bytes.subarray(12))}`;
  }
  const { start, length } = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** The first one of the longest runs of zero groups. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
