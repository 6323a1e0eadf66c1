// A gigabyte each way through `netkit connect`, against the netcats that people use, plain and over
// TLS: not a byte lost or changed, and no more memory than for a kilobyte.
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect } from "vitest";
import {
  type Exchange,
  exchange,
  exchangeIn,
  type Netcat,
  randomFile,
  sha256Of,
} from "../support/netcats.ts";
import { peerTest } from "../support/peers.ts";
import { Folder } from "../support/program.ts";
import { type KeyPairFiles, selfSigned } from "../support/tls-servers.ts";

const GIBIBYTE = 1024 ** 3;
/** Node itself takes some 80 MB, with TLS more; a gigabyte that piled up would show. */
const MAX_MEMORY_KB = 300_000;

let folder: Folder;
let pair: KeyPairFiles;
let files: Exchange;
let digests: { readonly ours: string; readonly theirs: string };

beforeAll(async () => {
  folder = await Folder.create();
  pair = await selfSigned(folder, "p256");
  files = exchangeIn(folder);
  await randomFile(files.ours, GIBIBYTE);
  // Another length, so that one way ends before the other.
  await randomFile(files.theirs, GIBIBYTE + 12_345);
  digests = { ours: await sha256Of(files.ours), theirs: await sha256Of(files.theirs) };
}, 120_000);

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

describe("a gigabyte each way", () => {
  for (const netcat of ["socat", "ncat"] as const satisfies readonly Netcat[]) {
    for (const secured of [false, true]) {
      peerTest([netcat], `${netcat}${secured ? " over TLS" : ""}`, async () => {
        const carried = await exchange(netcat, files, secured ? pair : undefined);
        expect(carried).toMatchObject({ code: 0, stderr: "" });
        expect(await sha256Of(files.oursArrived)).toBe(digests.ours);
        expect(await sha256Of(files.theirsArrived)).toBe(digests.theirs);
        console.log(
          `${netcat}${secured ? " TLS" : ""}: ${Math.round(carried.peakMemoryKb / 1024)} MiB at most`,
        );
        expect(carried.peakMemoryKb).toBeLessThan(MAX_MEMORY_KB);
        await Promise.all([rm(files.oursArrived), rm(files.theirsArrived)]);
      });
    }
  }
});
