import { expect } from "vitest";
import type { ChainAnalysis, PathProblem } from "../../../../../src/engine/tls-check/certificates/chain.ts";
import type { Subject } from "../../../../../src/engine/tls-check/rules/rule.ts";
import {
  AT,
  authority,
  certificate,
  chain,
  DAY,
  endpoint,
  file,
  fileFacts,
  key,
  name,
  rsaKey,
  served,
  serving,
} from "../../../../support/tls-facts.ts";
import type { Cases, RuleCases } from "../contract.ts";

const SOUND = serving(chain());
const LEAF = certificate();
const CA = authority();
const ROOT = authority("Example Root", { issuer: name("Example Root") });
const STRANGER = authority("Stranger");
const UNTRUSTED = [{ store: "system" as const, trusted: false, why: "the issuer was not found", path: [] }];

const sent = (certificates: ChainAnalysis["sent"], overrides: Partial<ChainAnalysis> = {}): Subject =>
  serving(chain({ leaf: LEAF, sent: certificates, path: [LEAF, CA, ROOT], ...overrides }));

function problem(kind: PathProblem["kind"], position = 1): Subject {
  const one = chain();
  return serving({
    ...one,
    problems: [{ kind, certificate: one.path[position]!, position, detail: "as it is" }],
  });
}

function byProblem(...kinds: readonly PathProblem["kind"][]): RuleCases {
  return {
    finds: Object.fromEntries(
      kinds.map((kind) => [kind, { subject: problem(kind), severity: "high" as const }]),
    ),
    silent: { "a sound chain": SOUND, "another problem": problem("critical-unknown") },
  };
}

const MISSING = { of: LEAF, issuer: "CN=Example CA", urls: ["http://ca.example/ca.cer"] };
const expecting = (subject: Subject, expected: ChainAnalysis["sent"]): Subject => ({
  ...subject,
  plan: { ...subject.plan, expectChain: expected.map(({ der }) => der) },
});

/** An address whose chain has something that cannot be read. */
const garbled = (certificates: ChainAnalysis["sent"]): Subject =>
  endpoint([{ chains: [served({ certificates, unreadable: ["certificate 2 of 2: no DER"] })] }], {
    chains: certificates.length === 0 ? [] : [chain({ leaf: LEAF, sent: certificates })],
  });

export const CHAIN_CASES: Cases = {
  "chain-unreadable": {
    finds: {
      "garbage for a leaf": {
        subject: garbled([]),
        severity: "critical",
        says: "the certificate that is served cannot be read",
        evidence: ["certificate 2 of 2: no DER"],
      },
      "garbage further up": { subject: garbled([LEAF]), severity: "high" },
    },
    silent: { "what can be read": SOUND },
  },
  "chain-incomplete": {
    finds: {
      "a leaf alone that nobody can place": {
        subject: sent([LEAF], { missing: MISSING, trust: UNTRUSTED }),
        severity: "high",
        says: "CN=Example CA",
      },
      "a leaf alone whose issuer a store has": {
        subject: sent([LEAF], { missing: MISSING }),
        severity: "medium",
      },
      "a file with the leaf alone": {
        subject: file(fileFacts("cert.pem"), {
          chains: [
            chain({ leaf: LEAF, sent: [LEAF], missing: MISSING, trust: UNTRUSTED, served: undefined }),
          ],
        }),
        severity: "medium",
      },
    },
    silent: {
      "a whole chain": SOUND,
      "a leaf that issued itself": sent([LEAF], {
        missing: { ...MISSING, of: certificate({ issuer: LEAF.subject }) },
      }),
    },
  },
  "chain-out-of-order": {
    finds: {
      "the authority's issuer before the authority": {
        subject: sent([LEAF, ROOT, CA], { inOrder: false, order: [0, 2, 1] }),
        severity: "medium",
      },
    },
    silent: { "a sorted chain": SOUND },
  },
  "chain-duplicate": {
    finds: {
      "the authority twice": {
        subject: sent([LEAF, CA, CA], { duplicates: [2], order: [0, 1] }),
        says: "Example CA",
      },
    },
    silent: { "each once": SOUND, "an index that does not exist": sent([LEAF], { duplicates: [7] }) },
  },
  "chain-extra": {
    finds: {
      "a stranger": { subject: sent([LEAF, CA, STRANGER], { extra: [2], order: [0, 1] }), says: "Stranger" },
    },
    silent: {
      none: SOUND,
      "the root, of which another rule speaks": sent([LEAF, CA, ROOT], { extra: [2], rootSent: 2 }),
      "a duplicate, of which another rule speaks": sent([LEAF, CA, CA], { extra: [2], duplicates: [2] }),
    },
  },
  "chain-root-sent": {
    finds: {
      "a root at the end": {
        subject: sent([LEAF, CA, ROOT], { rootSent: 2 }),
        severity: "low",
        says: "Example Root",
      },
    },
    silent: { "no root": SOUND, "a self-signed leaf": sent([LEAF], { rootSent: 0 }) },
  },
  "chain-broken-signature": {
    finds: {
      "an issuer of the right name and the wrong key": {
        subject: sent([LEAF, CA], { brokenSignatures: [{ index: 0, issuer: 1 }] }),
        severity: "critical",
        says: "was not signed",
      },
      "one on the path": { subject: problem("signature"), says: "does not hold" },
      "both of the same certificate once": {
        subject: sent([LEAF, CA], {
          brokenSignatures: [{ index: 0, issuer: 1 }],
          problems: [{ kind: "signature", certificate: LEAF, position: 0, detail: "x" }],
        }),
        count: 1,
      },
    },
    silent: {
      "sound signatures": SOUND,
      "indices that do not exist": sent([LEAF], { brokenSignatures: [{ index: 3, issuer: 9 }] }),
    },
  },
  "chain-expired-issuer": {
    finds: {
      "an authority past its end": { subject: problem("expired"), severity: "high" },
      "an authority of tomorrow": { subject: problem("not-yet-valid"), says: "only from" },
    },
    silent: {
      "a sound chain": SOUND,
      "an expired leaf, of which another rule speaks": problem("expired", 0),
    },
  },
  "chain-not-ca": byProblem("not-ca", "no-cert-sign"),
  "chain-path-length": byProblem("path-length"),
  "chain-name-constraints": byProblem("name-constraints"),
  "chain-policy": byProblem("policy"),
  "chain-weak-issuer": {
    finds: {
      "an authority of 1024 bits": {
        subject: serving(
          chain({ path: [LEAF, authority("A", { publicKey: rsaKey(1024) })], leaf: LEAF, sent: [LEAF] }),
        ),
        severity: "high",
      },
      "an authority signed over SHA-1": {
        subject: serving(
          chain({ path: [LEAF, authority("A", { signatureHash: "sha1" })], leaf: LEAF, sent: [LEAF] }),
        ),
        says: "SHA-1",
      },
    },
    silent: {
      "sound authorities": SOUND,
      "a root that signed itself over SHA-1": serving(
        chain({
          leaf: LEAF,
          sent: [LEAF],
          path: [LEAF, authority("R", { issuer: name("R"), signatureHash: "sha1" })],
        }),
      ),
      "a weak leaf, of which another rule speaks": serving(
        chain({ leaf: certificate({ publicKey: key({ bits: 112 }) }) }),
      ),
    },
  },
  "expect-chain-differs": {
    finds: {
      "another leaf": { subject: expecting(sent([LEAF, CA]), [certificate(), CA]), severity: "critical" },
      "a certificate too few": {
        subject: expecting(sent([LEAF]), [LEAF, CA]),
        evidence: ["certificate 2, an unreadable certificate, is missing"],
      },
      "a certificate too many": {
        subject: expecting(sent([LEAF, CA, ROOT]), [LEAF, CA]),
        evidence: [expect.stringMatching(/^certificate 3, "Example Root" .* is not expected$/)],
      },
      "one address of two": {
        subject: expecting(
          endpoint([{}, { address: "192.0.2.2" }], {
            chains: [
              chain({ leaf: LEAF, sent: [LEAF, CA] }),
              chain({ leaf: LEAF, sent: [LEAF], where: "192.0.2.2:443, ecdsa" }),
            ],
          }),
          [LEAF, CA],
        ),
        count: 1,
      },
    },
    silent: {
      "the same bytes": expecting(sent([LEAF, CA]), [LEAF, CA]),
      "nothing expected": SOUND,
      "another chain for strangers without a name": expecting(
        endpoint([{}], {
          chains: [
            chain({ leaf: LEAF, sent: [LEAF, CA] }),
            chain({ served: served({ serverName: undefined }) }),
          ],
          plan: { atMs: AT + DAY },
        }),
        [LEAF, CA],
      ),
    },
    open: { "an endpoint of which no chain was seen": expecting(endpoint([{}], { chains: [] }), [LEAF]) },
  },
};
