/** What a URL says besides host and port: database, TLS on the way; and a list that is gone through in turn. */
import { isIP } from "node:net";
import type { Endpoint } from "../../../core/endpoint.ts";
import type { TargetPlan } from "../plan.ts";

/** `/shop` → `shop`; undefined without one. */
export function databaseOf({ path }: Endpoint): string | undefined {
  const name = path.replace(/^\//, "").replace(/\?.*$/s, "");
  return name === "" ? undefined : decodeURIComponent(name);
}

/** Where TLS is asked for on the way: `sslmode` (libpq), `ssl-mode` (MySQL), or `tls` other than off. */
function asksForTls({ path }: Endpoint): boolean {
  const query = new URLSearchParams(path.replace(/^[^?]*/s, ""));
  const mode = query.get("sslmode") ?? query.get("ssl-mode") ?? query.get("tls");
  return mode !== null && !/^(disable|disabled|allow|prefer|preferred|false|0|off|no)$/i.test(mode);
}

/** As node:tls takes them. */
export interface DriverTls {
  readonly rejectUnauthorized: boolean;
  /** What the certificate is checked for when there is no server name: the address itself. */
  readonly host: string;
  readonly servername?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Undefined without TLS. */
export function driverTls({ endpoint, tls }: TargetPlan): DriverTls | undefined {
  if (!endpoint.tls && !asksForTls(endpoint)) return undefined;
  const { ca, cert, key, insecure, servername = isIP(endpoint.host) === 0 ? endpoint.host : undefined } = tls;
  return {
    rejectUnauthorized: insecure !== true,
    host: endpoint.host,
    ...(servername === undefined ? {} : { servername }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

/** One after the other, from the start again. */
export function inTurn<T>(items: readonly T[]): () => T {
  let at = 0;
  return () => items[at++ % items.length]!;
}
