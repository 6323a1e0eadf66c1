// Resolutions that end in every way leave nothing behind: no socket, no timer, no listener.
import { expect, test } from "vitest";
import { generateSelfSigned } from "../../../../src/core/tls/self-signed.ts";
import { allAs, quietCensus, runInTurn, sharedSignal } from "../../../support/census.ts";
import { DnsResponder } from "../../../support/dns-responder.ts";
import { planFor, planForServer, resolveName, systemThat } from "./resolving.ts";

const EACH = 12;
const OUTCOMES = {
  both: "resolved",
  late: "resolved",
  tcp: "resolved",
  "sent-again": "resolved",
  nxdomain: "NK_DNS_NOT_FOUND",
  silence: "NK_DNS_TIMEOUT",
  garbage: "NK_DNS_MALFORMED",
  stopped: "NK_ABORTED",
  "over HTTP": "resolved",
  "over HTTP/2": "resolved",
  "over HTTP, silence": "NK_DNS_TIMEOUT",
  "over HTTP/2, silence": "NK_DNS_TIMEOUT",
  system: "resolved",
} as const;

test("whatever the ending, descriptors, timers and listeners are as they were", async () => {
  const shared = sharedSignal();
  const credentials = await generateSelfSigned();
  await using clear = await DnsResponder.start();
  await using secured = await DnsResponder.start({ tls: credentials });
  const good = { addresses: ["192.0.2.1"] };
  for (const responder of [clear, secured]) {
    responder
      .on("both", "A", good)
      .on("both", "AAAA", { addresses: ["2001:db8::1"] })
      .on("late", "A", good)
      .on("late", "AAAA", { kind: "drop" })
      .on("tcp", "A", { ...good, truncated: true })
      .on("tcp", "AAAA", { truncated: true })
      .on("silence", "A", { kind: "drop" })
      .on("silence", "AAAA", { kind: "drop" })
      .on("garbage", "A", { kind: "bytes", bytes: Buffer.from("garbage") })
      .on("garbage", "AAAA", { kind: "bytes", bytes: Buffer.from("garbage") });
  }
  const run = async (ending: keyof typeof OUTCOMES): Promise<string> => {
    const timeouts = {
      resolveMs: ending === "sent-again" ? 800 : /silence|garbage/.test(ending) ? 300 : 5000,
    };
    const tls = { ca: credentials.cert };
    const url = ending.includes("HTTP/2") ? secured.url : clear.url;
    const overHttp = ending.startsWith("over");
    const plan =
      ending === "system"
        ? planFor({ kind: "system" })
        : overHttp
          ? planFor({ kind: "https", url }, { timeouts, tls })
          : planForServer(clear, { timeouts });
    const name = ending.includes("silence") ? "silence" : overHttp || ending === "system" ? "both" : ending;
    const system = systemThat({ A: ["192.0.2.1"], AAAA: "slow" }, clear);
    const stop = new AbortController();
    const signal = ending === "stopped" ? stop.signal : shared;
    if (ending === "stopped") setTimeout(() => stop.abort(), 20);
    if (ending === "sent-again")
      clear.on(name, "A", { kind: "drop" }, good).on(name, "AAAA", { kind: "drop" }, {});
    const host = ending === "stopped" ? "silence" : name;
    const result = await resolveName(plan, host, { system }, signal);
    if (result.kind === "failed") return result.error.code;
    result.close();
    await result.later;
    return "resolved";
  };
  const names = Object.keys(OUTCOMES) as (keyof typeof OUTCOMES)[];
  await runInTurn(names, names.length, 1, run);
  const before = await quietCensus(shared, 300);
  expect(await runInTurn(names, names.length * EACH, names.length, run)).toEqual(allAs(OUTCOMES, EACH));
  expect(await quietCensus(shared, 300)).toEqual(before);
});
