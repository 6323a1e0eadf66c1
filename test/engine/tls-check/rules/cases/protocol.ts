import {
  AT,
  endpoint,
  protocol,
  SUITE,
  speaking,
  TLS12,
  TLS13,
  UNKNOWN,
} from "../../../../support/tls-facts.ts";
import type { Cases } from "../contract.ts";

const OLD = [SUITE.ECDHE_RSA_AES128_CBC];

export const PROTOCOL_CASES: Cases = {
  "proto-sslv2": {
    finds: {
      "a server that answers SSLv2": { subject: speaking(protocol("SSLv2", [SUITE.SSL2_RC4_128]), TLS12) },
      "SSLv2 even without a cipher": { subject: speaking(protocol("SSLv2", []), TLS12) },
    },
    silent: {
      "a server that refuses it": speaking(TLS12, TLS13),
      "an address that was not reached": endpoint([
        { protocols: [], unreachable: { code: "NK_CONNECT_REFUSED", message: "refused", next: undefined } },
      ]),
    },
    open: { "a reset": speaking(protocol("SSLv2", UNKNOWN), TLS12) },
  },
  "proto-sslv3": {
    finds: { SSLv3: { subject: speaking(protocol("SSLv3", [SUITE.RSA_RC4_128_SHA])), severity: "high" } },
    silent: { "TLS alone": speaking(TLS12, TLS13) },
    open: { "a time-out": speaking(protocol("SSLv3", UNKNOWN)) },
  },
  "proto-tls10": {
    finds: { "TLS 1.0": { subject: speaking(protocol("TLSv1.0", OLD), TLS12) } },
    silent: { "TLS 1.2 and 1.3": speaking(TLS12, TLS13) },
    open: { "a reset": speaking(protocol("TLSv1.0", UNKNOWN), TLS12) },
  },
  "proto-tls11": {
    finds: { "TLS 1.1": { subject: speaking(protocol("TLSv1.1", OLD), TLS12) } },
    silent: { "TLS 1.2 and 1.3": speaking(TLS12, TLS13) },
    open: { "a reset": speaking(protocol("TLSv1.1", UNKNOWN), TLS12) },
  },
  "proto-no-tls12-or-13": {
    finds: { "a server that has only TLS 1.0": { subject: speaking(protocol("TLSv1.0", OLD)) } },
    silent: {
      "TLS 1.2 alone": speaking(TLS12),
      "TLS 1.3 alone": speaking(TLS13),
      "one version unknown and the other offered": speaking(protocol("TLSv1.2", UNKNOWN), TLS13),
      "a scan that did not ask": endpoint([{ protocols: [protocol("TLSv1.0", OLD)] }]),
    },
    open: {
      "TLS 1.2 refused and TLS 1.3 unknown": speaking(protocol("TLSv1.3", UNKNOWN)),
      "both unknown": speaking(protocol("TLSv1.2", UNKNOWN), protocol("TLSv1.3", UNKNOWN)),
    },
  },
  "proto-no-tls13": {
    finds: {
      "TLS 1.2 alone": { subject: speaking(TLS12), severity: "low" },
      "TLS 1.3 refused, whatever becomes of TLS 1.2": { subject: speaking(protocol("TLSv1.2", UNKNOWN)) },
    },
    silent: {
      "TLS 1.3": speaking(TLS12, TLS13),
      "a server without TLS 1.2 either, of which another rule speaks": speaking(protocol("TLSv1.0", OLD)),
      "a scan of certificates only": endpoint([{ protocols: [TLS12] }], {
        plan: { scope: "certificate-only", atMs: AT },
      }),
    },
    open: { "a reset": speaking(TLS12, protocol("TLSv1.3", UNKNOWN)) },
  },
};
