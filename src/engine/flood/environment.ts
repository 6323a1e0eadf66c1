/**
 * The machine a run was made on, and what the process has used of it: two runs are comparable when these are
 * alike.
 */
import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import type { RunEnvironment } from "../../core/run-document.ts";

export function describeEnvironment(version: string): RunEnvironment {
  const cpus = os.cpus();
  return {
    netkit: version,
    node: process.version,
    platform: os.platform(),
    arch: os.arch(),
    cpus: os.availableParallelism(),
    cpuModel: cpus[0]?.model.trim() ?? "unknown",
    memoryBytes: os.totalmem(),
    hostname: os.hostname(),
  };
}

/** Open descriptors of this process and their soft limit; null where the system does not tell (not Linux). */
export function descriptorUse(): { used: number | null; limit: number | null } {
  try {
    const used = readdirSync("/proc/self/fd").length;
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return { used, limit: limit === undefined ? null : Number(limit) };
  } catch {
    return { used: null, limit: null };
  }
}

/** How many local ports the system gives out for outgoing connections; null where it does not tell. */
export function ephemeralPorts(): number | null {
  try {
    const range = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").trim().split(/\s+/);
    return Number(range[1]) - Number(range[0]) + 1;
  } catch {
    return null;
  }
}
