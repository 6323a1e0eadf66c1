/** Where a connection goes and from where, as flags say it: the same for every command that has them. */
import { isIP } from "node:net";
import { usageError } from "../../core/errors.ts";
import type { Override } from "../../engine/connect/plan.ts";

/** @throws NetkitError `NK_USAGE` when the lowest version is above the highest */
export function refuseVersions(least: string | undefined, most: string | undefined): void {
  // Their names sort as the versions do.
  if (least !== undefined && most !== undefined && least > most) {
    throw usageError("--tls-min is above --tls-max", "exchange them", "--tls-min");
  }
}

export function planLocalAddress(address: string | undefined): string | undefined {
  if (address === undefined || isIP(address) !== 0) return address;
  throw usageError(`"${address}" is not an address`, "write it like 192.0.2.7", "--local-address");
}

export function planSni(name: string | undefined): string | undefined {
  if (name === undefined || isIP(name) === 0) return name;
  throw usageError(
    `"${name}" cannot be asked for: SNI carries names only`,
    "name a host with --sni, or leave it away",
    "--sni",
  );
}

/** `host:port:address`, the address in brackets or not; `*` for any port. Several addresses by comma. */
export function parseOverride(text: string): Override {
  const match = /^(?<host>\[[^\]]+\]|[^:]+):(?<port>\d+|\*):(?<addresses>.+)$/.exec(text)?.groups;
  const addresses = (match?.addresses ?? "")
    .split(",")
    .map((address) => address.trim().replace(/^\[(.*)\]$/, "$1"));
  const port = match?.port === "*" ? undefined : Number(match?.port);
  const wrong = match === undefined || addresses.some((address) => isIP(address) === 0);
  if (wrong || (port !== undefined && !(port >= 1 && port <= 65_535))) {
    throw usageError(
      `"${text}" says not which address a host has`,
      "write it like --resolve example.com:443:192.0.2.7",
      "--resolve",
    );
  }
  return { host: match.host!.replace(/^\[(.*)\]$/, "$1").toLowerCase(), port, addresses };
}
