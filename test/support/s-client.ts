// What `openssl s_client -starttls` says about a server, in the terms of tls-check: it knows nothing of our hellos, so
// it is a second opinion. Suites are found one handshake after the other: what was chosen is left out of the next offer.
import { X509Certificate } from "node:crypto";
import type { ProtocolVersion } from "../../src/engine/tls-check/facts.ts";
import type { Upgrade } from "../../src/engine/tls-check/plan.ts";
import { runProgram } from "./program.ts";

export interface SClientTarget {
  readonly port: number;
  readonly starttls: Exclude<Upgrade, "none">;
}

/** One handshake that came about. */
export interface SClientSession {
  readonly version: string;
  /** OpenSSL's name of it. */
  readonly suite: string;
  readonly leafSha256: string | undefined;
}

const OPTIONS = {
  "TLSv1.0": "-tls1",
  "TLSv1.1": "-tls1_1",
  "TLSv1.2": "-tls1_2",
  "TLSv1.3": "-tls1_3",
} as const;

export type SClientVersion = keyof typeof OPTIONS;

export const S_CLIENT_VERSIONS = Object.keys(OPTIONS) as readonly SClientVersion[];

const MODERN_SUITES = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_128_CCM_SHA256",
  "TLS_AES_128_CCM_8_SHA256",
];

/** Undefined when no handshake came about. */
export async function sClient(
  { port, starttls }: SClientTarget,
  args: readonly string[] = [],
): Promise<SClientSession | undefined> {
  const { output } = await runProgram("openssl", [
    ...["s_client", "-connect", `127.0.0.1:${port}`, "-starttls", starttls, "-xmpphost", "localhost"],
    ...args,
  ]);
  const suite = /^New, .*, Cipher is (\S+)$/m.exec(output)?.[1];
  if (suite === undefined || suite === "(NONE)") return undefined;
  // The line above names the version that a suite came with, not the one that was agreed on.
  const version = /^\s*Protocol *: (\S+)$/m.exec(output)?.[1] ?? "TLSv1.3";
  const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(output)?.[0];
  return {
    version: version === "TLSv1" ? "TLSv1.0" : version,
    suite,
    leafSha256:
      pem === undefined
        ? undefined
        : new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/** Suites that openssl knows and the server takes, as openssl calls them, in the order chosen; empty = not spoken. */
export async function sClientSuites(
  target: SClientTarget,
  version: SClientVersion & ProtocolVersion,
): Promise<readonly string[]> {
  const chosen: string[] = [];
  for (;;) {
    const session = await sClient(target, [OPTIONS[version], ...offer(version, chosen)]);
    if (session === undefined) return chosen;
    if (chosen.includes(session.suite)) throw new Error(`${session.suite} was chosen without being offered`);
    chosen.push(session.suite);
    if (version === "TLSv1.3" && chosen.length === MODERN_SUITES.length) return chosen;
  }
}

function offer(version: SClientVersion, chosen: readonly string[]): readonly string[] {
  if (version === "TLSv1.3") {
    return ["-ciphersuites", MODERN_SUITES.filter((suite) => !chosen.includes(suite)).join(":")];
  }
  const without = chosen.map((suite) => `!${suite}`);
  return ["-cipher", ["ALL", "COMPLEMENTOFALL", ...without, "@SECLEVEL=0"].join(":")];
}
