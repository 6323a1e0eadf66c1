/**
 * What a hello offers that is to become a whole TLS 1.3 handshake: suites and groups that can be computed
 * here, with a key share for the group that the server likes best, so that it need not ask again.
 */
import type { HelloExtension } from "../../../core/framing/tls/client-hello.ts";
import { canComplete } from "./handshake/cipher-spec.ts";
import { COMPUTABLE_GROUPS, type KeyShare, makeKeyShare } from "./handshake/key-shares.ts";
import type { ModernOffer } from "./handshake/modern-handshake.ts";
import { makeHello } from "./hello.ts";
import type { KnownServer } from "./known.ts";
import { suitesOf } from "./offers.ts";
import type { Prober } from "./prober.ts";

export interface ModernOfferOptions {
  /** Default: all. */
  readonly schemes?: readonly number[] | undefined;
  readonly suites?: readonly number[] | undefined;
  readonly extensions?: readonly HelloExtension[] | undefined;
}

/** Without knowledge of the server: what nearly every server has. */
const USUAL_SHARES = [0x001d, 0x0017];

/** Undefined when the server has no suite, or no group, that can be computed here. */
export function modernOffer(
  prober: Prober,
  known: KnownServer["modern"],
  options: ModernOfferOptions = {},
): ModernOffer | undefined {
  const suites = (options.suites ?? known?.suites ?? suitesOf("TLSv1.3")).filter(canComplete);
  const groups =
    known === undefined ? COMPUTABLE_GROUPS : known.groups.filter((code) => COMPUTABLE_GROUPS.includes(code));
  if (suites.length === 0 || groups.length === 0) return undefined;
  const shared = known === undefined ? USUAL_SHARES : groups.slice(0, 1);
  const shares = shared.map(makeKeyShare).filter((share): share is KeyShare => share !== undefined);
  const spec = makeHello(prober, {
    version: "TLSv1.3",
    suites,
    groups,
    schemes: options.schemes,
    extensions: options.extensions,
    keyShares: shares.map(({ group, publicKey }) => ({ group, key: publicKey })),
  });
  return { spec, shares };
}

/** Why `modernOffer` gave nothing. */
export const NOT_COMPUTABLE = "the server's TLS 1.3 groups or suites are none that this program can compute";
