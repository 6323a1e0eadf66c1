/** One file: what it holds, the chains in it, and the verdict. Endpoint and file are judged by the same rules. */
import { monotonicClock } from "../../core/clock.ts";
import { readBoundedFile } from "../../core/read-file.ts";
import { analyseChain } from "./certificates/analyse.ts";
import type { ChainAnalysis } from "./certificates/chain.ts";
import { nameKey } from "./certificates/distinguished-name.ts";
import type { Certificate, FileFacts, Item } from "./certificates/model.ts";
import { MAX_FILE_BYTES, readItems } from "./certificates/read-file.ts";
import type { CheckContext } from "./context.ts";
import type { FileTarget } from "./plan.ts";
import type { TargetResult } from "./result.ts";
import { type Asked, withRevocation } from "./revocation.ts";
import { judgeTarget } from "./verdict.ts";

/** @throws NetkitError of stage `file`. */
export async function readCertificateFile(
  path: string,
  password: string | undefined,
  signal?: AbortSignal,
): Promise<FileFacts> {
  const bytes = await readBoundedFile(path, { maxBytes: MAX_FILE_BYTES, what: "a certificate file", signal });
  return readItems(bytes, { path, password });
}

export async function checkFile(
  target: FileTarget,
  file: FileFacts,
  context: CheckContext,
): Promise<TargetResult> {
  const startUs = monotonicClock.nowUs();
  const asked: Asked = new Map();
  const chains: ChainAnalysis[] = [];
  for (const chain of chainsOf(file, context)) chains.push(await withRevocation(chain, asked, context));
  const seconds = (monotonicClock.nowUs() - startUs) / 1e6;
  return judgeTarget({ target, file, chains, seconds }, context);
}

type CertificateItem = Extract<Item, { readonly kind: "certificate" }>;

/**
 * One chain for each certificate that issued no other one of the file. With one of them the file is that chain,
 * its order included; a bundle of several is so many chains, and its order means nothing.
 */
function chainsOf(file: FileFacts, context: CheckContext): readonly ChainAnalysis[] {
  const items = file.items.filter((item): item is CertificateItem => item.kind === "certificate");
  const issuerNames = new Set(
    items.filter((item) => !isSelfIssued(item)).map(({ issuer }) => nameKey(issuer)),
  );
  const leaves = items.filter(({ subject }) => !issuerNames.has(nameKey(subject)));
  const { plan } = context;
  const options = {
    atMs: plan.atMs,
    extraAuthorities: context.extraAuthorities,
    systemAuthorities: context.systemAuthorities,
    ctLogs: plan.ctLogs,
  };
  if (leaves.length <= 1) {
    const leaf = leaves[0] ?? items[0];
    if (leaf === undefined) return [];
    return [analyseChain(items, { ...options, where: placeOf(file, leaf) })];
  }
  const bySubject = new Map<string, CertificateItem[]>();
  for (const item of items) {
    const key = nameKey(item.subject);
    bySubject.set(key, [...(bySubject.get(key) ?? []), item]);
  }
  return leaves.map((leaf) =>
    analyseChain(withIssuers(leaf, bySubject), { ...options, where: placeOf(file, leaf) }),
  );
}

/** The leaf and whatever in the file may stand above it, by name. */
function withIssuers(
  leaf: CertificateItem,
  bySubject: ReadonlyMap<string, readonly CertificateItem[]>,
): Certificate[] {
  const chain: CertificateItem[] = [leaf];
  const seen = new Set([nameKey(leaf.subject)]);
  for (let top: Certificate = leaf; ; ) {
    const key = nameKey(top.issuer);
    const issuers = seen.has(key) ? undefined : bySubject.get(key);
    if (issuers === undefined) return chain;
    seen.add(key);
    chain.push(...issuers);
    top = issuers[0]!;
  }
}

function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return nameKey(subject) === nameKey(issuer);
}

function placeOf(file: FileFacts, item: Item): string {
  return item.where === "" ? file.path : `${file.path}, ${item.where}`;
}
