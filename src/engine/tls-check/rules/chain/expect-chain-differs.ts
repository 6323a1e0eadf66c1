/** An address of the endpoint does not serve the chain that it should. */
import { sameBytes } from "../../certificates/der/values.ts";
import { compareChain } from "../../certificates/expect-chain.ts";
import type { Certificate } from "../../certificates/model.ts";
import type { ServedChain } from "../../facts.ts";
import { addressesInScope, ownChains, placeOf } from "../shared/addresses.ts";
import { defineRule, unanswered } from "../shared/define.ts";

/** What could be read as what it is, the rest as bytes. */
function asSent({ sent, certificates }: ServedChain): readonly (Certificate | Uint8Array)[] {
  if (sent === undefined) return certificates;
  return sent.map((der) => certificates.find((one) => sameBytes(one.der, der)) ?? der);
}

export const expectChainDiffers = defineRule(
  {
    id: "expect-chain-differs",
    title: "The endpoint does not serve the expected chain",
    severity: "critical",
    about: "chain",
    probes: ["certificates"],
    why:
      "The file says what every address of the endpoint has to serve, byte for byte. After a deployment that is how a node " +
      "shows itself that was forgotten or not reloaded.",
    fix: "Copy the file to every node and reload the server; then check again.",
    references: ["RFC 8446 section 4.4.2"],
  },
  function* (subject) {
    const { expectChain } = subject.plan;
    if (expectChain === undefined) return;
    for (const address of addressesInScope(subject)) {
      const chains = ownChains(subject, address);
      for (const chain of chains) {
        const evidence = compareChain(expectChain, asSent(chain));
        if (evidence.length === 0) continue;
        const analysis = subject.chains.find(({ served }) => served === chain);
        const where = analysis?.where ?? placeOf(subject, address);
        yield { message: "the chain that is served is not the one expected", where, evidence };
      }
      if (chains.length === 0) {
        yield unanswered(placeOf(subject, address), "the expected chain is served", "no chain was seen");
      }
    }
  },
);
