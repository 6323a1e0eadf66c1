/**
 * One endpoint: all addresses of its name, each scanned; the chains they serve, built and verified; revocation
 * asked for when the plan says so; then the verdict.
 */
import { monotonicClock } from "../../core/clock.ts";
import { NetkitError } from "../../core/errors.ts";
import { Deadline } from "../../core/lifecycle/deadline.ts";
import { analyseChain } from "./certificates/analyse.ts";
import type { ChainAnalysis } from "./certificates/chain.ts";
import { Oddities, readElement } from "./certificates/der/element.ts";
import { readName } from "./certificates/distinguished-name.ts";
import { reading } from "./certificates/unreadable.ts";
import type { CheckContext } from "./context.ts";
import { eachBounded } from "./each-bounded.ts";
import type { AddressFacts, EndpointFacts, ServedChain } from "./facts.ts";
import type { EndpointTarget } from "./plan.ts";
import { scanAddress } from "./probe/scan-address.ts";
import type { Readers } from "./probe/sightings.ts";
import type { HostAddress } from "./resolve.ts";
import type { TargetResult } from "./result.ts";
import { type Asked, withRevocation } from "./revocation.ts";
import { judgeTarget } from "./verdict.ts";

/** Addresses of one name at once: together they are often one load balancer. */
const ADDRESSES_AT_ONCE = 4;
/** No name has more addresses on purpose; the rest is told, not scanned. */
const MOST_ADDRESSES = 64;

export async function checkEndpoint(target: EndpointTarget, context: CheckContext): Promise<TargetResult> {
  const startUs = monotonicClock.nowUs();
  const found = await resolved(target, context);
  const chosen = found.slice(0, MOST_ADDRESSES);
  const addresses: AddressFacts[] = new Array(chosen.length);
  await eachBounded(chosen, ADDRESSES_AT_ONCE, async (address, index) => {
    addresses[index] = await scan(target, address, context);
  });
  const notes =
    found.length > chosen.length
      ? [`the name has ${found.length} addresses; the first ${chosen.length} were looked at`]
      : [];
  const endpoint: EndpointFacts = { kind: "endpoint", addresses, notes };
  const chains = await analyseServed(target, addresses, context);
  const seconds = (monotonicClock.nowUs() - startUs) / 1e6;
  return judgeTarget({ target, endpoint, chains, seconds }, context);
}

/** The resolver cannot be stopped; the wait for it can. */
async function resolved(
  { host }: EndpointTarget,
  { resolve, signal, plan }: CheckContext,
): Promise<readonly HostAddress[]> {
  const { timeoutMs } = plan.limits;
  const timeoutError = (): Error =>
    new NetkitError("dns", "NK_DNS_TIMEOUT", `could not resolve ${host}`, {
      subject: host,
      why: `the resolver did not answer within ${timeoutMs} ms`,
      next: "check the network and the resolver in /etc/resolv.conf, or raise --timeout",
    });
  using deadline = new Deadline({ timeoutMs, signal, timeoutError });
  return await deadline.race(resolve(host));
}

async function scan(
  target: EndpointTarget,
  { address, family }: HostAddress,
  context: CheckContext,
): Promise<AddressFacts> {
  const { plan, trace } = context;
  const readers: Readers = { parseCertificate: context.parse, nameText };
  return await scanAddress({
    address,
    family,
    port: target.port,
    upgrade: target.upgrade,
    serverName: target.serverName,
    limits: plan.limits,
    signal: context.signal,
    scope: plan.scope,
    intrusive: plan.intrusive,
    readers,
    identity: context.identity,
    trace: trace === undefined ? undefined : (line) => trace(target, address, line),
  });
}

function nameText(der: Uint8Array): string | undefined {
  const name = reading("name", () => readName(readElement(der, new Oddities()), "name"));
  return "kind" in name ? undefined : name.text;
}

/**
 * Chains that a client gets who asks for this endpoint. What a server shows to clients without a name, or with
 * one it cannot know, stays among the facts: it is not for this endpoint.
 */
async function analyseServed(
  target: EndpointTarget,
  addresses: readonly AddressFacts[],
  context: CheckContext,
): Promise<readonly ChainAnalysis[]> {
  const analyses: ChainAnalysis[] = [];
  // Several addresses with one certificate are one question.
  const asked: Asked = new Map();
  for (const facts of addresses) {
    const own = facts.chains.filter(
      ({ serverName, certificates }) => serverName === target.serverName && certificates.length > 0,
    );
    for (const chain of own) {
      const where = placeOf(target, facts, chain, own);
      analyses.push(await analyse(target, chain, where, asked, context));
    }
  }
  return analyses;
}

function placeOf(
  { port }: EndpointTarget,
  { address, family }: AddressFacts,
  { keyType, version }: ServedChain,
  chains: readonly ServedChain[],
): string {
  const place = family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  const alike = chains.filter((chain) => chain.keyType === keyType).length;
  return alike > 1 ? `${place}, ${keyType}, ${version}` : `${place}, ${keyType}`;
}

async function analyse(
  target: EndpointTarget,
  served: ServedChain,
  where: string,
  asked: Asked,
  context: CheckContext,
): Promise<ChainAnalysis> {
  const { plan } = context;
  const options = {
    where,
    served,
    name: target.serverName ?? target.host,
    atMs: plan.atMs,
    extraAuthorities: context.extraAuthorities,
    systemAuthorities: context.systemAuthorities,
    ctLogs: plan.ctLogs,
  };
  return withRevocation(analyseChain(served.certificates, options), asked, context);
}
