// A scan of one loopback port with the limits that tests want.

import type { AddressFacts } from "../../src/engine/tls-check/facts.ts";
import { certificateReaders } from "../../src/engine/tls-check/probe/readers.ts";
import { type ScanOptions, scanAddress } from "../../src/engine/tls-check/probe/scan-address.ts";

export const SCAN_LIMITS = {
  maxConnections: 400,
  concurrency: 6,
  ratePerSecond: undefined,
  timeoutMs: 5000,
  retries: 3,
} as const;

export function scanLocal(port: number, more: Partial<ScanOptions> = {}): Promise<AddressFacts> {
  return scanAddress({
    address: "127.0.0.1",
    family: 4,
    port,
    upgrade: "none",
    serverName: "localhost",
    limits: SCAN_LIMITS,
    signal: new AbortController().signal,
    scope: "full",
    intrusive: true,
    readers: certificateReaders,
    ...more,
  });
}
