// Other netcats, listening: one connection, a file to the peer and what the peer sends to another file. And a pipe of
// ours to them, both ways at once, to be held against the digests of what was given.
import { spawn } from "node:child_process";
import { createHash, randomFillSync } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BIN } from "./netkit.ts";
import { type Folder, freePort } from "./program.ts";
import type { KeyPairFiles } from "./tls-servers.ts";

export type Netcat = "socat" | "ncat";

interface Listening {
  readonly port: number;
  /** Resolves when it has ended. */
  readonly done: Promise<unknown>;
}

const LISTENS = { socat: /listening on/, ncat: /Listening on/ } as const;

function words(netcat: Netcat, port: number, tls: KeyPairFiles | undefined): readonly string[] {
  switch (netcat) {
    case "socat": {
      const options = `${port},bind=127.0.0.1,reuseaddr`;
      const address =
        tls === undefined
          ? `TCP-LISTEN:${options}`
          : `OPENSSL-LISTEN:${options},cert=${tls.cert},key=${tls.key},verify=0`;
      // A generous -t: the other way may have a gigabyte to go when one has ended.
      return ["-d", "-d", "-b", "65536", "-t", "600", address, "-"];
    }
    case "ncat": {
      const secured = tls === undefined ? [] : ["--ssl", "--ssl-cert", tls.cert, "--ssl-key", tls.key];
      return ["-v", "-l", "127.0.0.1", String(port), ...secured];
    }
  }
}

/** Resolves when it listens. @param send undefined: it has nothing to say, and does not say so */
async function listening(
  netcat: Netcat,
  files: { readonly send: string | undefined; readonly received: string },
  tls: KeyPairFiles | undefined,
): Promise<Listening> {
  await using stdio = await opened(files.send, files.received);
  const port = await freePort();
  const child = spawn(netcat, words(netcat, port, tls), { stdio: [...stdio.ends, "pipe"] });
  const done = once(child, "exit");
  let told = "";
  for await (const text of child.stderr!.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    told += text as string;
    if (LISTENS[netcat].test(told)) {
      child.stderr!.resume();
      return { port, done };
    }
  }
  throw new Error(`${netcat} did not listen: ${told}`);
}

interface Ends extends AsyncDisposable {
  readonly ends: readonly [number | "pipe", number | "ignore"];
}

/** What a program reads and writes: files, a pipe that stays open, nothing. */
async function opened(input: string | undefined, output: string | undefined): Promise<Ends> {
  const files = [
    input === undefined ? undefined : await open(input, "r"),
    output === undefined ? undefined : await open(output, "w"),
  ] as const;
  return {
    ends: [files[0]?.fd ?? "pipe", files[1]?.fd ?? "ignore"],
    async [Symbol.asyncDispose]() {
      for (const file of files) await file?.close();
    },
  };
}

export async function randomFile(path: string, bytes: number): Promise<string> {
  await using file: FileHandle = await open(path, "w");
  const chunk = Buffer.allocUnsafe(4 * 1024 * 1024);
  for (let left = bytes; left > 0; left -= chunk.length) {
    await file.writeFile(randomFillSync(chunk).subarray(0, Math.min(left, chunk.length)));
  }
  return path;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest("hex");
}

export interface Carried {
  readonly code: number | null;
  readonly stderr: string;
  /** Kilobytes, at its highest. */
  readonly peakMemoryKb: number;
}

export interface Exchange {
  /** Files: ours, the peer's, and where each arrived. */
  readonly ours: string;
  readonly theirs: string;
  readonly oursArrived: string;
  readonly theirsArrived: string;
}

export function exchangeIn(folder: Folder): Exchange {
  const at = (name: string): string => join(folder.path, name);
  return {
    ours: at("ours"),
    theirs: at("theirs"),
    oursArrived: at("ours-arrived"),
    theirsArrived: at("theirs-arrived"),
  };
}

/**
 * `netkit connect` through the other netcat, from files to files: both ways at once with socat, one after the other
 * with ncat, which hangs up at the first end that it reads, whatever it has left to send.
 */
export async function exchange(
  netcat: Netcat,
  files: Exchange,
  tls: KeyPairFiles | undefined,
): Promise<Carried> {
  const { ours, theirs, oursArrived, theirsArrived } = files;
  if (netcat === "socat") {
    const peer = await listening(netcat, { send: theirs, received: oursArrived }, tls);
    return await carried(peer, { input: ours, output: theirsArrived, exitOn: "both" }, tls);
  }
  const there = await listening(netcat, { send: undefined, received: oursArrived }, tls);
  const out = await carried(there, { input: ours, output: undefined, exitOn: "stdin" }, tls);
  const here = await listening(netcat, { send: theirs, received: "/dev/null" }, tls);
  const back = await carried(here, { input: undefined, output: theirsArrived, exitOn: "remote" }, tls);
  return {
    code: out.code || back.code,
    stderr: out.stderr + back.stderr,
    peakMemoryKb: Math.max(out.peakMemoryKb, back.peakMemoryKb),
  };
}

async function carried(
  peer: Listening,
  way: { readonly input: string | undefined; readonly output: string | undefined; readonly exitOn: string },
  tls: KeyPairFiles | undefined,
): Promise<Carried> {
  await using stdio = await opened(way.input, way.output);
  const url = `${tls === undefined ? "tcp" : "tls"}://127.0.0.1:${peer.port}`;
  const secured = tls === undefined ? [] : ["--insecure"];
  const child = spawn(process.execPath, [BIN, "connect", url, "--exit-on-eof", way.exitOn, ...secured], {
    stdio: [...stdio.ends, "pipe"],
  });
  let stderr = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let peakMemoryKb = 0;
  const look = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    peakMemoryKb = Math.max(peakMemoryKb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  }, 20);
  const [code] = (await once(child, "exit")) as [number | null];
  clearInterval(look);
  await peer.done;
  return { code, stderr, peakMemoryKb };
}
