// Builds `dist` once before the suites that run the program as users do.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export default function build(): void {
  // Once for all projects of a run.
  if (process.env.NETKIT_TEST_BUILT !== undefined) return;
  process.env.NETKIT_TEST_BUILT = "1";
  const root = fileURLToPath(new URL("../..", import.meta.url));
  execFileSync(process.execPath, ["scripts/clean.js"], { cwd: root, stdio: "inherit" });
  const compiler = "node_modules/typescript/bin/tsc";
  execFileSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
}
