// `--tls-resume`: what netkit says of resumed sessions is what nginx says in its log.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flood, netkit } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { Folder, freePort, startNginx } from "../support/program.ts";
import { type KeyPairFiles, selfSigned } from "../support/tls-servers.ts";

let folder: Folder;
let pair: KeyPairFiles;

beforeAll(async () => {
  folder = await Folder.create();
  pair = await selfSigned(folder, "p256");
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

for (const version of ["TLSv1.2", "TLSv1.3"]) {
  peerTest("nginx", `${version}: sessions are resumed when asked, and never else`, async () => {
    await using own = await Folder.create();
    const port = await freePort();
    const log = join(own.path, "resumed.log");
    await using _nginx = await startNginx(
      own,
      port,
      `listen 127.0.0.1:${port} ssl; ssl_certificate ${pair.cert}; ssl_certificate_key ${pair.key};
       ssl_session_cache shared:s:1m; ssl_protocols ${version};
       access_log ${log} resumed; location / { return 200 "hello"; }`,
      `log_format resumed "$ssl_session_reused $ssl_protocol";`,
    );
    const load = ["-n", "60", "-c", "3", "--threads", "1", "--new-connection", "--insecure", "--http", "1.1"];
    const resumed = await flood(`https://127.0.0.1:${port}/`, ...load, "--tls-resume");
    expect(resumed.result.totals).toMatchObject({ succeeded: 60, failed: 0 });
    const { full, resumed: again } = resumed.result.handshakes!;
    expect(full + again).toBe(resumed.result.totals.connectionsOpened);
    expect(again).toBeGreaterThanOrEqual(50);
    expect(resumed.result.plan.way).toBe("TLS sessions resumed");
    const seen = (await readFile(log, "utf8")).trim().split("\n");
    expect(seen).toHaveLength(60);
    // Connections of which nothing was asked are in no log.
    expect(seen.filter((line) => line.startsWith("r")).length).toBeLessThanOrEqual(again);
    expect(seen.filter((line) => line.startsWith("r")).length).toBeGreaterThanOrEqual(50);
    expect(new Set(seen.map((line) => line.split(" ")[1]))).toEqual(new Set([version]));

    const plain = await flood(`https://127.0.0.1:${port}/`, ...load);
    expect(plain.result).not.toHaveProperty("handshakes");
    const later = (await readFile(log, "utf8")).trim().split("\n").slice(60);
    expect(later).toHaveLength(60);
    expect(later.filter((line) => line.startsWith("r"))).toEqual([]);

    const alone = await flood(
      `https://127.0.0.1:${port}/`,
      "-n",
      "100",
      "-c",
      "2",
      "--threads",
      "1",
      "--handshake-only",
      "--tls-resume",
      "--insecure",
    );
    expect(alone.result.totals.succeeded).toBe(100);
    expect(alone.result.handshakes!.resumed).toBeGreaterThanOrEqual(90);
  });
}

test("without TLS it is refused", async () => {
  const { code, stderr } = await netkit("flood", "http://127.0.0.1:9/", "--tls-resume");
  expect([code, stderr]).toEqual([2, expect.stringContaining("--tls-resume means nothing to http:")]);
});
