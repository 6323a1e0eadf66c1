/** Every output format of a run. A new format is one file and one line here. */
import type { RunFormat } from "./format.ts";
import { renderJsonFile } from "./json.ts";
import { renderFlood } from "./text/flood.ts";

const text = {
  id: "text",
  render: renderFlood,
} as const satisfies RunFormat;

const json = {
  id: "json",
  render: renderJsonFile,
} as const satisfies RunFormat;

export const RUN_FORMATS = [text, json] as const;

export type RunFormatId = (typeof RUN_FORMATS)[number]["id"];

export function runFormat(id: RunFormatId): RunFormat {
  return RUN_FORMATS.find((format) => format.id === id)!;
}
