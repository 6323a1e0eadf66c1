/** The endpoint does not serve the chain that it should. */
import type { ChainAnalysis } from "../../certificates/chain.ts";
import type { Subject } from "../rule.ts";
import { nameOf } from "../shared/certificates.ts";
import { type Draft, defineRule, unanswered } from "../shared/define.ts";

function difference(sent: ChainAnalysis["sent"], expected: readonly Uint8Array[]): string | undefined {
  for (let index = 0; index < Math.max(sent.length, expected.length); index++) {
    const [is, should] = [sent[index], expected[index]];
    if (is === undefined) return `certificate ${index + 1} is missing`;
    if (should === undefined) return `certificate ${index + 1} (${nameOf(is)}) is one too many`;
    if (Buffer.compare(is.der, should) !== 0) {
      return `certificate ${index + 1} is ${nameOf(is)}, SHA-256 ${is.sha256}, not the one expected`;
    }
  }
  return undefined;
}

/** Chains as shown to clients that ask for this endpoint's own name. */
function ownChains({ chains, target }: Subject): readonly ChainAnalysis[] {
  const own = target.kind === "endpoint" ? target.serverName : undefined;
  return chains.filter(({ served }) => served !== undefined && served.serverName === own);
}

export const expectChainDiffers = defineRule(
  {
    id: "expect-chain-differs",
    title: "The endpoint does not serve the expected chain",
    severity: "critical",
    about: "chain",
    why:
      "The file says what every address of the endpoint has to serve, byte for byte. After a deployment that is how a node " +
      "shows itself that was forgotten or not reloaded.",
    fix: "Copy the file to every node and reload the server; then check again.",
    references: ["RFC 8446 section 4.4.2"],
  },
  function* (subject) {
    const { expectChain } = subject.plan;
    if (expectChain === undefined || subject.endpoint === undefined) return;
    const chains = ownChains(subject);
    for (const { sent, where } of chains) {
      const found = difference(sent, expectChain);
      if (found === undefined) continue;
      const draft: Draft = {
        message: "the chain that is served is not the one expected",
        where,
        evidence: [found],
      };
      yield draft;
    }
    if (chains.length === 0) {
      yield unanswered(subject.target.name, "the expected chain is served", "no chain was seen");
    }
  },
);
