/** The version of this build, from package.json, which stands two levels above the compiled program. */
import { readFileSync } from "node:fs";

function readVersion(): string {
  const file = new URL("../../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return version;
}

export const VERSION = readVersion();
