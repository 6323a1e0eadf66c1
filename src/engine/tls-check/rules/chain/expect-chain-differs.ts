/** The endpoint does not serve the chain that it should. */
import type { ChainAnalysis } from "../../certificates/chain.ts";
import { compareChain } from "../../certificates/expect-chain.ts";
import type { Subject } from "../rule.ts";
import { defineRule, unanswered } from "../shared/define.ts";

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
      const evidence = compareChain(expectChain, sent);
      if (evidence.length > 0) {
        yield { message: "the chain that is served is not the one expected", where, evidence };
      }
    }
    if (chains.length === 0) {
      yield unanswered(subject.target.name, "the expected chain is served", "no chain was seen");
    }
  },
);
