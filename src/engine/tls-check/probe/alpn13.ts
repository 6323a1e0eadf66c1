/**
 * ALPN names of a server that has nothing below TLS 1.3: they are in EncryptedExtensions, so that each answer
 * takes a key exchange. Cost: one connection for each name, one for the end.
 */
import { ALERT } from "../../../core/framing/tls/alerts.ts";
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import { parseAlpnChoice } from "../../../core/framing/tls/server-messages.ts";
import { Dimension } from "./dimension.ts";
import { enumerate, type Step } from "./enumeration.ts";
import { COMPUTABLE_GROUPS, makeKeyShare } from "./handshake/key-shares.ts";
import { type ModernOutcome, openModern } from "./handshake/modern-handshake.ts";
import { alertText, makeHello } from "./hello.ts";
import { ALPN_NAMES } from "./offers.ts";
import type { Prober } from "./prober.ts";
import { isRefusal } from "./verdict.ts";

export interface AlpnFacts {
  readonly alpn: readonly string[];
  readonly alpnComplete: boolean;
}

/** @param groups what the server takes, in its order */
export async function probeAlpn13(
  prober: Prober,
  suites: readonly number[],
  groups: readonly number[],
): Promise<AlpnFacts> {
  const group = groups.find((code) => COMPUTABLE_GROUPS.includes(code));
  const share = group === undefined ? undefined : makeKeyShare(group);
  if (share === undefined) return { alpn: [], alpnComplete: false };
  const names = new Dimension(
    ALPN_NAMES.map((_, index) => index),
    true,
  );
  await enumerate(names, [], async (offer) => {
    const spec = makeHello(prober, {
      version: "TLSv1.3",
      suites,
      groups: [share.group],
      alpn: offer(names).map((index) => ALPN_NAMES[index]!),
      keyShares: [{ group: share.group, key: share.publicKey }],
    });
    const outcome = await prober.exchange("TLSv1.3 ALPN", (link) =>
      openModern(link, { spec, shares: [share] }),
    );
    if (outcome.kind === "inconclusive") return { kind: "unclear", why: outcome.why };
    return stepOf(outcome.value, names);
  });
  return { alpn: names.found.map((index) => ALPN_NAMES[index]!), alpnComplete: names.complete };
}

function stepOf(outcome: ModernOutcome, names: Dimension): Step {
  switch (outcome.kind) {
    case "handshake": {
      const body = outcome.flight.extensions.get(EXTENSION.alpn);
      const choice = body === undefined ? undefined : parseAlpnChoice(body);
      const at = choice?.kind === "alpn" ? ALPN_NAMES.indexOf(choice.protocol) : -1;
      return { kind: "picked", values: new Map(at < 0 ? [] : [[names, at]]) };
    }
    case "alert": {
      if (!isRefusal(outcome)) return { kind: "unclear", why: alertText(outcome) };
      const named = outcome.description === ALERT.no_application_protocol;
      return { kind: "refused", how: alertText(outcome), blame: named ? names : undefined };
    }
    case "unsupported":
      return { kind: "unclear", why: outcome.why };
    case "violation":
      return { kind: "unclear", why: outcome.what };
  }
}
