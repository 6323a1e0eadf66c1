/**
 * A connect's result for people: name, race, waterfall, what stands there, and the conclusion, which stays in
 * view. Fits the width that it is given, from 60 columns.
 */
import type { ConnectResult, PathResult } from "../../../engine/connect/result.ts";
import { expectationsSection } from "../../text/flood-verdict.ts";
import { type Palette, paletteOf, printable, type TextOptions, truncate } from "../../text/style.ts";
import { conclusionSection } from "./conclusion.ts";
import { factsSection } from "./facts.ts";
import { gainsSection, matrixSection } from "./matrix.ts";
import { repetitionSection } from "./repetition.ts";
import { waterfall } from "./waterfall.ts";
import { raceSection, resolutionSection } from "./way.ts";

export function renderConnect(result: ConnectResult, options: TextOptions): string {
  const palette = paletteOf(options);
  const { width } = options;
  const blocks = [
    [` ${palette.title("netkit connect")}  ${palette.label(truncate(printable(result.url), width - 18))}`],
    ...body(result, palette, width),
    expectationsSection(result, palette, width),
    conclusionSection(result.verdict, palette, width),
  ].filter((lines) => lines.length > 0);
  const text = blocks.map((lines) => lines.map((line) => line.trimEnd()).join("\n")).join("\n\n");
  return `\n${text}\n`;
}

function body(result: ConnectResult, palette: Palette, width: number): string[][] {
  const [first] = result.paths;
  if (result.repeat !== null) return [repetitionSection(result.repeat, palette, width)];
  if (first === undefined) return [];
  switch (result.mode) {
    case "all-addresses":
      return [
        resolutionSection(first, palette, width),
        matrixSection("address", result.paths, palette, width),
      ];
    case "compare":
      return [
        matrixSection("way", result.paths, palette, width),
        gainsSection(result.paths, palette, width),
        factsSection(first, palette, width),
      ];
    default:
      return pathBlocks(first, palette, width);
  }
}

function pathBlocks(path: PathResult, palette: Palette, width: number): string[][] {
  return [
    resolutionSection(path, palette, width),
    raceSection(path, palette, width),
    waterfall(path, palette, width),
    factsSection(path, palette, width),
  ];
}
