/** One leaf certificate against a policy. */
import type { Certificate, PublicKey } from "../certificates/model.ts";
import { matchesGlob } from "../glob.ts";
import { hostNames, nameOf } from "../rules/shared/certificates.ts";
import { validityDays } from "../rules/shared/dates.ts";
import { describeKey } from "../rules/shared/keys.ts";
import { sameCurve } from "./names.ts";
import type { CertificateDemands, KeyDemand } from "./policy.ts";
import type { VerdictBuilder } from "./verdict.ts";

function meets(key: PublicKey, { type, minBits, curves }: KeyDemand): boolean {
  if (key.type !== type) return false;
  if (minBits !== undefined && key.bits < minBits) return false;
  return (
    curves === undefined || curves.some((curve) => key.curve !== undefined && sameCurve(curve, key.curve))
  );
}

function show({ type, minBits, curves }: KeyDemand): string {
  const size = minBits === undefined ? "" : ` of ${minBits} bits or more`;
  return `${type}${curves === undefined ? "" : ` on ${curves.join(" or ")}`}${size}`;
}

export function checkCertificate(
  certificate: Certificate,
  demands: CertificateDemands,
  verdict: VerdictBuilder,
): void {
  const subject = `certificate ${nameOf(certificate)}`;
  const { keys, signatures, maxDays, names } = demands;
  if (keys !== undefined && !keys.some((demand) => meets(certificate.publicKey, demand))) {
    const wanted = keys.map(show).join(", or ");
    verdict.change(`key of ${subject}: ${describeKey(certificate.publicKey)}`, `it has to be ${wanted}`);
  }
  const algorithm = certificate.signatureAlgorithm.toLowerCase();
  if (signatures !== undefined && !signatures.some((name) => name.toLowerCase() === algorithm)) {
    verdict.change(
      `signature of ${subject}: ${certificate.signatureAlgorithm}`,
      `it has to be ${signatures.join(", ")}`,
    );
  }
  if (maxDays !== undefined && validityDays(certificate.notBeforeMs, certificate.notAfterMs) > maxDays) {
    verdict.change(`lifetime of ${subject}`, `it may be valid for ${maxDays} days at most`);
  }
  const hosts = hostNames(certificate);
  for (const pattern of names?.require ?? []) {
    if (!hosts.some((host) => matchesGlob(pattern, host))) {
      verdict.add(`${pattern} to the names of ${subject}`, "some name has to fit it");
    }
  }
  for (const host of names?.allow === undefined ? [] : hosts) {
    if (!names!.allow!.some((pattern) => matchesGlob(pattern, host))) {
      verdict.remove(
        `${host} from the names of ${subject}`,
        `names have to fit ${names!.allow!.join(" or ")}`,
      );
    }
  }
}
