import type { FeatureFacts } from "../../../../../src/engine/tls-check/facts.ts";
import type { Severity, Subject } from "../../../../../src/engine/tls-check/rules/rule.ts";
import {
  certificate,
  chain,
  chainOf,
  endpoint,
  features,
  featuring,
  OFFERED,
  protocol,
  protocols,
  REFUSED,
  SUITE,
  served,
  serving,
  sessions,
  speaking,
  TLS12,
  TLS13,
  UNKNOWN,
} from "../../../../support/tls-facts.ts";
import type { Cases, RuleCases } from "../contract.ts";

const SOUND = endpoint();
const NO_FEATURES = endpoint([{ features: undefined, sessions: undefined }]);
const UNREACHED = { code: "NK_CONNECT_TIMEOUT", message: "no answer", next: undefined };

/** A capability that is missed when the server refuses it. */
function missed(
  name: keyof FeatureFacts,
  severity: Severity,
  more: Readonly<Record<string, Subject>> = {},
): RuleCases {
  return {
    finds: { "a refusal": { subject: featuring({ [name]: REFUSED }), severity } },
    silent: { "a server that has it": SOUND, "a scan without features": NO_FEATURES, ...more },
    open: { "a reset": featuring({ [name]: UNKNOWN }) },
  };
}

const cbc = (answer: FeatureFacts["encryptThenMac"]): Subject =>
  endpoint([
    {
      protocols: protocols(protocol("TLSv1.2", [SUITE.ECDHE_RSA_AES128_CBC, ...TLS12.suites]), TLS13),
      features: features({ encryptThenMac: answer }),
    },
  ]);

const two = protocols(protocol("TLSv1.1", [SUITE.RSA_AES128_CBC]), TLS12, TLS13);
const three = protocols(protocol("SSLv3", [SUITE.RSA_3DES]), TLS12);
const only13 = (overrides: Partial<FeatureFacts>): Subject =>
  endpoint([{ protocols: protocols(TLS13), features: features(overrides) }]);

const RESPONDER = chainOf({ ocspUrls: ["http://ocsp.example/"] });
const stapling = (answer: FeatureFacts["stapling"], one = RESPONDER): Subject =>
  endpoint([{ features: features({ stapling: answer }) }], { chains: [one] });

const leaf = certificate();
const sameChains = [served({ certificates: [leaf] })];

export const FEATURE_CASES: Cases = {
  compression: {
    finds: {
      "a server that compresses": { subject: featuring({ compression: OFFERED }), severity: "medium" },
    },
    silent: { "no compression": SOUND, "a scan without features": NO_FEATURES },
    open: { "a reset": featuring({ compression: UNKNOWN }) },
  },
  "renegotiation-insecure": {
    finds: {
      "no RFC 5746": {
        subject: featuring({ secureRenegotiation: REFUSED }),
        severity: "medium",
        status: "exposure",
      },
      "no RFC 5746, and a renegotiation that worked": {
        subject: featuring({ secureRenegotiation: REFUSED, clientRenegotiation: OFFERED }),
        severity: "high",
        status: "vulnerable",
      },
    },
    silent: { "RFC 5746": SOUND, "a server of TLS 1.3 alone": only13({ secureRenegotiation: REFUSED }) },
    open: { "a reset": featuring({ secureRenegotiation: UNKNOWN }) },
  },
  "renegotiation-client": {
    finds: {
      "renegotiation at the client's wish": {
        subject: featuring({ clientRenegotiation: OFFERED }),
        severity: "low",
      },
    },
    silent: { "a server that refuses": SOUND },
    open: { "a reset": featuring({ clientRenegotiation: UNKNOWN }) },
  },
  "fallback-scsv": {
    finds: {
      "two versions up to TLS 1.2": {
        subject: endpoint([{ protocols: two, features: features({ fallbackScsv: REFUSED }) }]),
        severity: "low",
      },
      "SSLv3 among them": {
        subject: endpoint([{ protocols: three, features: features({ fallbackScsv: REFUSED }) }]),
        severity: "medium",
      },
    },
    silent: {
      "TLS 1.2 and 1.3, which guard themselves": featuring({ fallbackScsv: REFUSED }),
      "a server that honours it": endpoint([{ protocols: two }]),
    },
    open: { "a reset": endpoint([{ protocols: two, features: features({ fallbackScsv: UNKNOWN }) }]) },
  },
  "downgrade-sentinel": missed("downgradeSentinel", "medium", {
    "a server of TLS 1.3 alone": only13({ downgradeSentinel: REFUSED }),
    "a server without TLS 1.3": endpoint([
      { protocols: protocols(TLS12), features: features({ downgradeSentinel: REFUSED }) },
    ]),
  }),
  "extended-master-secret-missing": missed("extendedMasterSecret", "low", {
    "a server of TLS 1.3 alone": only13({ extendedMasterSecret: REFUSED }),
  }),
  "encrypt-then-mac-missing": {
    finds: { "CBC without it": { subject: cbc(REFUSED), severity: "info", status: "note" } },
    silent: { "CBC with it": cbc(OFFERED), "AEAD without it": featuring({ encryptThenMac: REFUSED }) },
    open: { "a reset": cbc(UNKNOWN) },
  },
  "stapling-missing": {
    finds: { "a responder and no response": { subject: stapling(REFUSED), severity: "info" } },
    silent: {
      "a stapled response": stapling(OFFERED),
      "an authority without a responder": stapling(REFUSED, chain()),
      "must-staple, of which another rule speaks": stapling(
        REFUSED,
        chainOf({ ocspUrls: ["http://o/"], mustStaple: true }),
      ),
    },
    open: { "a reset": stapling(UNKNOWN) },
  },
  "early-data": {
    finds: {
      "early data": {
        subject: endpoint([{ sessions: sessions({ earlyData: OFFERED, maxEarlyDataBytes: 16_384 }) }]),
        status: "exposure",
        severity: "low",
      },
    },
    silent: { none: SOUND, "a scan without sessions": NO_FEATURES },
    open: { "a reset": endpoint([{ sessions: sessions({ earlyData: UNKNOWN }) }]) },
  },
  "session-ticket-lifetime": {
    finds: {
      "tickets of two days in TLS 1.2": {
        subject: endpoint([{ sessions: sessions({ ticketLifetimeSeconds: 172_800 }) }]),
        says: "a day",
      },
      "tickets of eight days in TLS 1.3": {
        subject: endpoint([{ sessions: sessions({ pskLifetimeSeconds: 691_200 }) }]),
        says: "seven days",
      },
    },
    silent: {
      "five minutes": SOUND,
      "exactly the limits": endpoint([
        { sessions: sessions({ ticketLifetimeSeconds: 86_400, pskLifetimeSeconds: 604_800 }) },
      ]),
      "no tickets": endpoint([
        { sessions: sessions({ ticketLifetimeSeconds: undefined, pskLifetimeSeconds: undefined }) },
      ]),
    },
  },
  "grease-intolerant": missed("greaseTolerant", "medium"),
  "long-hello-intolerant": missed("longHelloTolerant", "medium"),
  "version-intolerant": missed("versionTolerant", "medium"),
  "sni-required": missed("withoutSni", "info"),
  "sni-unknown-name": missed("unknownSni", "info"),
  "client-certificate": {
    finds: {
      "a certificate that is required": {
        subject: featuring({ clientCertificate: "required", clientAuthorities: ["CN=Clients"] }),
        says: "is required",
      },
      "a certificate that is asked for": {
        subject: featuring({ clientCertificate: "requested" }),
        says: "goes on without one",
      },
    },
    silent: { none: SOUND, "a scan without features": NO_FEATURES },
    open: { "a handshake that did not come far enough": featuring({ clientCertificate: "unknown" }) },
  },
  "endpoint-drift": {
    finds: {
      "a node with an old version": {
        subject: endpoint([
          {},
          {
            address: "192.0.2.2",
            protocols: protocols(protocol("TLSv1.0", [SUITE.RSA_AES128_CBC]), TLS12, TLS13),
          },
        ]),
        says: "versions",
        count: 2,
      },
      "a node with another certificate": {
        subject: endpoint([
          { chains: sameChains },
          { address: "192.0.2.2", chains: [served({ certificates: [certificate()] })] },
        ]),
        says: "the chain",
      },
    },
    silent: {
      "one address": endpoint([{ chains: sameChains }]),
      "two that are alike": endpoint([{ chains: sameChains }, { address: "192.0.2.2", chains: sameChains }]),
      "one that could not be seen in full": endpoint([
        {},
        { address: "192.0.2.2", protocols: protocols(protocol("TLSv1.0", UNKNOWN), TLS12, TLS13) },
      ]),
      "one that was not reached": endpoint([
        {},
        { address: "192.0.2.2", protocols: [], unreachable: UNREACHED },
      ]),
    },
  },
  "endpoint-inconclusive": {
    finds: {},
    silent: {
      "a scan that found everything out": SOUND,
      "groups of a version that is not spoken": endpoint([
        { protocols: protocols(TLS12), groups13: { codes: [], complete: false, preference: "unknown" } },
      ]),
      "a file": serving(),
    },
    open: {
      "a version": speaking(protocol("TLSv1.1", UNKNOWN), TLS12),
      "a list cut short": speaking(protocol("TLSv1.2", TLS12.suites, { complete: false })),
      "a feature": featuring({ stapling: UNKNOWN }),
      "an address that was not reached": endpoint([{ unreachable: UNREACHED, protocols: [] }]),
      "a note of the scan": endpoint([{}], { notes: ["the time for the endpoint was spent"] }),
    },
  },
};
