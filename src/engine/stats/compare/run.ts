/** What a comparison reads of a `netkit.run/1` document; any such document has it. */
import type { EndpointResult, Interval, RunResult } from "../../../core/run-document.ts";

export type ComparedTotals = EndpointResult["totals"];

export interface ComparedRun extends Pick<RunResult, "startedAt" | "plan" | "environment" | "interrupted"> {
  readonly totals: ComparedTotals & Pick<RunResult["totals"], "timedOut" | "seconds">;
  readonly rate: Pick<RunResult["rate"], "achieved">;
  readonly latency: Pick<RunResult["latency"], "response">;
  readonly endpoints: readonly (Pick<EndpointResult, "name" | "totals"> & {
    readonly latency: Pick<EndpointResult["latency"], "response">;
  })[];
  readonly intervals: readonly Pick<Interval, "start" | "seconds" | "requests" | "failed" | "histogram">[];
  readonly quality: Pick<RunResult["quality"], "verdict">;
}

/** @typeParam Run as much of the document as is needed */
export interface NamedRun<Run = ComparedRun> {
  /** The file it came from. */
  readonly name: string;
  readonly run: Run;
}
