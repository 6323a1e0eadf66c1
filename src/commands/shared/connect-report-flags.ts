/** Flags of the files that a connect writes; light, as every start of the command loads them. */
import * as Flags from "@oclif/core/flags";

const file = (summary: string) => Flags.string({ summary, helpValue: "<file>", helpGroup: "output" });

export const connectReportFlags = {
  out: file("Write the result to this file (schema netkit.connect/1)."),
  report: file("Write a page of HTML that needs no other file."),
  csv: file("Write a line of CSV for each phase."),
  junit: file("Write JUnit XML: a case for each path and each expectation."),
  markdown: file("Write it for an issue or a pull request."),
};
