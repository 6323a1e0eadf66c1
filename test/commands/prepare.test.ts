// What `npm install` in a checkout does, with the compiler and without it.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("npm install in a checkout", () => {
  let above = "";
  let folder = "";
  beforeEach(async () => {
    above = await mkdtemp(join(tmpdir(), "netkit-prepare-"));
    folder = join(above, "netkit");
    await mkdir(join(folder, "scripts"), { recursive: true });
    await copyFile(join(ROOT, "scripts", "prepare.js"), join(folder, "scripts", "prepare.js"));
    const build = "node -e \"require('fs').writeFileSync('built', '')\"";
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", scripts: { build } }));
  });
  afterEach(async () => {
    await rm(above, { recursive: true });
  });

  const installCompiler = async (place: string) => {
    const compiler = join(place, "node_modules", "typescript");
    await mkdir(compiler, { recursive: true });
    await writeFile(join(compiler, "package.json"), '{"name":"typescript"}');
  };
  const prepare = () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "scripts", "prepare.js")], {
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };

  test("runs that script", async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    expect(scripts.prepare).toBe("node scripts/prepare.js");
  });

  test("builds when the compiler is there", async () => {
    await installCompiler(folder);
    expect(prepare().status).toBe(0);
    expect(existsSync(join(folder, "built"))).toBe(true);
  });

  test("keeps a build that is there, and says nothing, when the compiler is not", async () => {
    await mkdir(join(folder, "dist", "commands"), { recursive: true });
    expect(prepare()).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(existsSync(join(folder, "built"))).toBe(false);
  });

  test("fails with what to do when there is neither, whatever stands in a folder above", async () => {
    await installCompiler(above);
    const { status, stderr } = prepare();
    expect(status).toBe(1);
    expect(stderr).toContain("typescript is not installed");
    expect(stderr).toContain("npm install --include=dev");
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
