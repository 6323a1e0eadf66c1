/**
 * Whether runs may be compared at all: the same load on the same kind of machine. What differs is named. A difference
 * of the plan or the machine refuses; what may differ between two honest runs (host, versions) is only noted.
 */
import { NetkitError } from "../../../core/errors.ts";
import type { ComparedRun, NamedRun } from "./run.ts";

export interface Unlike {
  /** `plan.rate`, `environment.cpuModel`, `quality` … */
  readonly field: string;
  /** Values found, the first run's first, and the first run that has each. */
  readonly values: readonly { readonly value: string; readonly run: string }[];
  readonly refuses: boolean;
}

type Reader = (run: ComparedRun) => unknown;

/** Of a URL what is asked for: the candidate may well listen on another host or port. */
function withoutOrigin(url: string): string {
  const found = /^([a-z0-9+.-]+:)\/\/[^/?#]*(.*)$/i.exec(url);
  return found === null ? url : `${found[1]}//…${found[2] === "" ? "/" : found[2]}`;
}

function origins(urls: readonly string[]): string {
  return [...new Set(urls.map((url) => /^[a-z0-9+.-]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? url))].join(", ");
}

const REFUSING: Readonly<Record<string, Reader>> = {
  "plan.urls": ({ plan }) => plan.urls.map(withoutOrigin).join(", "),
  "plan.protocol": ({ plan }) => plan.protocol,
  "plan.method": ({ plan }) => plan.method,
  "plan.headers": ({ plan }) => plan.headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`).sort(),
  "plan.bodyBytes": ({ plan }) => plan.bodyBytes,
  "plan.rows": ({ plan }) => plan.rows ?? 1,
  "plan.load": ({ plan }) => plan.load,
  "plan.rate": ({ plan }) => plan.rate,
  "plan.arrival": ({ plan }) => plan.arrival,
  "plan.durationSeconds": ({ plan }) => plan.durationSeconds,
  "plan.requests": ({ plan }) => plan.requests,
  "plan.connections": ({ plan }) => plan.connections,
  "plan.depth": ({ plan }) => plan.depth,
  "plan.threads": ({ plan }) => plan.threads,
  "plan.warmupSeconds": ({ plan }) => plan.warmupSeconds,
  "plan.timeoutMs": ({ plan }) => plan.timeoutMs,
  "plan.way": ({ plan }) => plan.way ?? "",
  "plan.newConnection": ({ plan }) => plan.newConnection,
  "plan.requestsPerConnection": ({ plan }) => plan.requestsPerConnection ?? null,
  "plan.connectRate": ({ plan }) => plan.connectRate ?? null,
  "plan.insecure": ({ plan }) => plan.insecure,
  "environment.platform": ({ environment }) => environment.platform,
  "environment.arch": ({ environment }) => environment.arch,
  "environment.cpus": ({ environment }) => environment.cpus,
  "environment.cpuModel": ({ environment }) => environment.cpuModel,
};

const NOTED: Readonly<Record<string, Reader>> = {
  "plan.origin": ({ plan }) => origins(plan.urls),
  "environment.hostname": ({ environment }) => environment.hostname,
  "environment.memory": ({ environment }) => `${Math.round(environment.memoryBytes / 2 ** 30)} GiB`,
  "environment.node": ({ environment }) => environment.node,
  "environment.netkit": ({ environment }) => environment.netkit,
  interrupted: ({ interrupted }) => interrupted,
};

/** Equal for runs that may be compared: what a series of runs is made of. */
export function likenessKey(run: ComparedRun): string {
  return JSON.stringify(Object.values(REFUSING).map((read) => read(run)));
}

/** In the order of the document; refusing ones first. Empty when all are alike. */
export function unlikeFields(runs: readonly NamedRun[]): Unlike[] {
  const found: Unlike[] = [];
  for (const [readers, refuses] of [
    [REFUSING, true],
    [NOTED, false],
  ] as const) {
    for (const [field, read] of Object.entries(readers)) {
      const values = distinct(runs, read);
      if (values.length > 1) found.push({ field, values, refuses });
    }
  }
  const invalid = runs.filter(({ run }) => run.quality.verdict === "invalid");
  if (invalid.length > 0) {
    const values = invalid.map(({ name }) => ({ value: "invalid", run: name }));
    found.unshift({ field: "quality", values, refuses: true });
  }
  return found;
}

function distinct(runs: readonly NamedRun[], read: Reader): Unlike["values"] {
  const byText = new Map<string, string>();
  for (const { name, run } of runs) {
    const value = read(run);
    const text = Array.isArray(value) ? value.join("; ") || "none" : value === null ? "none" : String(value);
    if (!byText.has(text)) byText.set(text, name);
  }
  return [...byText].map(([value, run]) => ({ value, run }));
}

/** @throws NetkitError `NK_RUNS_UNLIKE`, stage file, that names what differs. */
export function refuseUnlike(unlike: readonly Unlike[]): void {
  const refusing = unlike.filter(({ refuses }) => refuses);
  if (refusing.length === 0) return;
  const why = refusing.map(({ field, values }) =>
    field === "quality"
      ? `the generator was the limit in ${values.map(({ run }) => run).join(", ")}`
      : `${field} is ${values.map(({ value, run }) => `${value} in ${run}`).join(" and ")}`,
  );
  throw new NetkitError("file", "NK_RUNS_UNLIKE", "these runs cannot be compared", {
    subject: refusing.map(({ field }) => field).join(", "),
    why: why.join("; "),
    next: "run both sides with the same plan on the same kind of machine, or compare them all the same with --force",
  });
}
