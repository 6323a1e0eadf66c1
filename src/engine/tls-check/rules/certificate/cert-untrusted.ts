/** The chain does not end in an authority that anybody was told to trust. */
import type { ChainAnalysis } from "../../certificates/chain.ts";
import { isAuthorityFile, isSelfIssued, isTrusted } from "../shared/certificates.ts";
import { type Draft, defineRule } from "../shared/define.ts";

/** A rule of its own already says what is wrong: one cause, one finding. */
function isExplained(chain: ChainAnalysis): boolean {
  const selfSigned = isSelfIssued(chain.leaf) && chain.path.length <= 1;
  return (
    selfSigned ||
    chain.leaf.precertificate ||
    chain.missing !== undefined ||
    chain.problems.length > 0 ||
    chain.brokenSignatures.length > 0
  );
}

function* judge(chain: ChainAnalysis): Generator<Draft> {
  const { where } = chain;
  const refusing = chain.trust.filter(({ trusted }) => !trusted);
  const evidence = refusing.map(({ store, why }) => `${store}: ${why ?? "not trusted"}`);
  if (!isTrusted(chain)) {
    if (chain.trust.length > 0 && !isExplained(chain)) {
      yield { message: "the chain does not end in an authority that is trusted", where, evidence };
    }
    return;
  }
  // Who gave an authority of their own knows that the public stores do not have it.
  const given = chain.trust.some(({ store, trusted }) => store === "given" && trusted);
  const publicRefusal = refusing.filter(({ store }) => store !== "given").map(({ store }) => store);
  if (given || publicRefusal.length === 0) return;
  yield {
    severity: "low",
    message: `not every store trusts the chain: ${publicRefusal.join(", ")} does not`,
    where,
    evidence,
  };
}

export const certUntrusted = defineRule(
  {
    id: "cert-untrusted",
    title: "The chain is not trusted",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why:
      "A client accepts a certificate when its chain ends in an authority of its own store. This one does not, so clients " +
      "refuse it, or have to be told to trust the authority.",
    fix:
      "Use an authority that the clients trust. For a private authority give its root: --cacert root.pem here, and the " +
      "trust store of each client there.",
    references: ["RFC 5280 section 6"],
  },
  (subject) =>
    subject.chains.filter((chain) => !isAuthorityFile(chain)).flatMap((chain) => [...judge(chain)]),
);
