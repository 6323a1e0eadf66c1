// What sslscan says about a server, in the terms of tls-check.
import type { ProtocolVersion } from "../../src/engine/tls-check/facts.ts";
import { runProgram } from "./program.ts";

export interface SslscanReport {
  readonly versions: readonly ProtocolVersion[];
  /** Codes, in the order in which the server picked them. */
  readonly suites: ReadonlyMap<ProtocolVersion, readonly number[]>;
  readonly groups: ReadonlyMap<ProtocolVersion, readonly number[]>;
}

export async function sslscan(port: number, args: readonly string[] = []): Promise<SslscanReport> {
  const { output } = await runProgram(
    "sslscan",
    ["--xml=-", "--show-cipher-ids", "--no-heartbleed", "--sni-name=localhost", ...args, `127.0.0.1:${port}`],
    60_000,
  );
  const versions: ProtocolVersion[] = [];
  for (const [, type, version] of output.matchAll(/<protocol type="(\w+)" version="([\d.]+)" enabled="1"/g)) {
    versions.push((type === "ssl" ? `SSLv${version}` : `TLSv${version}`) as ProtocolVersion);
  }
  return {
    versions,
    suites: collect(output, /<cipher status="\w+" sslversion="([^"]+)"[^>]* id="0x([0-9A-Fa-f]+)"/g),
    groups: collect(output, /<group sslversion="([^"]+)"[^>]* id="0x([0-9A-Fa-f]+)"/g),
  };
}

function collect(xml: string, pattern: RegExp): Map<ProtocolVersion, number[]> {
  const found = new Map<ProtocolVersion, number[]>();
  for (const [, version, code] of xml.matchAll(pattern)) {
    const list = found.get(version as ProtocolVersion) ?? [];
    list.push(Number.parseInt(code!, 16));
    found.set(version as ProtocolVersion, list);
  }
  return found;
}
