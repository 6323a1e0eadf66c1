/** Chains as the document has them, and the certificates that they refer to. */
import type { ChainAnalysis } from "../certificates/chain.ts";
import type { Certificate } from "../certificates/model.ts";
import type { ServedChain } from "../facts.ts";
import type { TargetResult } from "../result.ts";
import { isoDate, isoOrNull } from "./certificates.ts";
import type { ChainDocument, ServedDocument } from "./model.ts";

const fingerprints = (certificates: readonly Certificate[]): string[] =>
  certificates.map(({ sha256 }) => sha256);

export function servedDocument(chain: ServedChain): ServedDocument {
  return {
    version: chain.version,
    keyType: chain.keyType,
    serverName: chain.serverName ?? null,
    certificates: fingerprints(chain.certificates),
    stapled: chain.stapledOcsp !== undefined,
    unreadable: chain.unreadable ?? [],
  };
}

export function chainDocument(chain: ChainAnalysis): ChainDocument {
  const { missing } = chain;
  return {
    where: chain.where,
    leaf: chain.leaf.sha256,
    sent: fingerprints(chain.sent),
    inOrder: chain.inOrder,
    order: chain.order,
    duplicates: chain.duplicates,
    extra: chain.extra,
    rootSent: chain.rootSent ?? null,
    missing:
      missing === undefined ? null : { of: missing.of.sha256, issuer: missing.issuer, urls: missing.urls },
    brokenSignatures: chain.brokenSignatures.map(({ index, issuer }) => ({ index, issuer })),
    path: fingerprints(chain.path),
    problems: chain.problems.map(({ kind, certificate, position, detail }) => ({
      kind,
      certificate: certificate.sha256,
      position,
      detail,
    })),
    trust: chain.trust.map(({ store, trusted, why, path }) => ({
      store,
      trusted,
      why: why ?? null,
      path: fingerprints(path),
    })),
    publiclyTrusted: chain.publiclyTrusted,
    name: chain.name ?? null,
    scts: chain.scts.map(({ logId, logName, source, valid, timestampMs }) => ({
      logId,
      logName: logName ?? null,
      source,
      valid: valid ?? null,
      at: isoDate(timestampMs),
    })),
    ocsp: chain.ocsp.map((response) => ({
      status: response.status,
      source: response.source,
      produced: isoOrNull(response.producedMs),
      nextUpdate: isoOrNull(response.nextUpdateMs),
      signatureValid: response.signatureValid ?? null,
      detail: response.detail ?? null,
    })),
  };
}

/** Every certificate that anything in the target refers to, each once, in the order met. */
export function certificatesOf({ endpoint, file, chains }: TargetResult): readonly Certificate[] {
  const found = new Map<string, Certificate>();
  const add = (certificates: readonly Certificate[]): void => {
    for (const certificate of certificates) {
      if (!found.has(certificate.sha256)) found.set(certificate.sha256, certificate);
    }
  };
  for (const item of file?.items ?? []) if (item.kind === "certificate") add([item]);
  for (const address of endpoint?.addresses ?? [])
    for (const chain of address.chains) add(chain.certificates);
  for (const chain of chains) {
    add([chain.leaf, ...chain.sent, ...chain.path]);
    for (const { path } of chain.trust) add(path);
    add(chain.problems.map(({ certificate }) => certificate));
    if (chain.missing !== undefined) add([chain.missing.of]);
  }
  return [...found.values()];
}
