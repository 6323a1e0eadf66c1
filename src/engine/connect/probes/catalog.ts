/**
 * The list of probes, and which of them an endpoint gets. HTTP alone has two, chosen by ALPN and by `--http`.
 */

import type { ConnectEndpoint } from "../plan.ts";
import { framed } from "./framed.ts";
import { http1 } from "./http1.ts";
import { http2 } from "./http2.ts";
import { imap } from "./imap.ts";
import { mysql } from "./mysql.ts";
import { pop3 } from "./pop3.ts";
import { postgres } from "./postgres.ts";
import type { Probe, ProbePlan } from "./probe.ts";
import { redis } from "./redis.ts";
import { smtp } from "./smtp.ts";
import { tcp } from "./tcp.ts";
import { udp } from "./udp.ts";
import { websocket } from "./websocket.ts";

export const PROBES: readonly Probe[] = [
  http1,
  http2,
  websocket,
  tcp,
  framed,
  udp,
  redis,
  postgres,
  mysql,
  smtp,
  imap,
  pop3,
];

type Wanted = Pick<ProbePlan, "http">;

/**
 * The probe of an endpoint. `alpn`: what TLS agreed on, once it stands; before that the answer tells what is likely,
 * which matters to HTTP alone.
 */
export function probeFor(endpoint: ConnectEndpoint, { http }: Wanted, alpn?: string): Probe {
  if (endpoint.protocol === "http") return speaksHttp2(endpoint.scheme, http, alpn) ? http2 : http1;
  const probe = PROBES.find(({ protocol }) => protocol === endpoint.protocol);
  if (probe === undefined) throw new Error(`no probe speaks ${endpoint.protocol}`);
  return probe;
}

function speaksHttp2(scheme: string, http: Wanted["http"], alpn: string | undefined): boolean {
  if (scheme === "h2c" || http === "2") return true;
  return http === undefined && alpn === "h2";
}

/** What TLS offers, in order of preference; undefined: no ALPN. */
export function alpnFor(endpoint: ConnectEndpoint, { http }: Wanted): readonly string[] | undefined {
  if (!endpoint.tls) return undefined;
  // WebSocket over HTTP/2 (RFC 8441) is another protocol than ours.
  if (endpoint.protocol === "ws") return ["http/1.1"];
  if (endpoint.protocol !== "http") return undefined;
  return http === undefined ? ["h2", "http/1.1"] : http === "2" ? ["h2"] : ["http/1.1"];
}
