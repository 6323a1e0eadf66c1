import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTargets, targetLines } from "../../../src/engine/tls-check/targets.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "netkit-targets-"));
  await mkdir(join(folder, "certs", "old"), { recursive: true });
  await mkdir(join(folder, "empty"));
  for (const name of ["b.pem", "a.CRT", "readme.txt", "old/c.p12", "old/notes.md"]) {
    await writeFile(join(folder, "certs", name), "x");
  }
  await writeFile(join(folder, "example.com"), "x");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("words become targets", () => {
  test.each([
    ["https://a.example", "https://a.example:443", "a.example", 443, "none"],
    ["https://a.example:8443/path", "https://a.example:8443", "a.example", 8443, "none"],
    ["smtp://mail.example", "smtp://mail.example:25", "mail.example", 25, "smtp"],
    ["postgres://user:secret@db.example/x", "postgres://db.example:5432", "db.example", 5432, "postgres"],
    ["tls://a.example:1", "tls://a.example:1", "a.example", 1, "none"],
    ["a.example", "https://a.example:443", "a.example", 443, "none"],
    ["a.example:8443", "https://a.example:8443", "a.example", 8443, "none"],
  ])("%s is an endpoint", async (word, name, host, port, upgrade) => {
    expect(await readTargets([word])).toEqual([
      { kind: "endpoint", name, host, port, upgrade, serverName: host },
    ]);
  });

  test.each([["127.0.0.1:443"], ["https://[::1]:443"], ["::1"]])(
    "%s is an address, of which no name is asked",
    async (word) => {
      const [target] = await readTargets([word]);
      expect(target).toMatchObject({ kind: "endpoint", serverName: undefined, port: 443 });
    },
  );

  test("a name that is given replaces the host for SNI, everywhere", async () => {
    const targets = await readTargets(["127.0.0.1:443", "https://a.example"], "b.example");
    expect(targets.map((target) => target.kind === "endpoint" && target.serverName)).toEqual([
      "b.example",
      "b.example",
    ]);
  });

  test("what exists is a file, whatever it is called", async () => {
    const path = join(folder, "example.com");
    expect(await readTargets([path])).toEqual([{ kind: "file", name: path, path }]);
  });

  test("a folder stands for its certificate and key files, at any depth and in order", async () => {
    const targets = await readTargets([join(folder, "certs")]);
    expect(targets.map(({ name }) => name.slice(folder.length))).toEqual([
      "/certs/a.CRT",
      "/certs/b.pem",
      "/certs/old/c.p12",
    ]);
  });
});

describe("words that are no targets", () => {
  test.each([
    ["ftp2://a", "ftp2: is not a scheme netkit knows"],
    ["http://a.example", "http: is not a scheme that tls-check takes"],
    ["tls://a.example", "has no port"],
    ["missing.pem", "there is no file missing.pem"],
    ["./missing", "there is no file ./missing"],
    ["two words", "neither a file nor a host"],
  ])("%s is refused in words", async (word, message) => {
    await expect(readTargets([word])).rejects.toThrow(message);
    await expect(readTargets([word])).rejects.toMatchObject({ exitCode: 2 });
  });

  test("a folder without certificates says what it looked for", async () => {
    await expect(readTargets([join(folder, "empty")])).rejects.toMatchObject({
      exitCode: 2,
      why: expect.stringContaining(".pem"),
    });
  });
});

test("a list has a target a line, with comments and empty lines", () => {
  expect(targetLines("# all\r\na.example  # the first\n\n  https://b.example/#x\nc#d\n")).toEqual([
    "a.example",
    "https://b.example/#x",
    "c#d",
  ]);
});
