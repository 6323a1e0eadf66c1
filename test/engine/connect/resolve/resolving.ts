// What the tests of this room share: a plan for a responder, and a system of the tests' own.
import type { ResolverPlan } from "../../../../src/engine/connect/plan.ts";
import {
  type Resolved,
  type ResolveOptions,
  type ResolvePlan,
  type ResolveResult,
  resolve,
} from "../../../../src/engine/connect/resolve/resolve.ts";
import type { SystemView } from "../../../../src/engine/connect/resolve/system.ts";
import type { DnsResponder } from "../../../support/dns-responder.ts";

export function planFor(resolver: ResolverPlan, changes: Partial<ResolvePlan> = {}): ResolvePlan {
  return {
    resolver,
    overrides: [],
    family: undefined,
    timeouts: { resolveMs: 3000 },
    tls: {},
    ...changes,
  };
}

export function planForServer(
  { address, port }: DnsResponder,
  changes: Partial<ResolvePlan> = {},
): ResolvePlan {
  return planFor({ kind: "dns", address, port }, changes);
}

export function resolveName(
  plan: ResolvePlan,
  host: string,
  options: ResolveOptions = {},
  signal?: AbortSignal,
): Promise<ResolveResult> {
  return resolve(plan, { host, port: 80 }, options, signal);
}

export function expectResolved(result: ResolveResult): Resolved {
  if (result.kind === "failed") throw result.error;
  return result;
}

export function expectFailed(result: ResolveResult): ResolveResult & { kind: "failed" } {
  if (result.kind === "resolved") throw new Error(`resolved to ${JSON.stringify(result.first)}`);
  return result;
}

export const plain = (addresses: readonly { readonly address: string }[]): string[] =>
  addresses.map(({ address }) => address);

/** A list is addresses, text the code of an error; `slow` never answers. */
export function systemThat(
  answers: { A: readonly string[] | string; AAAA: readonly string[] | string },
  beside?: DnsResponder,
): SystemView {
  return {
    lookup(_host, family) {
      const answer = answers[family === 4 ? "A" : "AAAA"];
      if (typeof answer !== "string") return Promise.resolve(answer);
      if (answer === "slow") return new Promise(() => undefined);
      return Promise.reject(Object.assign(new Error(answer), { code: answer }));
    },
    nameServer: () => Promise.resolve(beside && { address: beside.address, port: beside.port }),
  };
}
