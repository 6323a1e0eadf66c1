/**
 * What `netkit stats NAME` means: a file that exists wins, then what is written like an address, else it is a file
 * that is missing.
 *
 *     run.json  -  ./localhost        a file
 *     localhost:9090  [::1]:9090/m  :9090  http://…  10.0.0.1  localhost        a live endpoint
 */
import { stat } from "node:fs/promises";

export type StatsSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "endpoint"; readonly url: string };

/** The admin listener of `netkit serve`, and where Prometheus itself listens. */
export const DEFAULT_STATS_URL = "http://127.0.0.1:9090";

type Exists = (path: string) => Promise<boolean>;

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const HOST_AND_PORT = /^(?:\[[0-9a-f:.]+\]|[^\s/:@]*):\d{1,5}(?:[/?].*)?$/i;
const BARE_HOST = /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])(?:[/?].*)?$/i;

export async function statsSource(
  name: string | undefined,
  exists: Exists = fileExists,
): Promise<StatsSource> {
  if (name === undefined) return { kind: "endpoint", url: DEFAULT_STATS_URL };
  if (name === "-" || (await exists(name))) return { kind: "file", path: name };
  const isAddress = SCHEME.test(name) || HOST_AND_PORT.test(name) || BARE_HOST.test(name);
  return isAddress ? { kind: "endpoint", url: name } : { kind: "file", path: name };
}

/** Anything but a folder: a pipe of the shell is read like a file. */
async function fileExists(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
