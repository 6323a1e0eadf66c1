// flood against wrk, autocannon, hey and h2load: nginx (one worker) on core 0, one generator thread on core 1,
// alternated; requests per second and CPU microseconds per request, medians and the ratio pair by pair. CPU is that
// of the whole process from its start; netkit also says what its thread took while it measured ("steady"), since a
// start of 0.4 s weighs less the longer a run is.
import { figure, inPairs, netkitFlood, peer, root, SECONDS } from "./pairs.js";
import { has, startNginx } from "./rig.js";

const PEERS = {
  wrk: (url) =>
    peer("wrk", ["-t1", "-c50", `-d${SECONDS}s`, url], (text) => ({
      requests: figure(text, /(\d+) requests in/),
      rate: figure(text, /Requests\/sec:\s+([\d.]+)/),
    })),
  autocannon: (url) =>
    peer(
      process.execPath,
      [`${root}node_modules/autocannon/autocannon.js`, "-c", 50, "-d", SECONDS, "--json", url],
      (text) => {
        const requests = figure(text, /"requests":\{[^}]*"total":(\d+)/);
        return { requests, rate: requests / figure(text, /"duration":([\d.]+)/) };
      },
    ),
  hey: (url) =>
    peer("hey", ["-c", 50, "-z", `${SECONDS}s`, "-cpus", 1, url], (text) => ({
      requests: figure(text, /\[200\]\s+(\d+) responses/),
      rate: figure(text, /Requests\/sec:\s+([\d.]+)/),
    })),
};

const nginx = await startNginx(0);
try {
  for (const [name, run] of Object.entries(PEERS)) {
    if (name !== "autocannon" && !has(name)) {
      console.log(`${name}: not installed, left out`);
      continue;
    }
    await inPairs(
      `closed loop against ${name}`,
      () => netkitFlood(nginx.url, ["-c", 50]),
      () => run(nginx.url),
    );
  }
  if (has("h2load")) {
    const h2load = () =>
      peer("h2load", ["--h1", "-t1", "-c50", "-m16", `-D${SECONDS}`, nginx.url], (text) => ({
        requests: figure(text, /requests: (\d+) total/),
        rate: figure(text, /finished in [\d.]+\w+, ([\d.]+) req\/s/),
      }));
    await inPairs(
      "depth 16 against h2load --h1 -m16",
      () => netkitFlood(nginx.url, ["-c", 50, "--depth", 16]),
      h2load,
    );
  }
} finally {
  await nginx.stop();
}
