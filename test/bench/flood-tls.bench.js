/**
 * flood over HTTP/2 and over TLS against h2load, wrk and a client on node:http2: nginx (one worker) on core 0, generators in
 * turn on core 1. Ten connections of ten streams for HTTP/2, fifty connections for HTTPS/1.1. Needs `npm run build` first.
 *
 *     node test/bench/flood-tls.bench.js
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { figure, inPairs, netkitFlood, peer, SECONDS } from "./pairs.js";
import { has, startNginx } from "./rig.js";

const NODE_CLIENT = `
import { connect } from "node:http2";
const [url, seconds] = process.argv.slice(1);
let answers = 0;
for (let i = 0; i < 10; i++) {
  const session = connect(url, { rejectUnauthorized: false });
  const ask = () => {
    const stream = session.request({ ":path": "/" });
    stream.on("data", () => {});
    stream.on("end", () => { answers++; ask(); });
    stream.end();
  };
  for (let n = 0; n < 10; n++) ask();
}
const beganMs = performance.now();
setTimeout(() => {
  console.log("requests", answers, "rate", answers / (performance.now() - beganMs) * 1000);
  process.exit();
}, seconds * 1000);`;

const h2load = (url) =>
  peer("h2load", ["-t1", "-c10", "-m10", `-D${SECONDS}`, url], (text) => ({
    requests: figure(text, /requests: (\d+) total/),
    rate: figure(text, /finished in [\d.]+\w+, ([\d.]+) req\/s/),
  }));
const nodeClient = (url) =>
  peer(process.execPath, ["--input-type=module", "-e", NODE_CLIENT, url, SECONDS], (text) => ({
    requests: figure(text, /requests (\d+)/),
    rate: figure(text, /rate ([\d.]+)/),
  }));
const wrk = (url) =>
  peer("wrk", ["-t1", "-c50", `-d${SECONDS}s`, url], (text) => ({
    requests: figure(text, /(\d+) requests in/),
    rate: figure(text, /Requests\/sec:\s+([\d.]+)/),
  }));

const folder = mkdtempSync(join(tmpdir(), "netkit-bench-"));
const tls = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"];
execFileSync("openssl", ["req", "-x509", ...made, "-keyout", tls.key, "-out", tls.cert], { stdio: "ignore" });
const streams = ["-c", 10, "--depth", 10, "--insecure"];
try {
  const secure = await startNginx(0, { tls, http2: true });
  if (has("h2load")) {
    const { url } = secure;
    await inPairs(
      "HTTP/2 over TLS against h2load",
      () => netkitFlood(url, streams),
      () => h2load(url),
    );
  } else console.log("h2load: not installed, left out");
  await inPairs(
    "HTTP/2 over TLS against node:http2",
    () => netkitFlood(secure.url, streams),
    () => nodeClient(secure.url),
  );
  await secure.stop();

  const clear = await startNginx(0, { http2: true });
  const known = clear.url.replace("http:", "h2c:");
  if (has("h2load")) {
    await inPairs(
      "HTTP/2 in clear against h2load",
      () => netkitFlood(known, streams),
      () => h2load(clear.url),
    );
  }
  await clear.stop();

  const older = await startNginx(0, { tls });
  if (has("wrk")) {
    const { url } = older;
    await inPairs(
      "HTTPS/1.1 against wrk",
      () => netkitFlood(url, ["-c", 50, "--insecure"]),
      () => wrk(url),
    );
  } else console.log("wrk: not installed, left out");
  await older.stop();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
