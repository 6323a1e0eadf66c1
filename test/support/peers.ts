// Tests that need a program of someone else's: skipped, visibly, where it is missing, and failed there when
// NETKIT_REQUIRE_PEERS=1 says that it has to be present (continuous integration).
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "vitest";

/** Whether an executable of that name is on PATH. */
export function hasProgram(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A test that runs when all of `programs` are installed. */
export function peerTest(
  programs: string | readonly string[],
  name: string,
  fn: () => void | Promise<void>,
  timeoutMs?: number,
): void {
  const missing = [programs].flat().filter((program) => !hasProgram(program));
  if (missing.length === 0) {
    test(name, timeoutMs === undefined ? {} : { timeout: timeoutMs }, fn);
    return;
  }
  const reason = `not installed: ${missing.join(", ")}`;
  if (process.env.NETKIT_REQUIRE_PEERS === "1") {
    test(name, () => {
      throw new Error(`NETKIT_REQUIRE_PEERS=1, and a program is ${reason}`);
    });
    return;
  }
  // The default reporter only counts skipped tests; this line says which, and why.
  console.warn(`skipped, ${reason}: ${name}`);
  test.skip(`${name} (${reason})`, fn);
}
