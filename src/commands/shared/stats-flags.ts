/** Flags of `netkit stats URL` and `stats watch`: apart from the plan, since help and completion load them alone. */
import * as Flags from "@oclif/core/flags";
import { durationFlag, shown } from "./flag-types.ts";
import { requestFlags, tlsFlags } from "./request-flags.ts";

const { header, "basic-auth": basicAuth, bearer } = requestFlags;

export const liveFlags = {
  interval: durationFlag({ summary: "From one scrape to the next.", defaultHelp: shown("1s") }),
  filter: Flags.string({
    summary: "Only these: a word in the name, a shape like http_*, or label=value; may be repeated.",
    helpValue: "<filter>",
    multiple: true,
    multipleNonGreedy: true,
  }),
  all: Flags.boolean({ summary: "Show every series, also those that stood still." }),
  expect: Flags.string({
    summary: "What must hold, like 'request_seconds.p99<50ms' (see below); may be repeated.",
    helpValue: "<expectation>",
    multiple: true,
    multipleNonGreedy: true,
  }),
  timeout: durationFlag({ summary: "For each scrape.", defaultHelp: shown("10s") }),
  "unix-socket": Flags.string({
    summary: "Connect to this socket instead of the host.",
    helpValue: "<path>",
    helpGroup: "request",
  }),
  header,
  "basic-auth": basicAuth,
  bearer,
  ...tlsFlags,
};

/** For the descriptions of both commands. */
export const EXPECTATION_HELP = `Expectations decide the exit code: a metric, one of < <= > >= == !=, and a limit, over all series or [label=value] those of one label:
- NAME.rate, NAME.increase: of a counter, histogram or summary
- NAME.p99, NAME.mean: of a histogram, interpolated in its bucket; of a summary as it is told
- NAME: what a gauge or counter shows; NAME.min, NAME.mean, NAME.max: of a gauge`;
