/**
 * A policy against what was found: what to remove, add and change, and configuration that complies. Pure. What
 * could not be found out is listed as such; it is neither a breach nor compliance.
 */
import type { ChainAnalysis } from "../certificates/chain.ts";
import type { AddressFacts, EndpointFacts } from "../facts.ts";
import type { PolicyResult } from "../result.ts";
import { isAuthorityFile } from "../rules/shared/certificates.ts";
import { checkCertificate } from "./check-certificate.ts";
import { checkDh, checkFeatures, checkGroups, checkSignatures } from "./check-exchange.ts";
import { checkSuites, checkVersions } from "./check-protocol.ts";
import { configurationFor } from "./configuration.ts";
import type { Policy } from "./policy.ts";
import { type Step, type Verdict, VerdictBuilder } from "./verdict.ts";

export function evaluate(
  facts: EndpointFacts | undefined,
  chains: readonly ChainAnalysis[],
  policy: Policy,
): PolicyResult {
  const addresses = (facts?.addresses ?? []).filter(({ unreachable }) => unreachable === undefined);
  const canStaple = chains.some(({ leaf }) => leaf.ocspUrls.length > 0);
  const verdicts = addresses.map((address) => ({
    where: address.address,
    verdict: ofAddress(address, policy, canStaple),
  }));
  const certificates = ofCertificates(chains, policy);
  const steps = [...together(verdicts), ...certificates.steps];
  const unknown = [...new Set(verdicts.flatMap(({ verdict }) => verdict.unknown))];
  if (policy.certificate !== undefined && chains.length === 0) unknown.push("the certificate complies");
  if (facts !== undefined && addresses.length < facts.addresses.length) {
    unknown.push("the addresses that were not reached comply");
  }
  return {
    name: policy.name,
    version: policy.version,
    complies: steps.length === 0 && unknown.length === 0,
    steps,
    unknown,
    // A file has no server to configure.
    configuration: facts === undefined ? [] : configurationFor(policy),
  };
}

function ofAddress(address: AddressFacts, policy: Policy, canStaple: boolean): Verdict {
  const verdict = new VerdictBuilder();
  checkVersions(address, policy, verdict);
  checkSuites(address, policy, verdict);
  checkGroups(address, policy, verdict);
  checkDh(address, policy, verdict);
  checkSignatures(address, policy, verdict);
  checkFeatures(address, policy, canStaple, verdict);
  return verdict;
}

function ofCertificates(chains: readonly ChainAnalysis[], { certificate }: Policy): Verdict {
  const verdict = new VerdictBuilder();
  const seen = new Set<string>();
  for (const chain of chains) {
    // The same certificate at every address and in every version: once.
    if (certificate === undefined || isAuthorityFile(chain) || seen.has(chain.leaf.sha256)) continue;
    seen.add(chain.leaf.sha256);
    checkCertificate(chain.leaf, certificate, verdict);
  }
  return verdict;
}

/** The same step at every address is one step; one that only some need says where. */
function together(
  verdicts: readonly { readonly where: string; readonly verdict: Verdict }[],
): readonly Step[] {
  const steps = new Map<string, { readonly step: Step; readonly at: string[] }>();
  for (const { where, verdict } of verdicts) {
    for (const step of verdict.steps) {
      const key = `${step.action}\n${step.what}\n${step.why}`;
      const entry = steps.get(key) ?? { step, at: [] };
      steps.set(key, entry);
      if (!entry.at.includes(where)) entry.at.push(where);
    }
  }
  return [...steps.values()].map(({ step, at }) =>
    at.length === verdicts.length ? step : { ...step, why: `${step.why} (at ${at.join(", ")})` },
  );
}
