// Builds after an install in a checkout. Without the compiler (`npm install --omit=dev`) a build that is there is kept;
// without both nothing would run, and the install says so.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const has = (path) => existsSync(new URL(`../${path}`, import.meta.url));

// Only the compiler of this checkout: one of a folder above may be of any version.
if (has("node_modules/typescript/package.json")) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  // npm is a script of another kind on each system: the shell finds it.
  process.exitCode = spawnSync("npm run build", { cwd: root, shell: true, stdio: "inherit" }).status ?? 1;
} else if (!has("dist/commands")) {
  console.error("netkit cannot be built: typescript is not installed, and there is no build in dist.");
  console.error("Install with the development dependencies: npm install --include=dev");
  process.exitCode = 1;
}
