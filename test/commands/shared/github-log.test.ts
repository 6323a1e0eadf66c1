// Text that quotes strangers gives GitHub's runner no orders.
import { expect, test } from "vitest";
import { withoutCommands } from "../../../src/commands/shared/github-log.ts";

const IN_ACTIONS = { GITHUB_ACTIONS: "true" };

test.each([
  ["::error title=x::y", ": :error title=x::y"],
  ["  ::stop-commands::x", "  : :stop-commands::x"],
  ["\u001b[31m::set-output::x", "\u001b[31m: :set-output::x"],
  ["a ##[command]b", "a ## [command]b"],
  ["one\n::two", "one\n: :two"],
  ["::1 is an address", ": :1 is an address"],
  ["at ::1, port 80", "at ::1, port 80"],
])("%j", (text, harmless) => {
  expect(withoutCommands(text, IN_ACTIONS)).toBe(harmless);
  expect(withoutCommands(text, {})).toBe(text);
});
