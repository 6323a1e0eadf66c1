/**
 * One chain, as served or as in a file: built, verified, compared with the order sent, matched with the name, its
 * timestamps and its stapled OCSP response read. Pure: no network, no clock, no files.
 */
import type { ServedChain } from "../facts.ts";
import { anchoredPaths, issuersIn, Pool, sentPath } from "./build-path.ts";
import type {
  ChainAnalysis,
  MissingIssuer,
  OcspFacts,
  PathProblem,
  TrustResult,
  TrustStore,
} from "./chain.ts";
import { sameName } from "./distinguished-name.ts";
import type { Certificate, SignedTimestamp } from "./model.ts";
import { matchName } from "./names.ts";
import { readOcspResponse } from "./ocsp.ts";
import { readSctList } from "./sct.ts";
import { type CtLog, checkScts } from "./sct-verify.ts";
import { sentOrder } from "./sent-order.ts";
import { SignatureMemo } from "./signature-memo.ts";
import { mozillaAuthorities, type TrustIndex, trustIndex } from "./trust-stores.ts";
import { isSelfIssued, refusal, shortName, validatePath } from "./validate-path.ts";

export interface AnalyseOptions {
  /** `address, key type` or `file, certificates in it`. */
  readonly where: string;
  readonly served?: ServedChain | undefined;
  /** Host name or address that the leaf must be for. */
  readonly name?: string | undefined;
  readonly atMs: number;
  /** What the user trusts besides. */
  readonly extraAuthorities?: readonly Certificate[] | undefined;
  /** The system's bundle, when it was loaded (`trust-stores.ts`); undefined = not judged against it. */
  readonly systemAuthorities?: readonly Certificate[] | undefined;
  /** Default: the list compiled into node. */
  readonly mozillaAuthorities?: readonly Certificate[] | undefined;
  readonly ctLogs: ReadonlyMap<string, CtLog>;
  /** Asked for elsewhere (`revocation.ts`); the stapled response is read here. */
  readonly ocsp?: readonly OcspFacts[] | undefined;
}

/** @param sent at least one certificate, as sent or as in the file. */
export function analyseChain(sent: readonly Certificate[], options: AnalyseOptions): ChainAnalysis {
  const leaf = options.served === undefined ? leafOf(sent) : sent[0]!;
  const signatures = new SignatureMemo();
  const pool = new Pool(sent);
  const order = sentOrder(sent, leaf, pool, signatures);
  const judge = new Judge(leaf, pool, signatures, options.atMs);
  const judged = stores(options).map(({ store, authorities }) => judge.judge(store, trustIndex(authorities)));
  const best = judged.find(({ trust }) => trust.trusted) ?? judged.find(({ trust }) => trust.path.length > 0);
  const alone = sentPath(leaf, pool, signatures);
  const refused = best === undefined ? refusedByStores(alone, options) : undefined;
  const path = best?.trust.path ?? alone;
  const issuer = path[1] ?? (isSelfIssued(leaf) ? leaf : undefined);
  const stapled = stapledAnswer(leaf, issuer, options.served);
  const anchoredIn = (store: TrustStore): boolean =>
    judged.some(({ trust }) => trust.store === store && trust.path.length > 0);
  return {
    where: options.where,
    served: options.served,
    leaf,
    sent,
    ...order,
    brokenSignatures: order.brokenSignatures.filter(
      ({ index }) => best === undefined || !best.trust.path.includes(sent[index]!),
    ),
    missing: best === undefined && refused === undefined ? missingIssuer(alone, pool) : undefined,
    path,
    problems: best?.problems ?? [
      ...validatePath(path, { atMs: options.atMs, anchored: false, signatures }),
      ...(refused === undefined ? [] : [refused]),
    ],
    trust: judged.map(({ trust }) => trust),
    publiclyTrusted: anchoredIn("mozilla"),
    name: options.name === undefined ? undefined : { asked: options.name, ...matchName(leaf, options.name) },
    scts: checkScts(
      leaf,
      issuer,
      [
        { source: "certificate", scts: leaf.scts },
        {
          source: "tls",
          scts: options.served?.tlsScts === undefined ? [] : readSctList(options.served.tlsScts).scts,
        },
        { source: "ocsp", scts: stapled?.scts ?? [] },
      ],
      options.ctLogs,
    ),
    ocsp: [...(stapled === undefined ? [] : [stapled.facts]), ...(options.ocsp ?? [])],
  };
}

/** In a file any order may stand: the leaf is the first that issued none of the others and is no authority. */
export function leafOf(certificates: readonly Certificate[]): Certificate {
  const first = certificates[0]!;
  const leaves = certificates.filter((certificate) => certificate.basicConstraints?.ca !== true);
  const pool = new Pool(leaves);
  const signatures = new SignatureMemo();
  const issuers = new Set(
    leaves
      .flatMap((leaf) => (isSelfIssued(leaf) ? [] : issuersIn(leaf, pool, signatures)))
      .map(({ sha256 }) => sha256),
  );
  return leaves.find(({ sha256 }) => !issuers.has(sha256)) ?? first;
}

function stores(options: AnalyseOptions): { store: TrustStore; authorities: readonly Certificate[] }[] {
  const all: { store: TrustStore; authorities: readonly Certificate[] | undefined }[] = [
    { store: "mozilla", authorities: options.mozillaAuthorities ?? mozillaAuthorities() },
    { store: "system", authorities: options.systemAuthorities },
    { store: "given", authorities: options.extraAuthorities },
  ];
  return all.flatMap(({ store, authorities }) =>
    authorities === undefined || (store === "given" && authorities.length === 0)
      ? []
      : [{ store, authorities }],
  );
}

interface Judged {
  readonly trust: TrustResult;
  readonly problems: readonly PathProblem[];
}

/** Judges one chain against one store after the other. */
class Judge {
  readonly #leaf: Certificate;
  readonly #pool: Pool;
  readonly #signatures: SignatureMemo;
  readonly #atMs: number;

  constructor(leaf: Certificate, pool: Pool, signatures: SignatureMemo, atMs: number) {
    this.#leaf = leaf;
    this.#pool = pool;
    this.#signatures = signatures;
    this.#atMs = atMs;
  }

  judge(store: TrustStore, index: TrustIndex): Judged {
    let best:
      | { path: readonly Certificate[]; problems: readonly PathProblem[]; why: string | undefined }
      | undefined;
    for (const path of anchoredPaths(this.#leaf, this.#pool, index, this.#signatures)) {
      const problems = validatePath(path, { atMs: this.#atMs, anchored: true, signatures: this.#signatures });
      const why = problems[0]?.detail ?? refusal(path, this.#signatures);
      if (best === undefined || rank(problems, why) < rank(best.problems, best.why))
        best = { path, problems, why };
      if (why === undefined) break;
    }
    if (best === undefined)
      return { trust: { store, trusted: false, why: this.#whyNot(index), path: [] }, problems: [] };
    const { path, problems, why } = best;
    return { trust: { store, trusted: why === undefined, why, path }, problems };
  }

  #whyNot(index: TrustIndex): string {
    const path = sentPath(this.#leaf, this.#pool, this.#signatures);
    const top = path[path.length - 1]!;
    if (
      index.named(top.issuer).some((authority) => !isSelfIssued(top) && pointsTo(top, authority)) ||
      this.#pool.namedAsIssuerOf(top).some((named) => !sameName(named.subject, top.subject))
    ) {
      return `the signature of "${shortName(top)}" was not made by the key of "${issuerName(top)}"`;
    }
    if (!isSelfIssued(top))
      return `the issuer "${issuerName(top)}" of "${shortName(top)}" was neither sent nor is it in the store`;
    return path.length === 1
      ? "self-signed, and not in the store"
      : `the root "${shortName(top)}" is not in the store`;
  }
}

/** Fewer breaches are better; one that clients refuse for other reasons comes after a sound one. */
function rank(problems: readonly PathProblem[], why: string | undefined): number {
  return problems.length * 2 + (why === undefined ? 0 : 1);
}

function issuerName(certificate: Certificate): string {
  return (
    certificate.issuer.commonNames[0] ??
    certificate.issuer.organization ??
    (certificate.issuer.text || "(no name)")
  );
}

/** What the chain as sent lacks; nothing when it ends in a root, or where the issuer is there but did not sign. */
function missingIssuer(path: readonly Certificate[], pool: Pool): MissingIssuer | undefined {
  const top = path[path.length - 1]!;
  if (isSelfIssued(top) || pool.namedAsIssuerOf(top).length > 0) return undefined;
  return { of: top, issuer: top.issuer.text, urls: top.issuerUrls };
}

/**
 * An authority of the issuer's name is trusted, and the certificate does not point to another key: then its
 * signature is wrong, and nothing is missing.
 */
function refusedByStores(path: readonly Certificate[], options: AnalyseOptions): PathProblem | undefined {
  const certificate = path[path.length - 1]!;
  const named = stores(options).flatMap(({ authorities }) =>
    trustIndex(authorities).named(certificate.issuer),
  );
  const meant = named.find((authority) => pointsTo(certificate, authority));
  if (meant === undefined || isSelfIssued(certificate)) return undefined;
  return {
    kind: "signature",
    certificate,
    position: path.length - 1,
    detail: `the signature of "${shortName(certificate)}" was not made by the key of the trusted "${shortName(meant)}"`,
  };
}

function pointsTo(certificate: Certificate, authority: Certificate): boolean {
  const { authorityKeyId } = certificate;
  return (
    authorityKeyId === undefined ||
    authority.subjectKeyId === undefined ||
    authorityKeyId === authority.subjectKeyId
  );
}

function stapledAnswer(
  leaf: Certificate,
  issuer: Certificate | undefined,
  served: ServedChain | undefined,
): { facts: OcspFacts; scts: readonly SignedTimestamp[] } | undefined {
  if (served?.stapledOcsp === undefined) return undefined;
  return readOcspResponse(served.stapledOcsp, { certificate: leaf, issuer, source: "stapled" });
}
