/** Asks the authority of a chain about its leaf, when the plan says so; for endpoints and files alike. */
import type { ChainAnalysis, OcspFacts } from "./certificates/chain.ts";
import { ASK_DEFAULTS, askRevocation } from "./certificates/revocation.ts";
import type { CheckContext } from "./context.ts";

/** Questions of one target, by SHA-256 of the certificate: each is asked once. */
export type Asked = Map<string, Promise<readonly OcspFacts[]>>;

export async function withRevocation(
  analysis: ChainAnalysis,
  asked: Asked,
  { plan, signal }: CheckContext,
): Promise<ChainAnalysis> {
  const { leaf, path } = analysis;
  const issuer = path[1];
  if (!plan.revocation || issuer === undefined) return analysis;
  const options = { ...ASK_DEFAULTS, atMs: plan.atMs };
  const answer = asked.get(leaf.sha256) ?? askRevocation(leaf, issuer, options, signal);
  asked.set(leaf.sha256, answer);
  return { ...analysis, ocsp: [...analysis.ocsp, ...(await answer)] };
}
