/** How a connect is read, whatever it is rendered as: its verdict in words, its phases by name, whether it failed a build. */
import { formatMicros, formatShare, groupThousands } from "../../core/units.ts";
import type {
  ConnectResult,
  Layer,
  PathResult,
  PathVerdict,
  PhaseName,
  RepeatResult,
} from "../../engine/connect/result.ts";
import { plural } from "../run-reading.ts";

const LAYER_WORDS: Readonly<Partial<Record<Layer, string>>> = {
  "tls-trust": "TLS trust",
  "tls-name": "TLS name",
  "tls-version": "TLS version",
  tls: "TLS",
};

/** `TLS name: the certificate is for another host`. */
export function verdictWords({ layer, title }: PathVerdict): string {
  return layer === null ? title : `${LAYER_WORDS[layer] ?? layer}: ${title}`;
}

/** What the exit code says too: the verdict, or before it the expectations that are broken. */
export function headline(result: ConnectResult): { readonly outcome: Outcome; readonly text: string } {
  const { verdict, expectations } = result;
  const broken = expectations.filter(({ holds }) => !holds).length;
  const words = verdictWords(verdict);
  if (broken === 0 || verdict.outcome === "failed" || verdict.outcome === "interrupted") {
    return { outcome: verdict.outcome, text: words };
  }
  return {
    outcome: "failed",
    text: `${broken} of ${plural(expectations.length, "expectation")} broken; ${words}`,
  };
}

type Outcome = PathVerdict["outcome"];

/** As people call them, in the order of a path. */
export const PHASE_LABELS: Readonly<Record<PhaseName, string>> = {
  dns: "name",
  connect: "TCP",
  proxy: "proxy",
  greeting: "greeting",
  upgrade: "STARTTLS",
  tls: "TLS",
  request: "request",
  firstByte: "first byte",
  transfer: "transfer",
};

/** Of one path its address or way; else what was asked for. */
export function pathName(path: PathResult, { url }: Pick<ConnectResult, "url">): string {
  return path.label ?? url;
}

export const REPEAT_COLUMNS = ["min", "mean", "p50", "p90", "p99", "max"] as const;

/** Each phase of a repetition, the total last. */
export function repeatRows(
  repeat: RepeatResult,
): readonly (readonly [PhaseName | "total", RepeatResult["total"]])[] {
  const entries = Object.entries(repeat.phases) as [PhaseName, RepeatResult["total"]][];
  return [...entries, ["total", repeat.total]];
}

export function phaseLabel(name: PhaseName | "total"): string {
  return name === "total" ? name : PHASE_LABELS[name];
}

export function repeatWords({ sent, succeeded, loss, jitterUs }: RepeatResult): string {
  return [
    `${groupThousands(succeeded)} of ${groupThousands(sent)} answered`,
    `${formatShare(loss)} lost`,
    ...(jitterUs === null ? [] : [`jitter ${formatMicros(jitterUs)}`]),
  ].join(", ");
}
