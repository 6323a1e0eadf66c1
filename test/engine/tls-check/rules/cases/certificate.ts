import type {
  ChainAnalysis,
  OcspFacts,
  PathProblem,
  SctCheck,
} from "../../../../../src/engine/tls-check/certificates/chain.ts";
import type { Certificate } from "../../../../../src/engine/tls-check/certificates/model.ts";
import type { AddressFacts } from "../../../../../src/engine/tls-check/facts.ts";
import { SUITES } from "../../../../../src/engine/tls-check/registry/suites.ts";
import type { Subject } from "../../../../../src/engine/tls-check/rules/rule.ts";
import {
  AT,
  authority,
  certificate,
  chain,
  chainOf,
  DAY,
  endpoint,
  file,
  fileFacts,
  key,
  name,
  protocol,
  protocols,
  rsaKey,
  served,
  serving,
  TLS13,
} from "../../../../support/tls-facts.ts";
import type { Cases } from "../contract.ts";

/** An endpoint that serves this leaf. */
const leaf = (overrides: Partial<Certificate>, more: Partial<ChainAnalysis> = {}): Subject =>
  serving(chainOf(overrides, more));

/** The same of a public authority. */
const publicLeaf = (overrides: Partial<Certificate>, more: Partial<ChainAnalysis> = {}): Subject =>
  leaf(overrides, { publiclyTrusted: true, scts: PROOFS, ...more });

const proof = (logId: string, overrides: Partial<SctCheck> = {}): SctCheck => ({
  logId,
  logName: `log ${logId}`,
  source: "certificate",
  valid: true,
  timestampMs: AT - 30 * DAY,
  ...overrides,
});
const PROOFS = [proof("a"), proof("b"), proof("c")];

const validity = (from: string, days: number): Partial<Certificate> => ({
  notBeforeMs: Date.parse(from),
  notAfterMs: Date.parse(from) + days * DAY - 1000,
});

const SOUND = serving(chain());

/** A file that holds a root and nothing else. */
const ROOT = authority("Example Root", { issuer: name("Example Root") });
const ROOT_FILE = file(fileFacts("root.pem"), {
  chains: [
    chain({
      leaf: ROOT,
      sent: [ROOT],
      path: [ROOT],
      served: undefined,
      name: undefined,
      trust: [],
      where: "root.pem",
    }),
  ],
});

function problem(kind: PathProblem["kind"], position = 0): Subject {
  const one = chain();
  const at = one.path[position]!;
  return serving({ ...one, problems: [{ kind, certificate: at, position, detail: "as it is" }] });
}

const SELF = certificate({ issuer: name("www.example.org") });
const NOBODY = [
  { store: "system" as const, trusted: false, why: "self-signed leaf", path: [] },
  { store: "mozilla" as const, trusted: false, why: "self-signed leaf", path: [] },
];
const selfSigned = (overrides: Partial<ChainAnalysis> = {}): ChainAnalysis =>
  chain({ leaf: SELF, sent: [SELF], path: [SELF], trust: NOBODY, ...overrides });

const response = (overrides: Partial<OcspFacts>): OcspFacts => ({
  status: "good",
  source: "stapled",
  producedMs: AT - DAY,
  nextUpdateMs: AT + 6 * DAY,
  signatureValid: true,
  detail: undefined,
  ...overrides,
});
const ocsp = (overrides: Partial<OcspFacts>, more: Partial<Certificate> = {}): Subject =>
  leaf(more, { ocsp: [response(overrides)] });

/** With --revocation. */
const asking = (more: Partial<Certificate>, ...answers: readonly OcspFacts[]): Subject =>
  endpoint([{}], { chains: [chainOf(more, { ocsp: answers })], plan: { revocation: true } });
const REVOCABLE = { ocspUrls: ["http://ocsp.example.org"] };

const names = (...values: readonly string[]) => values.map((value) => ({ kind: "dns" as const, value }));

const unseen = (
  overrides: Partial<AddressFacts> = {},
  others: readonly Partial<AddressFacts>[] = [],
): Subject => endpoint([{ chains: [], ...overrides }, ...others], { chains: [] });

const anonymous = SUITES.find(
  ({ authentication, maxVersion }) => authentication === "anon" && maxVersion === "TLSv1.2",
)!;

export const CERTIFICATE_CASES: Cases = {
  "certificate-unseen": {
    finds: {},
    silent: {
      "a chain that was seen": endpoint(),
      "anonymous suites alone": unseen({ protocols: protocols(protocol("TLSv1.2", [anonymous.code])) }),
      "an address that was not reached": unseen({
        unreachable: { code: "X", message: "x", next: undefined },
      }),
    },
    open: {
      "an address without a chain": unseen(),
      "one of two": unseen({}, [{ address: "192.0.2.2", chains: [served()] }]),
      "anonymous suites beside TLS 1.3": unseen({
        protocols: protocols(TLS13, protocol("TLSv1.2", [anonymous.code])),
      }),
      "a chain for strangers only": unseen({ chains: [served({ serverName: undefined })] }),
    },
  },
  "cert-expired": {
    finds: {
      "a certificate past its end": {
        subject: leaf({ notAfterMs: AT - 1 }),
        severity: "critical",
        says: "2026-11-23",
      },
      "a file with one": {
        subject: file(fileFacts("old.pem"), {
          chains: [chainOf({ notAfterMs: AT - 10 * DAY }, { served: undefined })],
        }),
      },
    },
    silent: {
      "a good one": SOUND,
      "one that ends at this very moment": leaf({ notAfterMs: AT }),
      "one that a later date would find expired, at an earlier date": endpoint([{}], {
        chains: [chainOf({ notAfterMs: AT - 1 })],
        plan: { atMs: AT - DAY },
      }),
    },
  },
  "cert-not-yet-valid": {
    finds: {
      "a certificate of tomorrow": {
        subject: leaf({ notBeforeMs: AT + DAY }),
        severity: "high",
        says: "2026-11-24",
      },
    },
    silent: { "a good one": SOUND, "one that begins now": leaf({ notBeforeMs: AT }) },
  },
  "cert-expires-soon": {
    finds: { "twenty days left of the 21 asked for": { subject: leaf({ notAfterMs: AT + 20 * DAY }) } },
    silent: {
      "sixty days left": SOUND,
      "exactly 21 days": leaf({ notAfterMs: AT + 21 * DAY }),
      "one that has expired, of which another rule speaks": leaf({ notAfterMs: AT - 1 }),
    },
  },
  "cert-lifetime-low": {
    finds: {
      "ten per cent left of the twenty asked for": {
        subject: endpoint([{}], {
          chains: [chainOf({ notBeforeMs: AT - 9 * DAY, notAfterMs: AT + DAY })],
          plan: { lifetimeLeftPercent: 20 },
        }),
      },
    },
    silent: {
      "a share that nobody asked for": leaf({ notAfterMs: AT + 1 }),
      "two thirds left": endpoint([{}], { plan: { lifetimeLeftPercent: 33 } }),
      "a lifetime of nothing": endpoint([{}], {
        chains: [chainOf({ notBeforeMs: AT + 1, notAfterMs: AT + 1 })],
        plan: { lifetimeLeftPercent: 20 },
      }),
    },
  },
  "cert-lifetime-too-long": {
    finds: {
      "201 days from 15 March 2026": { subject: publicLeaf(validity("2026-03-15", 201)), says: "200 days" },
      "399 days from before": { subject: publicLeaf(validity("2026-03-14", 399)), says: "398 days" },
      "101 days from 15 March 2027": { subject: publicLeaf(validity("2027-03-15", 101)), says: "100 days" },
      "48 days from 15 March 2029": { subject: publicLeaf(validity("2029-03-15", 48)), says: "47 days" },
      "826 days of 2019": { subject: publicLeaf(validity("2019-01-01", 826)), says: "825 days" },
      "40 months of 2016": { subject: publicLeaf(validity("2016-01-01", 40 * 31)), says: "39 months" },
      "one second beyond 200 days": {
        subject: publicLeaf({
          notBeforeMs: Date.parse("2026-04-01"),
          notAfterMs: Date.parse("2026-04-01") + 200 * DAY,
        }),
      },
    },
    silent: {
      "200 days from 15 March 2026": publicLeaf(validity("2026-03-15", 200)),
      "398 days from the day before": publicLeaf(validity("2026-03-14", 398)),
      "100 days from 15 March 2027": publicLeaf(validity("2027-03-15", 100)),
      "47 days from 15 March 2029": publicLeaf(validity("2029-03-15", 47)),
      "825 days of 2019": publicLeaf(validity("2019-01-01", 825)),
      "39 months of 2016": publicLeaf(validity("2016-01-01", 39 * 30)),
      "ten years of 2010, before there were rules": publicLeaf(validity("2010-01-01", 3650)),
      "ten years of a private authority": leaf(validity("2026-04-01", 3650)),
    },
  },
  "cert-name-mismatch": {
    finds: {
      "another name": {
        subject: leaf(
          { subjectAltNames: names("other.example") },
          { name: { asked: "www.example.org", matches: false, byCommonNameOnly: false } },
        ),
        says: "not for www.example.org",
      },
    },
    silent: {
      "the right name": SOUND,
      "a file that no name is asked of": leaf({}, { name: undefined }),
      "the certificate for strangers without a name": leaf(
        {},
        {
          served: served({ serverName: undefined }),
          name: { asked: "www.example.org", matches: false, byCommonNameOnly: false },
        },
      ),
      "a match by common name only, of which other rules speak": leaf(
        {},
        { name: { asked: "www.example.org", matches: false, byCommonNameOnly: true } },
      ),
    },
  },
  "cert-no-san": {
    finds: {
      "no extension": { subject: leaf({ subjectAltNames: undefined }), severity: "high" },
      "an e-mail address only": {
        subject: leaf({ subjectAltNames: [{ kind: "email", value: "a@example.org" }] }),
      },
    },
    silent: {
      "a DNS name": SOUND,
      "an address": leaf({ subjectAltNames: [{ kind: "ip", value: "192.0.2.1" }] }),
      "a root in a file": ROOT_FILE,
    },
  },
  "cert-common-name-only": {
    finds: {
      "a name that the list leaves out": {
        subject: leaf({ subjectAltNames: names("example.org") }),
        severity: "medium",
        says: "www.example.org",
      },
    },
    silent: {
      "the name in both": SOUND,
      "letters of another case": leaf({ subjectAltNames: names("WWW.example.org") }),
      "a common name that is no host": leaf({
        subject: name("Example Web Server"),
        subjectAltNames: names("www.example.org"),
      }),
      "no names at all, of which another rule speaks": leaf({ subjectAltNames: undefined }),
    },
  },
  "cert-wildcard-bad": {
    finds: {
      "a wildcard in the middle": {
        subject: leaf({ subjectAltNames: names("www.*.example.org") }),
        says: "left-most",
      },
      "a part of a label": {
        subject: leaf({ subjectAltNames: names("w*.example.org") }),
        says: "part of its label",
      },
      "a top-level domain": { subject: leaf({ subjectAltNames: names("*.org") }), says: "top-level" },
      "a bare star": { subject: leaf({ subjectAltNames: names("*") }), says: "alone" },
      "two stars": { subject: leaf({ subjectAltNames: names("*.*.example.org") }) },
    },
    silent: { "a sound one": leaf({ subjectAltNames: names("*.example.org", "example.org") }), none: SOUND },
  },
  "cert-weak-signature": {
    finds: {
      "SHA-1": { subject: leaf({ signatureHash: "sha1" }), severity: "high" },
      "a leaf that signed itself over SHA-1": {
        subject: leaf({ issuer: name("www.example.org"), signatureHash: "sha1" }),
      },
      MD5: { subject: leaf({ signatureHash: "md5" }), severity: "critical" },
    },
    silent: {
      "SHA-256": SOUND,
      "Ed25519, which has no hash of its own": leaf({ signatureHash: undefined }),
      "a root that signed itself": file(fileFacts("root.pem"), {
        chains: [
          chain({ leaf: authority("R", { issuer: name("R"), signatureHash: "sha1" }), served: undefined }),
        ],
      }),
    },
  },
  "cert-weak-key": {
    finds: {
      "RSA of 512 bits": { subject: leaf({ publicKey: rsaKey(512) }), severity: "critical" },
      "RSA of 1024 bits": { subject: leaf({ publicKey: rsaKey(1024) }), severity: "high" },
      "RSA with an even modulus": {
        subject: leaf({ publicKey: { ...rsaKey(2048), modulus: 1n << 2047n } }),
        severity: "critical",
      },
      "P-192": { subject: leaf({ publicKey: key({ bits: 192, curve: "P-192" }) }), severity: "high" },
      "a curve of 112 bits": {
        subject: leaf({ publicKey: key({ bits: 112, curve: "secp112r1" }) }),
        severity: "critical",
      },
      DSA: {
        subject: leaf({ publicKey: key({ type: "dsa", bits: 2048, curve: undefined }) }),
        severity: "high",
      },
    },
    silent: {
      "RSA of 2048 bits": leaf({ publicKey: rsaKey(2048) }),
      "P-256": SOUND,
      Ed25519: leaf({ publicKey: key({ type: "ed25519", bits: 256, curve: undefined }) }),
      "a size that is not known": leaf({ publicKey: key({ type: "other", bits: 0 }) }),
    },
  },
  "cert-key-exponent": {
    finds: {
      "1": { subject: leaf({ publicKey: rsaKey(2048, 1n) }), severity: "critical" },
      "an even one": { subject: leaf({ publicKey: rsaKey(2048, 65_536n) }), severity: "critical" },
      "3": { subject: leaf({ publicKey: rsaKey(2048, 3n) }), severity: "medium" },
      "one of 257 bits": { subject: leaf({ publicKey: rsaKey(2048, (1n << 256n) + 1n) }), severity: "low" },
    },
    silent: { "65537": leaf({ publicKey: rsaKey(2048) }), "an EC key": SOUND },
  },
  "cert-self-signed": {
    finds: { "a leaf that issued itself": { subject: serving(selfSigned()), severity: "high" } },
    silent: {
      "one of an authority": SOUND,
      "one that was given as trusted": serving(
        selfSigned({ trust: [...NOBODY, { store: "given", trusted: true, why: undefined, path: [SELF] }] }),
      ),
      "a root in a file": ROOT_FILE,
    },
  },
  "cert-untrusted": {
    finds: {
      "an authority that no store has": {
        subject: leaf({}, { trust: NOBODY.map((one) => ({ ...one, why: "the root is not known" })) }),
        severity: "high",
      },
      "one that Mozilla does not have": {
        subject: leaf(
          {},
          { trust: [{ store: "system", trusted: true, why: undefined, path: [] }, NOBODY[1]!] },
        ),
        severity: "low",
        says: "mozilla",
      },
    },
    silent: {
      "one that all have": SOUND,
      "one that the user gave": leaf(
        {},
        { trust: [...NOBODY, { store: "given", trusted: true, why: undefined, path: [] }] },
      ),
      "a self-signed one, of which another rule speaks": serving(selfSigned()),
      "a precertificate, of which another rule speaks": leaf({ precertificate: true }, { trust: NOBODY }),
      "an incomplete one, of which another rule speaks": leaf(
        {},
        { trust: NOBODY, missing: { of: certificate(), issuer: "CN=X", urls: [] } },
      ),
      "a root in a file": ROOT_FILE,
      "a chain that no store was asked about": leaf({}, { trust: [] }),
    },
  },
  "cert-key-usage": {
    finds: {
      "encipherment alone, RSA": {
        subject: leaf({ publicKey: rsaKey(2048), keyUsage: { uses: ["keyEncipherment"], critical: true } }),
        says: "RSA key exchange",
      },
      "agreement alone, EC": {
        subject: leaf({ keyUsage: { uses: ["keyAgreement"], critical: true } }),
        says: "may not sign",
      },
      "certificate signing without being an authority": {
        subject: leaf({ keyUsage: { uses: ["digitalSignature", "keyCertSign"], critical: true } }),
        says: "not an authority",
      },
    },
    silent: {
      digitalSignature: SOUND,
      "no extension": leaf({ keyUsage: undefined }),
      "a root in a file": ROOT_FILE,
    },
  },
  "cert-extended-key-usage": {
    finds: {
      "clientAuth alone": { subject: leaf({ extendedKeyUsage: ["1.3.6.1.5.5.7.3.2"] }), severity: "high" },
      "a public certificate that says nothing": {
        subject: publicLeaf({ extendedKeyUsage: undefined }),
        severity: "low",
      },
      "an authority that may not": { subject: problem("extended-key-usage", 1), says: "authority" },
    },
    silent: {
      serverAuth: SOUND,
      "any use": leaf({ extendedKeyUsage: ["2.5.29.37.0"] }),
      "a private certificate that says nothing": leaf({ extendedKeyUsage: undefined }),
    },
  },
  "cert-ca-as-leaf": {
    finds: {
      "an authority as a server": {
        subject: leaf({ basicConstraints: { ca: true, pathLength: undefined, critical: true } }),
      },
    },
    silent: {
      "CA:FALSE": SOUND,
      "no extension": leaf({ basicConstraints: undefined }),
      "a root in a file": ROOT_FILE,
    },
  },
  "cert-version": {
    finds: { "version 1": { subject: leaf({ version: 1 }), severity: "medium" } },
    silent: { "version 3": SOUND },
  },
  "cert-serial": {
    finds: {
      zero: { subject: leaf({ serial: "00", serialBits: 0, serialPositive: false }), severity: "low" },
      "21 octets": { subject: leaf({ serialBits: 167 }), severity: "low" },
      "a small number of a public authority": {
        subject: publicLeaf({ serial: "2a", serialBits: 6 }),
        severity: "medium",
      },
    },
    silent: {
      "a random one": SOUND,
      "a small number of a private authority": leaf({ serial: "2a", serialBits: 6 }),
      "159 bits": leaf({ serialBits: 159 }),
    },
  },
  "cert-der-oddity": {
    finds: {
      "an oddity in the leaf": {
        subject: leaf({ oddities: ["a BOOLEAN of 1 at byte 120"] }),
        severity: "low",
      },
      "two algorithms that disagree": {
        subject: leaf({ signatureAlgorithmsAgree: false }),
        severity: "medium",
      },
      "an oddity in an authority": {
        subject: serving(
          chain({
            path: [certificate(), authority("A", { oddities: ["x"] })],
            sent: [certificate()],
            order: [],
          }),
        ),
      },
    },
    silent: { "clean encoding": SOUND },
  },
  "cert-critical-unknown": {
    finds: { "one in the leaf": { subject: problem("critical-unknown"), severity: "high" } },
    silent: { none: SOUND, "another problem": problem("path-length", 1) },
  },
  "cert-aki-ski": {
    finds: { "identifiers that differ": { subject: problem("key-identifier"), severity: "medium" } },
    silent: { "identifiers that fit": SOUND },
  },
  "cert-must-staple": {
    finds: {
      "no stapled response": { subject: leaf({ mustStaple: true }), severity: "high" },
      "a file, as a note": {
        subject: file(fileFacts("c.pem"), { chains: [chainOf({ mustStaple: true }, { served: undefined })] }),
        severity: "info",
        status: "note",
      },
    },
    silent: {
      "a stapled response": leaf({ mustStaple: true }, { served: served({ stapledOcsp: Buffer.from("r") }) }),
      "no demand": SOUND,
    },
  },
  "cert-sct-missing": {
    finds: {
      "no proof": { subject: publicLeaf({}, { scts: [] }), severity: "high" },
      "one proof": { subject: publicLeaf({}, { scts: [proof("a")] }), severity: "medium" },
      "two proofs for a year": {
        subject: publicLeaf(validity("2026-01-01", 365), { scts: [proof("a"), proof("b")] }),
        says: "3",
      },
      "two proofs of the same log": {
        subject: publicLeaf({}, { scts: [proof("a"), proof("a")] }),
        severity: "medium",
      },
    },
    silent: {
      "two proofs for ninety days": publicLeaf({}, { scts: [proof("a"), proof("b")] }),
      "three proofs for a year": publicLeaf(validity("2026-01-01", 365)),
      "two proofs of the handshake for a year": publicLeaf(validity("2026-01-01", 365), {
        scts: [proof("a", { source: "tls" }), proof("b", { source: "tls" })],
      }),
      "a private authority": leaf({}),
      "a certificate of 2017": publicLeaf(validity("2017-01-01", 365), { scts: [] }),
    },
  },
  "cert-sct-invalid": {
    finds: {
      "a signature that does not fit": {
        subject: publicLeaf({}, { scts: [proof("a", { valid: false })] }),
        severity: "high",
      },
      "a date in the future": {
        subject: publicLeaf({}, { scts: [proof("a", { timestampMs: AT + DAY })] }),
        says: "future",
      },
    },
    silent: {
      "good ones": publicLeaf({}),
      "logs whose key was not given": publicLeaf({}, { scts: [proof("a", { valid: undefined })] }),
    },
  },
  "cert-precertificate": {
    finds: { "the poison": { subject: leaf({ precertificate: true }), severity: "high" } },
    silent: { none: SOUND },
  },
  "cert-revoked": {
    finds: {
      "a stapled response that says so": {
        subject: ocsp({ status: "revoked" }),
        severity: "critical",
        says: "stapled",
      },
      "a list that says so": { subject: ocsp({ status: "revoked", source: "crl" }), says: "list" },
    },
    silent: {
      good: ocsp({}),
      "nobody asked": SOUND,
      unknown: ocsp({ status: "unknown" }),
      "somebody else who says so": ocsp({ status: "revoked", signatureValid: false }),
      "an authority that names nobody to ask": asking({ ocspUrls: [], crlUrls: [] }),
      "a good answer among others": asking(
        REVOCABLE,
        response({ source: "asked", status: "unreadable" }),
        response({ source: "crl" }),
      ),
      "an answer of a clock that is a little ahead": asking(
        REVOCABLE,
        response({ source: "asked", producedMs: AT + 60_000 }),
      ),
    },
    open: {
      "a responder that is down": asking(REVOCABLE, response({ source: "asked", status: "unreadable" })),
      "a responder that does not know": asking(REVOCABLE, response({ source: "asked", status: "unknown" })),
      "a good answer of somebody else": asking(
        REVOCABLE,
        response({ source: "asked", signatureValid: false }),
      ),
      "a revocation by somebody else": asking(
        REVOCABLE,
        response({ source: "asked", status: "revoked", signatureValid: false }),
      ),
      "a list that is out of date": asking(REVOCABLE, response({ source: "crl", nextUpdateMs: AT - DAY })),
      "an answer from the future": asking(REVOCABLE, response({ source: "asked", producedMs: AT + DAY })),
      "a signature that nobody can verify": asking(
        REVOCABLE,
        response({ source: "crl", signatureValid: undefined }),
      ),
      "an issuer that is not known": asking(REVOCABLE),
    },
  },
  "cert-staple-bad": {
    finds: {
      "one that is out of date": {
        subject: ocsp({ nextUpdateMs: AT - DAY }),
        severity: "medium",
        says: "2026-11-22",
      },
      "one that is out of date, where stapling is demanded": {
        subject: ocsp({ nextUpdateMs: AT - DAY }, { mustStaple: true }),
        severity: "high",
      },
      "a wrong signature": { subject: ocsp({ signatureValid: false }), says: "signature" },
      "one from the future": { subject: ocsp({ producedMs: AT + DAY }), says: "future" },
      "one that cannot be read": {
        subject: ocsp({ status: "unreadable", producedMs: undefined }),
        says: "cannot be read",
      },
      "one that does not know": { subject: ocsp({ status: "unknown" }), says: "does not know" },
    },
    silent: {
      "a good one": ocsp({}),
      "an answer that was asked for": ocsp({ source: "asked", nextUpdateMs: AT - DAY }),
      none: SOUND,
    },
  },
  "cert-policy": {
    finds: {
      "none of the reserved policies": { subject: publicLeaf({ policies: ["1.2.3.4"] }), severity: "low" },
    },
    silent: { "domain validation": publicLeaf({}), "a private authority": leaf({ policies: [] }) },
  },
  "cert-internal-name": {
    finds: {
      "a bare host": { subject: publicLeaf({ subjectAltNames: names("intranet") }) },
      "a private suffix": { subject: publicLeaf({ subjectAltNames: names("mail.corp") }) },
      "a private address": { subject: publicLeaf({ subjectAltNames: [{ kind: "ip", value: "10.1.2.3" }] }) },
      "the last of a private range": {
        subject: publicLeaf({ subjectAltNames: [{ kind: "ip", value: "172.31.0.1" }] }),
        evidence: [],
      },
      "several at once": {
        subject: publicLeaf({ subjectAltNames: names("intranet", "mail.corp", "db.lan") }),
        says: "intranet",
        evidence: ["mail.corp, db.lan"],
      },
      "a private address of IPv6": {
        subject: publicLeaf({ subjectAltNames: [{ kind: "ip", value: "fd00::1" }] }),
      },
    },
    silent: {
      "a public name": publicLeaf({}),
      "a public address": publicLeaf({
        subjectAltNames: [
          { kind: "ip", value: "8.8.8.8" },
          { kind: "ip", value: "172.15.0.1" },
          { kind: "ip", value: "172.32.0.1" },
          { kind: "ip", value: "1.20.0.1" },
          { kind: "ip", value: "2001:db8::1" },
        ],
      }),
      "a private authority": leaf({ subjectAltNames: names("intranet") }),
    },
  },
};
