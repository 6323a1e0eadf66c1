/**
 * One case of the corpus: what is made, which rules must find it, and what reading it must show. `observe` turns
 * a case into what rules see, through the real readers.
 */
import { analyseChain } from "../../../src/engine/tls-check/certificates/analyse.ts";
import { parseCertificate } from "../../../src/engine/tls-check/certificates/certificate.ts";
import type { ChainAnalysis, PathProblem } from "../../../src/engine/tls-check/certificates/chain.ts";
import type { Certificate, FileFacts } from "../../../src/engine/tls-check/certificates/model.ts";
import { readItems } from "../../../src/engine/tls-check/certificates/read-file.ts";
import type { CtLog } from "../../../src/engine/tls-check/certificates/sct-verify.ts";
import type { EndpointFacts, ServedChain } from "../../../src/engine/tls-check/facts.ts";
import type { CheckPlan, Target } from "../../../src/engine/tls-check/plan.ts";
import type { Subject } from "../../../src/engine/tls-check/rules/rule.ts";
import { address } from "../tls-facts.ts";
import { AT, authorities, HOST } from "./maker.ts";

/** A chain as a server sends it. */
export interface MadeChain {
  readonly kind: "chain";
  /** Leaf first, as sent. */
  readonly sent: readonly Uint8Array[];
  /** What the user trusts; the corpus' own root when absent. */
  readonly given?: readonly Uint8Array[];
  /** What stands in for Mozilla's list: certificates below these are public ones. */
  readonly publicRoots?: readonly Uint8Array[];
  readonly host?: string | undefined;
  readonly staple?: Uint8Array;
  readonly tlsScts?: Uint8Array;
  readonly ctLogs?: ReadonlyMap<string, CtLog>;
  readonly plan?: Partial<CheckPlan>;
}

/** Files of one command; the first is the one judged. */
export interface MadeFiles {
  readonly kind: "files";
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  readonly password?: string;
  readonly plan?: Partial<CheckPlan>;
}

export type Made = MadeChain | MadeFiles;

export interface CorpusCase {
  /** A sentence on what is wrong. */
  readonly name: string;
  /** Undefined when a tool that it needs is missing here. */
  make(): Made | Promise<Made> | undefined;
  /** Ids of all rules that must find something, and no others about certificates, chains, keys and files. */
  readonly expect: readonly string[];
  /** What reading must show besides. */
  readonly shows?: {
    /** Among the oddities of the first certificate. */
    readonly oddity?: RegExp;
    readonly problems?: readonly PathProblem["kind"][];
    readonly trusted?: boolean;
    /** Reason of the first unreadable item. */
    readonly unreadable?: RegExp;
    readonly format?: string;
    /** Kinds of the items of the first file. */
    readonly items?: readonly string[];
    readonly publicKey?: string;
  };
}

export interface Observed {
  readonly chain: ChainAnalysis | undefined;
  readonly files: readonly FileFacts[];
  readonly subject: Subject;
}

const PLAN: Omit<CheckPlan, "targets"> = {
  scope: "full",
  limits: { maxConnections: 80, concurrency: 4, ratePerSecond: undefined, timeoutMs: 1000, retries: 2 },
  parallelTargets: 1,
  intrusive: false,
  atMs: AT.getTime(),
  daysLeft: 21,
  lifetimeLeftPercent: undefined,
  extraAuthorities: undefined,
  expectChain: undefined,
  clientCert: undefined,
  clientKey: undefined,
  password: undefined,
  ctLogs: new Map(),
  revocation: false,
  policy: undefined,
  failOn: [],
};

const endpointOf = (chain: ServedChain): EndpointFacts => ({
  kind: "endpoint",
  addresses: [address({ chains: [chain] })],
  notes: [],
});

export function observe(made: Made): Observed {
  return made.kind === "chain" ? observeChain(made) : observeFiles(made);
}

function observeChain(made: MadeChain): Observed {
  const host = "host" in made ? made.host : HOST;
  const target: Target = {
    kind: "endpoint",
    name: `https://${HOST}`,
    host: HOST,
    port: 443,
    upgrade: "none",
    serverName: host,
  };
  const plan: CheckPlan = { ...PLAN, ctLogs: made.ctLogs ?? new Map(), ...made.plan, targets: [target] };
  const certificates = made.sent.map(certificate);
  const served: ServedChain = {
    certificates,
    version: "TLSv1.3",
    keyType: "ecdsa",
    serverName: host,
    stapledOcsp: made.staple,
    tlsScts: made.tlsScts,
  };
  const chain = analyseChain(certificates, {
    where: "192.0.2.1, ecdsa",
    served,
    name: host,
    atMs: plan.atMs,
    extraAuthorities: (made.given ?? (made.publicRoots === undefined ? [authorities().root.der] : [])).map(
      certificate,
    ),
    mozillaAuthorities: (made.publicRoots ?? []).map(certificate),
    ctLogs: plan.ctLogs,
  });
  const subject: Subject = {
    target,
    endpoint: endpointOf(served),
    file: undefined,
    chains: [chain],
    plan,
    companions: [],
  };
  return { chain, files: [], subject };
}

function observeFiles(made: MadeFiles): Observed {
  const files = made.files.map(({ path, bytes }) => readItems(bytes, { path, password: made.password }));
  const [file, ...companions] = files as [FileFacts, ...FileFacts[]];
  const target: Target = { kind: "file", name: file.path, path: file.path };
  const plan: CheckPlan = { ...PLAN, ...made.plan, password: made.password, targets: [target] };
  const certificates = file.items.filter((item) => item.kind === "certificate");
  const chain =
    certificates.length === 0
      ? undefined
      : analyseChain(certificates, {
          where: file.path,
          atMs: plan.atMs,
          extraAuthorities: [certificate(authorities().root.der)],
          mozillaAuthorities: [],
          ctLogs: plan.ctLogs,
        });
  const chains = chain === undefined ? [] : [chain];
  const subject: Subject = { target, endpoint: undefined, file, chains, plan, companions };
  return { chain, files, subject };
}

/** @throws when the corpus itself made something that is no certificate at all. */
export function certificate(der: Uint8Array): Certificate {
  const read = parseCertificate(der);
  if (read.kind === "certificate") return read;
  throw new Error(`the corpus made an unreadable certificate: ${read.why}`);
}
