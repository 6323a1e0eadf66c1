/** Flags of the reports of a comparison: what `stats compare` and `stats ab` can write besides their document. */
import * as Flags from "@oclif/core/flags";

export const compareReportFlags = {
  report: Flags.string({
    summary: "Write a page of HTML that needs no other file.",
    helpValue: "<file>",
    helpGroup: "output",
  }),
  csv: Flags.string({
    summary: "Write a line of CSV for each metric.",
    helpValue: "<file>",
    helpGroup: "output",
  }),
  junit: Flags.string({
    summary: "Write JUnit XML: a case for each metric.",
    helpValue: "<file>",
    helpGroup: "output",
  }),
  markdown: Flags.string({
    summary: "Write it for a pull request.",
    helpValue: "<file>",
    helpGroup: "output",
  }),
};

/** A split of one side into two compares nothing that a report could show. */
export const NOT_OF_AA = [
  ["aa", "report"],
  ["aa", "csv"],
  ["aa", "junit"],
  ["aa", "markdown"],
];
