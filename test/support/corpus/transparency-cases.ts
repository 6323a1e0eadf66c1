/** Timestamps of logs and stapled OCSP responses: sound, missing, of another certificate, by another hand. */
import { int, nul } from "../der-writer.ts";
import type { CorpusCase, MadeChain } from "./case.ts";
import { signer, testKey } from "./keys.ts";
import {
  authorities,
  days,
  extendedKeyUsage,
  extension,
  issue,
  leaf,
  mustStaple,
  OID,
  policies,
  type Recipe,
} from "./maker.ts";
import {
  certificateEntry,
  logList,
  ocspFailure,
  ocspResponse,
  type ResponseRecipe,
  sct,
  sctList,
  type TestLog,
  testLog,
  timestampedLeaf,
} from "./transparency.ts";

type Shows = NonNullable<CorpusCase["shows"]>;

const { root, intermediate } = authorities();
const LOGS = [testLog("one"), testLog("two"), testLog("three")] as const;
const PUBLIC: Recipe = { extensions: { [OID.policies]: policies("2.23.140.1.2.1") } };

/** A public leaf with embedded timestamps, all logs known. */
function embedded(
  name: string,
  make: (entry: Uint8Array) => Buffer,
  expect: readonly string[],
  recipe: Recipe = PUBLIC,
): CorpusCase {
  return {
    name,
    make: () => ({
      kind: "chain",
      sent: [timestampedLeaf(recipe, intermediate, make), intermediate.der],
      publicRoots: [root.der],
      ctLogs: logList(...LOGS),
    }),
    expect,
  };
}

const from = (logs: readonly TestLog[], entry: Uint8Array): Buffer =>
  sctList(...logs.map((log) => sct(log, entry)));

const timestamps: readonly CorpusCase[] = [
  embedded("timestamps of two logs", (entry) => from(LOGS.slice(0, 2), entry), []),
  embedded("timestamps of three logs for 181 days", (entry) => from(LOGS, entry), [], {
    ...PUBLIC,
    notBefore: days(-31),
    notAfter: days(150),
  }),
  embedded(
    "timestamps of two logs for 181 days",
    (entry) => from(LOGS.slice(0, 2), entry),
    ["cert-sct-missing"],
    { ...PUBLIC, notBefore: days(-31), notAfter: days(150) },
  ),
  embedded("a timestamp of one log", (entry) => from(LOGS.slice(0, 1), entry), ["cert-sct-missing"]),
  embedded("two timestamps of one log", (entry) => from([LOGS[0], LOGS[0]], entry), ["cert-sct-missing"]),
  embedded(
    "a timestamp signed by another key",
    (entry) => sctList(sct(LOGS[0], entry), sct(LOGS[1], entry, { by: testKey("p256", "stranger") })),
    ["cert-sct-invalid"],
  ),
  embedded(
    "a timestamp for another certificate",
    (entry) => sctList(sct(LOGS[0], entry), sct(LOGS[1], certificateEntry(root.der))),
    ["cert-sct-invalid"],
  ),
  embedded(
    "a timestamp of tomorrow",
    (entry) => sctList(sct(LOGS[0], entry), sct(LOGS[1], entry, { at: days(1) })),
    ["cert-sct-invalid"],
  ),
  embedded(
    "a timestamp of a log with an RSA key",
    (entry) => sctList(sct(LOGS[0], entry), sct(testLog("rsa", testKey("rsa2048", "log")), entry)),
    [],
  ),
  embedded(
    "a timestamp beyond all time",
    (entry) => {
      const beyond = sct(LOGS[1], entry);
      beyond.fill(0xff, 33, 41);
      return sctList(sct(LOGS[0], entry), beyond);
    },
    ["cert-sct-invalid"],
  ),
  {
    name: "timestamps from the TLS extension",
    make: () => {
      const own = leaf(PUBLIC).der;
      const tlsScts = from(LOGS.slice(0, 2), certificateEntry(own));
      return {
        kind: "chain",
        sent: [own, intermediate.der],
        publicRoots: [root.der],
        ctLogs: logList(...LOGS),
        tlsScts,
      };
    },
    expect: [],
  },
  {
    name: "timestamps from the OCSP response",
    make: () => {
      const own = leaf(PUBLIC).der;
      const scts = from(LOGS.slice(0, 2), certificateEntry(own));
      const staple = ocspResponse({ certificate: own, issuer: intermediate, scts });
      return {
        kind: "chain",
        sent: [own, intermediate.der],
        publicRoots: [root.der],
        ctLogs: logList(...LOGS),
        staple,
      };
    },
    expect: [],
  },
  {
    name: "public, without a timestamp",
    make: () => ({ kind: "chain", sent: [leaf(PUBLIC).der, intermediate.der], publicRoots: [root.der] }),
    expect: ["cert-sct-missing"],
  },
];

/** A leaf with a stapled response. */
function stapled(
  name: string,
  response: (own: Uint8Array) => ResponseRecipe | Uint8Array,
  expect: readonly string[],
  recipe: Recipe = {},
  shows?: Shows,
): CorpusCase {
  return {
    name,
    make: (): MadeChain => {
      const own = leaf(recipe).der;
      const made = response(own);
      const staple = made instanceof Uint8Array ? made : ocspResponse(made);
      return { kind: "chain", sent: [own, intermediate.der], staple };
    },
    expect,
    ...(shows === undefined ? {} : { shows }),
  };
}

const good = (own: Uint8Array): ResponseRecipe => ({ certificate: own, issuer: intermediate });
const delegate = (recipe: Recipe = {}) =>
  issue({
    subject: "Responder",
    key: testKey("p256", "responder"),
    issuer: intermediate,
    extensions: {
      [OID.eku]: extendedKeyUsage("1.3.6.1.5.5.7.3.9"),
      nocheck: extension("1.3.6.1.5.5.7.48.1.5", nul()),
    },
    ...recipe,
  });
const byDelegate = (own: Uint8Array, recipe: Recipe = {}): ResponseRecipe => {
  const responder = delegate(recipe);
  return { ...good(own), signer: signer(responder.key), certificates: [responder.der] };
};

const staples: readonly CorpusCase[] = [
  stapled("a stapled response that says good", good, []),
  stapled("must-staple with a good response", good, [], { extensions: { [OID.feature]: mustStaple() } }),
  stapled("a response signed by a responder of the authority", (own) => byDelegate(own), []),
  stapled(
    "a response signed by a responder without its purpose",
    (own) => byDelegate(own, { extensions: { [OID.eku]: undefined } }),
    ["cert-staple-bad"],
  ),
  stapled(
    "a response signed by a responder of another authority",
    (own) => byDelegate(own, { issuer: root }),
    ["cert-staple-bad"],
  ),
  stapled("a response signed by a responder that expired", (own) => byDelegate(own, { notAfter: days(-3) }), [
    "cert-staple-bad",
  ]),
  stapled(
    "a response signed by a stranger",
    (own) => ({ ...good(own), signer: signer(testKey("p256", "stranger")) }),
    ["cert-staple-bad"],
  ),
  stapled("revoked, says the response", (own) => ({ ...good(own), status: "revoked" }), ["cert-revoked"]),
  stapled("a response that does not know the certificate", (own) => ({ ...good(own), status: "unknown" }), [
    "cert-staple-bad",
  ]),
  stapled(
    "a response that was good until yesterday",
    (own) => ({ ...good(own), thisUpdate: days(-8), nextUpdate: days(-1) }),
    ["cert-staple-bad"],
  ),
  stapled("a response of tomorrow", (own) => ({ ...good(own), thisUpdate: days(1) }), ["cert-staple-bad"]),
  stapled("a response for another serial number", (own) => ({ ...good(own), serial: int(4711) }), [
    "cert-staple-bad",
  ]),
  stapled("a response of another authority", (own) => ({ ...good(own), issuer: root }), ["cert-staple-bad"]),
  stapled("a response that says try later", () => ocspFailure(3), ["cert-staple-bad"]),
  stapled("a response that is cut off", (own) => ocspResponse(good(own)).subarray(0, 80), [
    "cert-staple-bad",
  ]),
  stapled("a response that is no response", () => Buffer.from("hello"), ["cert-staple-bad"]),
];

export const TRANSPARENCY_CASES: readonly CorpusCase[] = [...timestamps, ...staples];
