import { execFileSync } from "node:child_process";
import {
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
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

  test("behind a link to a file that is not there yet are made there", async () => {
    await mkdir(join(folder, "runs"));
    await symlink(join("runs", "1.json"), join(folder, "latest.json"));
    await checkWritable(join(folder, "latest.json"));
    await writeFileAtomically(join(folder, "latest.json"), "new");
    expect(await readFile(join(folder, "runs", "1.json"), "utf8")).toBe("new");
    expect(await readdir(join(folder, "runs"))).toEqual(["1.json"]);
    expect((await lstat(join(folder, "latest.json"))).isSymbolicLink()).toBe(true);
  });

  test("behind a link that leads through a linked folder are found where the system finds them", async () => {
    await mkdir(join(folder, "a", "b"), { recursive: true });
    await symlink(join("a", "b"), join(folder, "short"));
    await symlink(join("..", "run.json"), join(folder, "a", "b", "latest.json"));
    await writeFileAtomically(join(folder, "short", "latest.json"), "new");
    expect(await readFile(join(folder, "a", "run.json"), "utf8")).toBe("new");
    expect((await readdir(folder)).sort()).toEqual(["a", "short"]);
  });

  test("links that lead in a circle are refused", async () => {
    await symlink("two", join(folder, "one"));
    await symlink("one", join(folder, "two"));
    await expect(checkWritable(join(folder, "one"))).rejects.toMatchObject({ exitCode: 2 });
    await expect(writeFileAtomically(join(folder, "one"), "new")).rejects.toMatchObject({ exitCode: 2 });
    expect((await lstat(join(folder, "one"))).isSymbolicLink()).toBe(true);
  });

  test("go through a named pipe, which stays one", async () => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    await checkWritable(path);
    const read = readFile(path, "utf8");
    const text = "x".repeat(200_000);
    await writeFileAtomically(path, text);
    expect(await read).toBe(text);
    expect((await lstat(path)).isFIFO()).toBe(true);
    expect(await readdir(folder)).toEqual(["pipe"]);
  });

  test("go to a device, which stays one", async () => {
    await checkWritable("/dev/null");
    await writeFileAtomically("/dev/null", "new");
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
  });

  test.each([
    ["/dev/stdout", "stdout"],
    ["/dev/fd/1", "stdout"],
    ["/proc/self/fd/2", "stderr"],
    ["/dev/stderr", "stderr"],
  ] as const)("to %s go to the stream itself", async (path, name) => {
    const link = join(folder, "log");
    await symlink(path, link);
    const write = vi.spyOn(process[name], "write").mockImplementation(((_text: string, done: () => void) => {
      done();
      return true;
    }) as never);
    try {
      for (const asked of [path, link]) {
        await checkWritable(asked);
        await writeFileAtomically(asked, "new");
      }
      expect(write.mock.calls.map(([text]) => text)).toEqual(["new", "new"]);
    } finally {
      write.mockRestore();
    }
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
  });

  test("to an open descriptor are added where it stands", async () => {
    const path = join(folder, "log");
    await using file = await open(path, "w");
    await file.write("before ");
    await writeFileAtomically(`/dev/fd/${file.fd}`, "result ");
    await file.write("after");
    expect(await readFile(path, "utf8")).toBe("before result after");
    expect(await readdir(folder)).toEqual(["log"]);
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
