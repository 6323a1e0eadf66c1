// What netkit, autocannon and wrk say of servers whose true behaviour is known (test/support/known-server.js).
// Not a race: each line is the truth, then what each program makes of it.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { has } from "./rig.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

async function knownServer(mode) {
  const child = fork(`${root}test/support/known-server.js`, [mode]);
  const [{ port }] = await once(child, "message");
  return {
    url: `http://127.0.0.1:${port}/`,
    async stop() {
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}

/** Exit code and all that a program printed; it gets 30 s. */
async function output(program, args) {
  const child = spawn(program, args.map(String), { stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
  const text = { out: "", err: "" };
  child.stdout.on("data", (data) => {
    text.out += data;
  });
  child.stderr.on("data", (data) => {
    text.err += data;
  });
  const [code] = await once(child, "close");
  return { code, ...text };
}

const ms = (us) => (us === null ? "none" : `${(us / 1000).toFixed(1)} ms`);

async function netkit(url, args, show) {
  const { code, out } = await output(process.execPath, [
    `${root}bin/run.js`,
    "flood",
    url,
    ...args,
    "--json",
  ]);
  console.log(`  netkit       ${show(JSON.parse(out))}, exit ${code}`);
}

async function autocannon(url, args) {
  const program = `${root}node_modules/autocannon/autocannon.js`;
  const { code, out } = await output(process.execPath, [program, ...args, "--json", url]);
  const { latency } = JSON.parse(out);
  const { totalCount, p50, p75, p97_5, p99 } = latency;
  console.log(
    `  autocannon   ${totalCount} samples, p50 ${p50} ms, p75 ${p75} ms, p97.5 ${p97_5} ms, p99 ${p99} ms, exit ${code}`,
  );
}

async function wrk(url, args) {
  if (!has("wrk")) return;
  const { code, out } = await output("wrk", [...args, "--latency", url]);
  const rows = [...out.matchAll(/^\s+(50|75|90|99)%\s+(\S+)/gm)].map(([, at, value]) => `p${at} ${value}`);
  const requests = /(\d+) requests in/.exec(out)?.[1];
  const errors = /Socket errors.*/.exec(out)?.[0] ?? "no error";
  console.log(`  wrk          ${requests} requests, ${rows.join(", ")}, ${errors}, exit ${code}`);
}

const CASES = [
  {
    mode: "50ms",
    truth: "answers in exactly 50 ms; 100 requests a second for 5 s",
    async ask(url) {
      await netkit(url, ["--rate", "100/s", "-d", "5s"], ({ totals, latency: { response } }) => {
        return `${totals.requests} samples, min ${ms(response.min)}, p50 ${ms(response.p50)}, max ${ms(response.max)}`;
      });
      await autocannon(url, ["-R", 100, "-c", 10, "-d", 5]);
    },
  },
  {
    mode: "frozen",
    truth: "at once, but stands still from second 2 to 4 of 6; 200 requests a second over 10 connections",
    async ask(url) {
      await netkit(url, ["--rate", "200/s", "-c", 10, "-d", "6s"], ({ latency: { response, service } }) => {
        return `response p90 ${ms(response.p90)}, p99 ${ms(response.p99)}; service p90 ${ms(service.p90)}`;
      });
    },
    // wrk has no rate: the same server, as fast as it answers.
    askAgain: (url) => wrk(url, ["-t1", "-c10", "-d6s"]),
  },
  {
    mode: "mixed",
    truth: "90 % in 20 ms, 10 % in 200 ms",
    async ask(url) {
      await netkit(url, ["-c", 10, "-d", "5s"], ({ latency: { response } }) => {
        return `p50 ${ms(response.p50)}, p75 ${ms(response.p75)}, p95 ${ms(response.p95)}`;
      });
      await wrk(url, ["-t1", "-c10", "-d5s"]);
    },
  },
  {
    mode: "silent",
    truth: "accepts, and never answers",
    async ask(url) {
      await netkit(url, ["-c", 10, "-d", "3s", "--timeout", "1s"], ({ totals }) => {
        return `${totals.requests} requests, ${totals.censored} timed out`;
      });
      await wrk(url, ["-t1", "-c10", "-d3s", "--timeout", "1s"]);
    },
  },
];

for (const { mode, truth, ask, askAgain } of CASES) {
  console.log(truth);
  for (const run of [ask, askAgain]) {
    if (run === undefined) continue;
    const server = await knownServer(mode);
    try {
      await run(server.url);
    } finally {
      await server.stop();
    }
  }
}
