// Writes oclif.manifest.json, so that an installed netkit knows its commands without loading them.
// `--remove` deletes it again: in a checkout it would hide every change of a flag.
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Plugin } from "@oclif/core";

const root = fileURLToPath(new URL("..", import.meta.url));
const file = fileURLToPath(new URL("../oclif.manifest.json", import.meta.url));

if (process.argv.includes("--remove")) {
  rmSync(file, { force: true });
} else {
  const plugin = new Plugin({
    root,
    type: "core",
    isRoot: true,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  });
  await plugin.load();
  writeFileSync(file, `${JSON.stringify(plugin.manifest, null, 2)}\n`);
  console.log(`oclif.manifest.json: ${Object.keys(plugin.manifest.commands).join(", ")}`);
}
