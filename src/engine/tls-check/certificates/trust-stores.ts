/**
 * Whom to trust: Mozilla's authorities (node carries them), the system's bundle, those the user gives. Read when
 * first asked for, once per process; an index by subject makes looking an issuer up cheap.
 */
import * as tls from "node:tls";
import { parseCertificate } from "./certificate.ts";
import { readPem } from "./containers/pem.ts";
import { nameKey } from "./distinguished-name.ts";
import type { Certificate, DistinguishedName } from "./model.ts";

/** Where Linux distributions, the BSDs, macOS with OpenSSL and Alpine keep their bundle, in the order tried. */
export const SYSTEM_BUNDLES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/usr/local/share/certs/ca-root-nss.crt",
  "/usr/local/etc/openssl/cert.pem",
  "/opt/homebrew/etc/openssl@3/cert.pem",
];

export interface TrustIndex {
  /** Authorities of that name; more than one where keys were renewed. */
  named(name: DistinguishedName): readonly Certificate[];
}

let mozilla: readonly Certificate[] | undefined;

/** The list compiled into this node. */
export function mozillaAuthorities(): readonly Certificate[] {
  mozilla ??= certificatesInPem(tls.rootCertificates.join("\n"));
  return mozilla;
}

/** Certificates of a PEM bundle; whatever else is in it is left out. */
export function certificatesInPem(text: string): readonly Certificate[] {
  return readPem(text).flatMap((block) => {
    const read = block.kind === "block" ? parseCertificate(block.der) : undefined;
    return read?.kind === "certificate" ? [read] : [];
  });
}

/** Node from 22.15 on asks Windows and macOS themselves. */
function authoritiesOfNode(): readonly Certificate[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: "system") => readonly string[] };
  return certificatesInPem(getCACertificates?.("system").join("\n") ?? "");
}

/**
 * The first of the system's bundles that can be read, else what node knows of the system; undefined when there is
 * neither (then the system is not judged against, which is not the same as not trusting anyone).
 */
export async function loadSystemAuthorities(
  readFile: (path: string) => Promise<string>,
  bundles: readonly string[] = SYSTEM_BUNDLES,
  nodeAuthorities: () => readonly Certificate[] = authoritiesOfNode,
): Promise<readonly Certificate[] | undefined> {
  for (const path of bundles) {
    const text = await readFile(path).catch(() => undefined);
    const found = text === undefined ? [] : certificatesInPem(text);
    if (found.length > 0) return found;
  }
  const found = nodeAuthorities();
  return found.length > 0 ? found : undefined;
}

const indexes = new WeakMap<readonly Certificate[], TrustIndex>();

/** One index per list, as long as the list lives. */
export function trustIndex(authorities: readonly Certificate[]): TrustIndex {
  const known = indexes.get(authorities);
  if (known !== undefined) return known;
  const index = buildIndex(authorities);
  indexes.set(authorities, index);
  return index;
}

function buildIndex(authorities: readonly Certificate[]): TrustIndex {
  const byName = new Map<string, Certificate[]>();
  for (const authority of authorities) {
    const key = nameKey(authority.subject);
    const same = byName.get(key);
    if (same === undefined) byName.set(key, [authority]);
    else same.push(authority);
  }
  return { named: (name) => byName.get(nameKey(name)) ?? [] };
}

/** Same name, same key: a root and its cross-signed twin are one authority. */
export function sameAuthority(a: Certificate, b: Certificate): boolean {
  return (
    a.sha256 === b.sha256 ||
    (a.publicKey.spkiSha256 === b.publicKey.spkiSha256 && nameKey(a.subject) === nameKey(b.subject))
  );
}
