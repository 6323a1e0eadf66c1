/**
 * What all targets of one run share: the plan, whom to trust, the files given together, and one memory for
 * certificates, since a thousand servers send the same few intermediates.
 */

import { parseCertificate } from "./certificates/certificate.ts";
import type { Certificate, FileFacts, Unreadable } from "./certificates/model.ts";
import type { CheckPlan, EndpointTarget } from "./plan.ts";
import type { ClientIdentity } from "./probe/handshake/client-identity.ts";
import type { TraceLine } from "./probe/trace.ts";
import type { Resolve } from "./resolve.ts";
import type { Waiver } from "./waivers.ts";

export type TraceTarget = (target: EndpointTarget, address: string, line: TraceLine) => void;

export interface CheckContext {
  readonly plan: CheckPlan;
  readonly waivers: readonly Waiver[];
  readonly extraAuthorities: readonly Certificate[];
  /** Undefined: this system has no bundle, so it is not judged against. */
  readonly systemAuthorities: readonly Certificate[] | undefined;
  readonly companions: readonly FileFacts[];
  readonly identity: ClientIdentity | undefined;
  readonly parse: (der: Uint8Array) => Certificate | Unreadable;
  readonly resolve: Resolve;
  readonly trace: TraceTarget | undefined;
  /** Stops what is under way; what was found until then is kept. */
  readonly signal: AbortSignal;
}

/** Certificates that one run remembers. A leaf is rarely seen again; intermediates are, and stay near the end. */
const REMEMBERED = 2000;

/** Reads each certificate once, as long as it is seen again soon enough. */
export function rememberingParser(most = REMEMBERED): CheckContext["parse"] {
  const known = new Map<string, Certificate | Unreadable>();
  return (der) => {
    // Latin-1 is the cheapest exact key: one byte a character. Chains of megabytes are not worth keeping.
    if (der.length > 16_384) return parseCertificate(der);
    const key = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString("latin1");
    // Copied: what is remembered must not keep a connection's buffers alive.
    const parsed = known.get(key) ?? parseCertificate(Uint8Array.from(der));
    known.delete(key);
    known.set(key, parsed);
    if (known.size > most) known.delete(known.keys().next().value!);
    return parsed;
  };
}
