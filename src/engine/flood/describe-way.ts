/** Where the connections of a flood went and by which TLS, in words: two runs that differ in it are not alike. */
import type { FloodPlan } from "./plan.ts";

/** Nothing when the URL alone said so. */
export function describeWay({ way, tls, targets: [target] }: FloodPlan): { readonly way?: string } {
  const end = way.tunnel ?? way;
  const isElsewhere = end.host !== target.host || end.port !== target.port;
  const parts = [
    ...(way.tunnel === undefined ? [] : [`through ${way.tunnel.proxy.display}`]),
    ...(way.unixSocket === undefined ? [] : [`to the unix socket ${way.unixSocket}`]),
    ...(isElsewhere ? [`to ${end.host} port ${end.port}`] : []),
    ...(way.addresses === undefined
      ? []
      : [`${way.tunnel === undefined ? "to" : "by"} ${way.addresses.join(", ")}`]),
    ...(way.localAddresses.length === 0 ? [] : [`from ${way.localAddresses.join(", ")}`]),
    ...(tls.servername === undefined ? [] : [`SNI ${tls.servername}`]),
    ...(tls.alpn === undefined ? [] : [`ALPN ${tls.alpn.join(", ")}`]),
    ...(tls.minVersion === undefined ? [] : [`${tls.minVersion} or later`]),
    ...(tls.maxVersion === undefined ? [] : [`${tls.maxVersion} or earlier`]),
    ...(tls.ciphers === undefined ? [] : [`ciphers ${tls.ciphers}`]),
    ...(tls.resume === true ? ["TLS sessions resumed"] : []),
  ];
  return parts.length === 0 ? {} : { way: parts.join("; ") };
}
