// Tests that need a program of someone else's: skipped, visibly, where it is missing, and failed there when
// NETKIT_REQUIRE_PEERS=1 says that it has to be present (continuous integration).
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "vitest";

/** Debian keeps each version of PostgreSQL in a folder of its own, off PATH. */
const POSTGRES_FOLDER = "/usr/lib/postgresql";

/** A program, or one that is of use only to root. */
export type Peer = string | { readonly program: string; readonly needs: "root" };

/** PATH, then where servers are although only root's PATH says so, then the newest PostgreSQL. */
function searchPath(): readonly string[] {
  const onPath = (process.env.PATH ?? "").split(delimiter);
  return [...onPath, "/usr/local/sbin", "/usr/sbin", "/sbin", ...postgresFolders()];
}

function postgresFolders(): readonly string[] {
  try {
    const versions = readdirSync(POSTGRES_FOLDER).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(POSTGRES_FOLDER, version, "bin"));
  } catch {
    return [];
  }
}

/** Where the executable of that name is; undefined when it is not installed. */
export function programPath(name: string): string | undefined {
  return searchPath()
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Whether an executable of that name is installed. */
export function hasProgram(name: string): boolean {
  return programPath(name) !== undefined;
}

/** Why the peer cannot be had; undefined when it can. */
function lack(peer: Peer): string | undefined {
  const program = typeof peer === "string" ? peer : peer.program;
  if (!hasProgram(program)) return `not installed: ${program}`;
  if (typeof peer !== "string" && process.getuid?.() !== 0) return `only root can start ${program}`;
  return undefined;
}

/** A test that runs when all of `peers` can be had. */
export function peerTest(
  peers: Peer | readonly Peer[],
  name: string,
  fn: () => void | Promise<void>,
  timeoutMs?: number,
): void {
  const reasons = [peers].flat().map(lack);
  const lacking = reasons.filter((reason) => reason !== undefined);
  if (lacking.length === 0) {
    test(name, timeoutMs === undefined ? {} : { timeout: timeoutMs }, fn);
    return;
  }
  const reason = lacking.join("; ");
  if (process.env.NETKIT_REQUIRE_PEERS === "1") {
    test(name, () => {
      throw new Error(`NETKIT_REQUIRE_PEERS=1, and a peer is missing: ${reason}`);
    });
    return;
  }
  // The default reporter only counts skipped tests; this line says which, and why.
  console.warn(`skipped, ${reason}: ${name}`);
  test.skip(`${name} (${reason})`, fn);
}
