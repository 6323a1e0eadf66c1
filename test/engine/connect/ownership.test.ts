// Paths that end in every way leave nothing behind: no socket, no timer, no listener.
import { createSecureServer } from "node:http2";
import { expect, test } from "vitest";
import { PathRun } from "../../../src/engine/connect/path.ts";
import type { PathResult } from "../../../src/engine/connect/result.ts";
import { closedPort, plainServer } from "../../core/lifecycle/support.ts";
import { allAs, quietCensus, runInTurn, sharedSignal } from "../../support/census.ts";
import { planFor } from "./plan.ts";
import {
  answering,
  answeringTls,
  dialogue,
  expectSound,
  factsOf,
  listen,
  local,
  TRUSTED,
} from "./way/paths.ts";

const H2 = { tls: { ...TRUSTED.tls, alpn: ["h2"] } };

test("whatever the ending, descriptors, timers and listeners are as they were", async () => {
  const shared = sharedSignal();
  const http = await listen(answering());
  const https = await listen(answeringTls());
  const h2 = await listen(
    createSecureServer({ cert: local.cert, key: local.key }, (_request, response) => void response.end()),
  );
  await using mail = await dialogue("220 x\r\n", {
    EHLO: "250-x\r\n250 STARTTLS\r\n",
    STARTTLS: "220 go\r\n<TLS>",
    QUIT: "221 bye\r\n",
  });
  await using silent = await plainServer((socket) => socket.resume().on("end", () => socket.end()));
  await using resetting = await plainServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
  const refused = await closedPort();
  const short = { timeouts: { ...planFor("http://x").timeouts, answerMs: 30, secureMs: 30, proxyMs: 30 } };
  const proxy = {
    kind: "socks5",
    host: "127.0.0.1",
    port: silent.port,
    username: undefined,
    password: undefined,
    display: "p",
  } as const;
  const run: Readonly<Record<string, () => Promise<PathResult>>> = {
    http: () => factsOf(`http://localhost:${http}/`, {}, {}, shared),
    https: () => factsOf(`https://localhost:${https}/`, TRUSTED, {}, shared),
    "https traced": () => factsOf(`https://localhost:${https}/`, TRUSTED, { trace: () => undefined }, shared),
    h2: () => factsOf(`https://localhost:${h2}/`, H2, {}, shared),
    starttls: () => factsOf(`smtp://localhost:${mail.port}`, TRUSTED, {}, shared),
    warm: async () => {
      await using one = await PathRun.run(planFor(`http://127.0.0.1:${http}/`), {}, shared);
      return (await one.again("warm"))!;
    },
    "warm h2": async () => {
      await using one = await PathRun.run(planFor(`https://localhost:${h2}/`, H2), {}, shared);
      return (await one.again("warm"))!;
    },
    untrusted: () => factsOf(`https://localhost:${https}/`, {}, {}, shared),
    "untrusted traced": () => factsOf(`https://localhost:${https}/`, {}, { trace: () => undefined }, shared),
    refused: () => factsOf(`http://127.0.0.1:${refused}/`, {}, {}, shared),
    reset: () => factsOf(`http://127.0.0.1:${resetting.port}/`, {}, {}, shared),
    "reset h2": () => factsOf(`h2c://127.0.0.1:${resetting.port}/`, {}, {}, shared),
    "silent answer": () => factsOf(`http://127.0.0.1:${silent.port}/`, short, {}, shared),
    "silent handshake": () => factsOf(`https://127.0.0.1:${silent.port}/`, short, {}, shared),
    "silent proxy": () => factsOf("http://x.test/", { ...short, proxy }, {}, shared),
    "silent datagram": () => factsOf("udp://127.0.0.1:9", short, {}, shared),
    banner: () => factsOf(`tcp://127.0.0.1:${silent.port}`, {}, {}, shared),
    stopped: () =>
      factsOf(`http://127.0.0.1:${silent.port}/`, {}, {}, AbortSignal.any([shared, AbortSignal.timeout(20)])),
  };
  const expected: Readonly<Record<string, string>> = {
    untrusted: "NK_TLS_CERT_UNTRUSTED",
    "untrusted traced": "NK_TLS_CERT_UNTRUSTED",
    refused: "NK_CONNECT_REFUSED",
    reset: "NK_CONNECT_RESET",
    "reset h2": "NK_CONNECT_RESET",
    "silent answer": "NK_ANSWER_TIMEOUT",
    "silent handshake": "NK_TLS_HANDSHAKE_TIMEOUT",
    "silent proxy": "NK_PROXY_TIMEOUT",
    "silent datagram": "NK_CONNECT_REFUSED",
    stopped: "NK_ABORTED",
  };
  const endings = Object.keys(run);
  const outcome = async (ending: string): Promise<string> => {
    const facts = await run[ending]!();
    expectSound(facts);
    return facts.error?.code ?? "ok";
  };
  await runInTurn(endings, endings.length, 4, outcome);
  const before = await quietCensus(shared);
  const each = 6;
  const counts = await runInTurn(endings, endings.length * each, 6, outcome);
  expect(counts).toEqual(allAs(Object.fromEntries(endings.map((one) => [one, expected[one] ?? "ok"])), each));
  expect(await quietCensus(shared)).toEqual(before);
});
