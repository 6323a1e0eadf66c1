import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import { renderError } from "../../../src/report/text/error.ts";

describe("an error for people", () => {
  test("says what failed, on what, why, and what to try", () => {
    const error = new NetkitError("usage", "NK_USAGE", '"10" is not a duration', {
      subject: "--duration",
      why: "a number needs its unit",
      next: "write it like 250ms, 10s or 1m30s",
    });
    expect(renderError(error, "netkit flood", { width: 80, color: 0 })).toBe(
      [
        'netkit flood: "10" is not a duration',
        "   on  --duration",
        "  why  a number needs its unit",
        "  try  write it like 250ms, 10s or 1m30s",
        "",
      ].join("\n"),
    );
  });

  test("does not repeat a subject that the message names, and leaves out what is unknown", () => {
    const error = new NetkitError("file", "NK_FILE_READ", "could not read a.pem", { subject: "a.pem" });
    expect(renderError(error, "netkit", { width: 80, color: 0 })).toBe("netkit: could not read a.pem\n");
  });

  test("wraps long text under itself", () => {
    const error = new NetkitError("connect", "NK_X", "m", { why: "word ".repeat(40) });
    const lines = renderError(error, "netkit", { width: 40, color: 0 }).trimEnd().split("\n");
    expect(lines[1]).toMatch(/^ {2}why {2}word/);
    expect(lines.slice(2).every((line) => /^ {7}word/.test(line) && line.length <= 40)).toBe(true);
  });
});
