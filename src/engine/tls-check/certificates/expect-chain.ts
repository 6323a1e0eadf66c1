/**
 * Is the chain that is served exactly the one expected (`--expect-cert`)? Byte for byte, in order; what differs is
 * said in words that name the certificates.
 */
import { parseCertificate } from "./certificate.ts";
import { sameBytes } from "./der/values.ts";
import type { Certificate } from "./model.ts";
import { shortName } from "./validate-path.ts";

/** One line for each difference; empty = the same. */
export function compareChain(
  expected: readonly Uint8Array[],
  served: readonly (Certificate | Uint8Array)[],
): readonly string[] {
  const differences: string[] = [];
  for (let position = 0; position < Math.max(expected.length, served.length); position++) {
    const [due, found] = [expected[position], served[position]];
    const place = position === 0 ? "the leaf" : `certificate ${position + 1}`;
    if (due === undefined) differences.push(`${place}, ${describe(found!)}, is not expected`);
    else if (found === undefined) differences.push(`${place}, ${describeDer(due)}, is missing`);
    else if (!sameBytes(due, derOf(found))) {
      differences.push(`${place} is ${describe(found)} instead of ${describeDer(due)}`);
    }
  }
  return differences;
}

function derOf(certificate: Certificate | Uint8Array): Uint8Array {
  return certificate instanceof Uint8Array ? certificate : certificate.der;
}

function describe(certificate: Certificate | Uint8Array): string {
  if (certificate instanceof Uint8Array) return describeDer(certificate);
  return `"${shortName(certificate)}" (serial ${certificate.serial}, SHA-256 ${certificate.sha256.slice(0, 16)})`;
}

function describeDer(der: Uint8Array): string {
  const certificate = parseCertificate(der);
  return certificate.kind === "certificate" ? describe(certificate) : "an unreadable certificate";
}
