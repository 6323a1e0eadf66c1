/** What a raw listener does with bytes, told by its URL's path: `/echo` (or none), `/sink`, `/source`. */

const MODES = ["echo", "sink", "source"] as const;

export type RawMode = (typeof MODES)[number];

/** Undefined for a path that means nothing here. */
export function rawMode(path: string): RawMode | undefined {
  return path === "/" ? "echo" : MODES.find((mode) => path === `/${mode}`);
}
