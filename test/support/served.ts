// What a running `serve` tells of itself, and requests to it.
import { readFileSync } from "node:fs";
import type { ServeStats } from "../../src/engine/serve/stats.ts";
import type { Running, serve } from "./netkit.ts";

export type Served = Awaited<ReturnType<typeof serve>>;

export async function stats({ ready }: Served): Promise<ServeStats> {
  const answer = await fetch(`${ready.admin!.url}/stats`);
  return (await answer.json()) as ServeStats;
}

export async function metrics({ ready }: Served): Promise<string> {
  return await (await fetch(`${ready.admin!.url}/metrics`)).text();
}

/** Value of one line of the Prometheus text; undefined when it is not there. */
export function sample(text: string, series: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** Resident memory of a process as the kernel counts it, in bytes. Linux only. */
export function residentBytes({ process: { pid } }: Running): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

/** What `serve` said last: the drain report. */
export function lastLine({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  return (stderr.trimEnd() || stdout.trimEnd()).split("\n").at(-1)!.trim();
}
