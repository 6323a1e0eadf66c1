import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readInput } from "../../../src/commands/shared/read-input.ts";
import { checkWritable, writeFileAtomically } from "../../../src/commands/shared/write-file.ts";

describe("result files", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "netkit-out-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test("are replaced whole, and nothing else is left in the folder", async () => {
    const path = join(folder, "run.json");
    await writeFile(path, "old and longer");
    await writeFileAtomically(path, "new");
    expect(await readFile(path, "utf8")).toBe("new");
    expect(await readdir(folder)).toEqual(["run.json"]);
  });

  test("behind a symbolic link are replaced there, and keep their mode", async () => {
    const path = join(folder, "run.json");
    await writeFile(path, "old", { mode: 0o600 });
    await symlink("run.json", join(folder, "latest.json"));
    await writeFileAtomically(join(folder, "latest.json"), "new");
    expect(await readFile(path, "utf8")).toBe("new");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await lstat(join(folder, "latest.json"))).isSymbolicLink()).toBe(true);
  });

  test("a path that cannot be written is refused before the run, as a usage error", async () => {
    await expect(checkWritable(join(folder, "no", "run.json"))).rejects.toMatchObject({
      exitCode: 2,
      stage: "file",
      subject: join(folder, "no", "run.json"),
    });
    await mkdir(join(folder, "sub"));
    await expect(checkWritable(join(folder, "sub"))).rejects.toMatchObject({ why: "it is a directory" });
    await expect(checkWritable(join(folder, "run.json"))).resolves.toBeUndefined();
  });

  test("a failed write leaves no temporary file", async () => {
    await mkdir(join(folder, "sub"));
    await expect(writeFileAtomically(join(folder, "sub", "x", "run.json"), "new")).rejects.toMatchObject({
      exitCode: 2,
    });
    expect(await readdir(join(folder, "sub"))).toEqual([]);
  });

  test("a file that cannot be read says which and why", async () => {
    await expect(readInput(join(folder, "absent"))).rejects.toMatchObject({
      exitCode: 2,
      why: "no such file",
      message: `could not read ${join(folder, "absent")}`,
    });
  });
});
