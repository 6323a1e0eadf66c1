// Suites of real servers against what testssl.sh finds out about the same ones, and the time that both take.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { AddressFacts } from "../../src/engine/tls-check/facts.ts";
import { peerTest } from "../support/peers.ts";
import { Folder, runProgram } from "../support/program.ts";
import { scanLocal } from "../support/tls-scan.ts";
import { nginx, type RunningServer, selfSigned, sServer } from "../support/tls-servers.ts";

/** `cipher-tls1_2_xc030` → `TLSv1.2 c030`. */
function named(id: string): string[] {
  const [, version, code] = /^cipher-(ssl3|tls1(?:_[123])?)_x([0-9a-f]+)$/.exec(id) ?? [];
  if (version === undefined || code === undefined) return [];
  const name = version === "ssl3" ? "SSLv3" : `TLSv${version.slice(3).replace("_", ".").padEnd(3, ".0")}`;
  return [`${name} ${code.padStart(4, "0")}`];
}

const QUIET = ["--quiet", "--warnings", "off", "--color", "0", "--nodns", "none"];

/** Suites by version. Its exit code counts its own troubles. */
async function testssl(folder: Folder, port: number): Promise<string[]> {
  const file = join(folder.path, "testssl.json");
  await runProgram("testssl", [...QUIET, "-E", "--jsonfile", file, `127.0.0.1:${port}`]).catch(
    () => undefined,
  );
  const found = JSON.parse(await readFile(file, "utf8")) as { readonly id: string }[];
  return found.flatMap(({ id }) => named(id)).sort();
}

function ours(facts: AddressFacts): string[] {
  return facts.protocols
    .filter(({ version }) => version !== "SSLv2")
    .flatMap(({ version, suites }) =>
      suites.map((code) => `${version} ${code.toString(16).padStart(4, "0")}`),
    )
    .sort();
}

const CASES: readonly [name: string, program: string, start: (folder: Folder) => Promise<RunningServer>][] = [
  [
    "nginx with TLS 1.2 and 1.3",
    "nginx",
    async (folder) => nginx(folder, [await selfSigned(folder, "rsa")], "ssl_protocols TLSv1.2 TLSv1.3;"),
  ],
  ["s_server with an ECDSA key", "openssl", async (folder) => sServer(await selfSigned(folder, "p256"))],
  [
    "s_server with 128 bits only",
    "openssl",
    async (folder) => sServer(await selfSigned(folder, "rsa"), ["-cipher", "AES128", "-tls1_2"]),
  ],
];

describe("testssl.sh and netkit", () => {
  for (const [name, program, start] of CASES) {
    peerTest(["testssl", "openssl", program], `find the same suites of ${name}`, async () => {
      await using folder = await Folder.create();
      await using server = await start(folder);
      const theirs = await testssl(folder, server.port);
      expect(ours(await scanLocal(server.port))).toEqual(theirs);
      expect(theirs.length).toBeGreaterThan(2);
    });
  }

  peerTest(
    ["testssl", "nginx", "openssl"],
    "look at everything; netkit in a twentieth of the time",
    async () => {
      await using folder = await Folder.create();
      await using server = await nginx(
        folder,
        [await selfSigned(folder, "rsa")],
        "ssl_protocols TLSv1.2 TLSv1.3;",
      );
      const before = performance.now();
      await runProgram("testssl", [...QUIET, `127.0.0.1:${server.port}`]).catch(() => undefined);
      const theirs = (performance.now() - before) / 1000;
      const { seconds, connections } = await scanLocal(server.port);
      console.log(
        `testssl.sh ${theirs.toFixed(1)} s; netkit ${seconds.toFixed(2)} s in ${connections} connections`,
      );
      expect(theirs).toBeGreaterThan(5);
      expect(theirs / seconds).toBeGreaterThanOrEqual(20);
    },
  );
});
