// The phases of `netkit connect` beside those of `curl -w`, against one nginx: fifty pairs, each of a path and of a
// curl right behind it, so that both meet the same machine. Medians of the differences decide: a path that the
// machine held up is no difference between the two.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { ConnectResult, PathResult, PhaseName } from "../../src/engine/connect/result.ts";
import { Running } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { Folder, freePort, type Program, runProgram, startNginx } from "../support/program.ts";
import { type KeyPairFiles, selfSigned } from "../support/tls-servers.ts";

const PAIRS = 50;
/** What the two may differ by, in the middle. */
const TOLERANCE_MS = 2;
/** From one path to the next: room for a path, and for the start of curl and its run. */
const INTERVAL_MS = 150;
/** What the server waits before its first byte, and again before its last. */
const DELAY_MS = 15;

/** What `curl -w` counts from the start, and the phase of ours that ends there. */
const STAMPS = {
  time_namelookup: "dns",
  time_connect: "connect",
  time_appconnect: "tls",
  time_starttransfer: "firstByte",
  time_total: "transfer",
} as const satisfies Record<string, PhaseName>;

type Stamp = keyof typeof STAMPS;
const NAMES = Object.keys(STAMPS) as readonly Stamp[];
/** Milliseconds; 0 for what did not happen, as curl has it. */
type Stamps = Readonly<Record<Stamp, number>>;

let folder: Folder;
let pair: KeyPairFiles;
let slow: Server;
let nginx: Program | undefined;
const port = { http: 0, https: 0 };

beforeAll(async () => {
  folder = await Folder.create();
  pair = await selfSigned(folder, "p256");
  slow = createServer((_, answer) => {
    setTimeout(() => {
      answer.writeHead(200, { "Content-Length": 10 });
      answer.write("first");
      setTimeout(() => answer.end("last."), DELAY_MS);
    }, DELAY_MS);
  }).listen(0, "127.0.0.1");
  port.http = await freePort();
  port.https = await freePort();
});

afterAll(async () => {
  await nginx?.[Symbol.asyncDispose]();
  slow.close();
  slow.closeAllConnections();
  await folder[Symbol.asyncDispose]();
});

/** Started by the first test that has nginx; bytes go through it as they come. */
async function running(): Promise<void> {
  nginx ??= await startNginx(
    folder,
    port.http,
    `listen 127.0.0.1:${port.http}; listen 127.0.0.1:${port.https} ssl;
     ssl_certificate ${pair.cert}; ssl_certificate_key ${pair.key};
     location / { proxy_pass http://127.0.0.1:${(slow.address() as AddressInfo).port}; proxy_buffering off; }`,
  );
}

function stamps(of: (name: Stamp) => number): Stamps {
  return Object.fromEntries(NAMES.map((name) => [name, of(name)])) as Stamps;
}

async function curl(url: string): Promise<Stamps> {
  const format = JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, `%{${name}}`])));
  const { code, output } = await runProgram("curl", [
    ...["-q", "-s", "-S", "-4", "--http1.1", "--cacert", pair.cert, "-o", "/dev/null", "-w", format, url],
  ]);
  if (code !== 0) throw new Error(`curl: ${code} ${output}`);
  const seconds = JSON.parse(output) as Record<Stamp, string>;
  return stamps((name) => Number(seconds[name]) * 1000);
}

function stampsOf(path: PathResult): Stamps {
  return stamps((name) => {
    const phase = path.phases.find((one) => one.name === STAMPS[name]);
    return phase === undefined ? 0 : (phase.startUs + phase.durationUs) / 1000;
  });
}

/** How long each took: to its stamp from the one before that happened. */
function durations(all: Stamps): Stamps {
  let before = 0;
  return stamps((name) => {
    const lasted = Math.max(0, all[name] - before);
    before = Math.max(before, all[name]);
    return lasted;
  });
}

/** From the end of the name lookup. */
function fromConnect(all: Stamps): Stamps {
  return stamps((name) => Math.max(0, all[name] - all.time_namelookup));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

interface Pairs {
  readonly paths: readonly PathResult[];
  readonly ours: readonly Stamps[];
  readonly curls: readonly Stamps[];
  readonly result: ConnectResult;
}

/** Each path of one repetition, and the curl that ran right behind it. */
async function measure(url: string): Promise<Pairs> {
  await running();
  const out = `${folder.path}/connect.json`;
  await using netkit = new Running([
    ...["connect", url, "-4", "--http", "1.1", "--cacert", pair.cert, "--ndjson", "--out", out],
    ...["--count", String(PAIRS), "--interval", `${INTERVAL_MS}ms`],
  ]);
  const lines = (): string[] => netkit.stdout.split("\n").slice(0, -1);
  const curls: Stamps[] = [];
  while (curls.length < PAIRS) {
    const ended = netkit.process.exitCode !== null;
    if (lines().length > curls.length) curls.push(await curl(url));
    else if (ended) break;
    else await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const { code, stderr } = await netkit.finished;
  expect([code, curls.length], stderr).toEqual([0, PAIRS]);
  const paths = lines().map((line) => JSON.parse(line) as PathResult);
  const result = JSON.parse(readFileSync(out, "utf8")) as ConnectResult;
  return { paths, ours: paths.map(stampsOf), curls, result };
}

/** Median of the pairs' differences, ours less curl's. */
function differences({ ours, curls }: Pairs, view: (all: Stamps) => Stamps): Stamps {
  return stamps((name) => median(ours.map((one, at) => view(one)[name] - view(curls[at]!)[name])));
}

function expectClose(found: Stamps, what: string): void {
  for (const name of NAMES) {
    expect(Math.abs(found[name]), `${what}: ${JSON.stringify(found)}`).toBeLessThanOrEqual(TOLERANCE_MS);
  }
}

// Again for a machine that was busy with something else from beginning to end.
describe("a path agrees with curl -w", { retry: 3 }, () => {
  for (const scheme of ["http", "https"] as const) {
    peerTest(["nginx", "curl"], `in each phase and in the sums, over ${scheme}`, async () => {
      const pairs = await measure(`${scheme}://localhost:${port[scheme]}/`);
      expectClose(differences(pairs, durations), "phase by phase");
      // curl knows localhost by itself and asks nobody, whereas a path asks the system: what follows is compared.
      expectClose(differences(pairs, fromConnect), "from the first packet");

      // The delays of the server are in the phases that they belong to, in both.
      for (const all of [pairs.ours, pairs.curls]) {
        const middle = stamps((name) => median(all.map((one) => durations(one)[name])));
        expect(middle.time_starttransfer).toBeGreaterThan(DELAY_MS - 1);
        expect(middle.time_total).toBeGreaterThan(DELAY_MS - 1);
        expect(middle.time_connect + middle.time_appconnect).toBeLessThan(DELAY_MS);
      }

      // And the document of the repetition sums up what its lines said, as finely as its histograms do.
      const { phases, total, sent, loss } = pairs.result.repeat!;
      expect([sent, loss]).toEqual([PAIRS, 0]);
      const middleOf = (of: (path: PathResult) => number): number => median(pairs.paths.map(of));
      const close = (summary: number, lines: number): void => {
        expect(Math.abs(summary - lines)).toBeLessThanOrEqual(0.02 * lines + 50);
      };
      close(
        total.p50!,
        middleOf(({ totalUs }) => totalUs),
      );
      for (const name of ["dns", "connect", "firstByte", "transfer"] as const) {
        const lasted = ({ phases }: PathResult) => phases.find((phase) => phase.name === name)!.durationUs;
        close(phases[name]!.p50!, middleOf(lasted));
      }
    });
  }
});
