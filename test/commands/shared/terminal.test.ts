import { describe, expect, test } from "vitest";
import { describeTerminal, isContinuousIntegration } from "../../../src/commands/shared/terminal.ts";

const TTY = { isTTY: true, columns: 132 };

describe("what the terminal can show", () => {
  test("a pipe has 80 columns and no colour", () => {
    expect(describeTerminal({}, { TERM: "xterm-256color" })).toEqual({ width: 80, color: 0, isTTY: false });
  });

  test("a terminal has its own width, within bounds", () => {
    expect(describeTerminal(TTY, {}).width).toBe(132);
    expect(describeTerminal({ isTTY: true, columns: 20 }, {}).width).toBe(60);
    expect(describeTerminal({ isTTY: true, columns: 400 }, {}).width).toBe(160);
    expect(describeTerminal({ isTTY: true }, {}).width).toBe(80);
  });

  test("NO_COLOR takes colour away, FORCE_COLOR brings it back and wins", () => {
    expect(describeTerminal(TTY, { TERM: "xterm-256color" }).color).toBe(2);
    expect(describeTerminal(TTY, { COLORTERM: "truecolor" }).color).toBe(3);
    expect(describeTerminal(TTY, { TERM: "dumb" }).color).toBe(0);
    expect(describeTerminal(TTY, { NO_COLOR: "1" }).color).toBe(0);
    expect(describeTerminal(TTY, { NO_COLOR: "" }).color).toBe(1);
    expect(describeTerminal({}, { FORCE_COLOR: "3", NO_COLOR: "1" }).color).toBe(3);
    expect(describeTerminal({}, { FORCE_COLOR: "" }).color).toBe(1);
    expect(describeTerminal(TTY, { FORCE_COLOR: "0" }).color).toBe(0);
  });

  test("knows a CI log", () => {
    expect(isContinuousIntegration({ CI: "true" })).toBe(true);
    expect(isContinuousIntegration({ GITHUB_ACTIONS: "true" })).toBe(true);
    expect(isContinuousIntegration({ CI: "false" })).toBe(false);
    expect(isContinuousIntegration({})).toBe(false);
  });
});
