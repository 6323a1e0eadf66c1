// Files whole and bounded, of whatever kind.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBoundedFile } from "../../src/core/read-file.ts";
import { Folder } from "../support/program.ts";

const OPTIONS = { maxBytes: 1000, what: "a certificate file" };

test("a regular file is read, up to the limit", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("a", "x".repeat(1000));
  expect((await readBoundedFile(path, OPTIONS)).length).toBe(1000);
  await folder.write("a", "x".repeat(1001));
  await expect(readBoundedFile(path, OPTIONS)).rejects.toMatchObject({ code: "NK_FILE_TOO_LARGE" });
  expect((await readBoundedFile("/proc/self/stat", OPTIONS)).length).toBeGreaterThan(0);
});

test("a pipe is read to its end, bounded too", async () => {
  await using folder = await Folder.create();
  const path = join(folder.path, "pipe");
  execFileSync("mkfifo", [path]);
  for (const [bytes, wanted] of [
    [900, 900],
    [5000, "NK_FILE_TOO_LARGE"],
  ] as const) {
    const writer = spawn("sh", ["-c", `head -c ${bytes} /dev/zero > '${path}'`]);
    // The reader must not be first: without a writer a pipe is empty.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const outcome = await readBoundedFile(path, OPTIONS).then(
      ({ length }) => length,
      (error: { code: string }) => error.code,
    );
    expect(outcome).toBe(wanted);
    writer.kill();
  }
});

test("a pipe that stays open, or has no writer, is left at an abort", async () => {
  await using folder = await Folder.create();
  const path = join(folder.path, "pipe");
  execFileSync("mkfifo", [path]);
  for (const command of ["exec sleep 20", `exec sleep 20 > '${path}'`]) {
    const writer = spawn("sh", ["-c", command]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const stop = new AbortController();
    const reading = readBoundedFile(path, { ...OPTIONS, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(reading).rejects.toThrow("enough");
    writer.kill();
  }
});

test("what has no end or no content is refused", async () => {
  await using folder = await Folder.create();
  mkdirSync(join(folder.path, "d"));
  await expect(readBoundedFile(join(folder.path, "d"), OPTIONS)).rejects.toMatchObject({
    why: "it is a folder",
  });
  await expect(readBoundedFile("/dev/zero", OPTIONS)).rejects.toMatchObject({ why: "it is a device" });
  await expect(readBoundedFile(join(folder.path, "none"), OPTIONS)).rejects.toMatchObject({
    code: "NK_FILE_READ",
  });
});
