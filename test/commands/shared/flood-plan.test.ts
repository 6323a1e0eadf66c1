import { describe, expect, test } from "vitest";
import {
  buildFloodPlan,
  type FloodSettings,
  type PlanInputs,
} from "../../../src/commands/shared/flood-plan.ts";
import { NetkitError } from "../../../src/core/errors.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";

const URL = "http://127.0.0.1:8080/";
const INPUTS: PlanInputs = {
  readBytes: async (path) => Buffer.from(`<${path}>`),
  parallelism: 8,
};

function plan(settings: FloodSettings = {}, urls: readonly string[] = [URL]) {
  return buildFloodPlan(settings, urls, INPUTS);
}

async function refusal(settings: FloodSettings, urls?: readonly string[]): Promise<NetkitError> {
  const error = await plan(settings, urls).then(
    () => expect.unreachable(),
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(NetkitError);
  expect(error.exitCode).toBe(2);
  return error;
}

describe("flood settings to plan", () => {
  test("defaults are 50 connections in a closed loop for 10 seconds", async () => {
    expect(await plan()).toEqual({
      targets: [
        {
          url: URL,
          name: "/",
          scheme: "http",
          tls: false,
          host: "127.0.0.1",
          port: 8080,
          authority: "127.0.0.1:8080",
          path: "/",
        },
      ],
      way: { host: "127.0.0.1", port: 8080, addresses: undefined, unixSocket: undefined, localAddresses: [] },
      protocol: { kind: "http", version: "1.1" },
      request: { method: "GET", headers: [], body: undefined },
      tls: { verify: true, ca: undefined, cert: undefined, key: undefined },
      load: { kind: "closed" },
      stop: { kind: "duration", seconds: 10 },
      connections: 50,
      depth: 1,
      threads: 7,
      warmupSeconds: 0,
      timeoutMs: 10_000,
      newConnection: false,
    });
  });

  test("a rate opens the loop, a count replaces the duration", async () => {
    expect(await plan({ rate: 250, requests: 1_000, warmup: 2_500 })).toMatchObject({
      load: { kind: "open", ratePerSecond: 250, arrival: "constant" },
      stop: { kind: "requests", count: 1_000 },
      warmupSeconds: 2.5,
    });
    expect(await plan({ rate: 250, arrival: "poisson" })).toMatchObject({ load: { arrival: "poisson" } });
  });

  test("threads never outnumber connections", async () => {
    expect(await plan({ connections: 3 })).toMatchObject({ threads: 3 });
    expect(await buildFloodPlan({}, [URL], { ...INPUTS, parallelism: 1 })).toMatchObject({ threads: 1 });
    expect((await refusal({ connections: 2, threads: 4 })).next).toBe("use --threads 2 or --connections 4");
  });

  test("a body makes it a POST unless a method is named", async () => {
    const posted = await plan({ body: "hé" });
    expect(posted.request.method).toBe("POST");
    expect(Buffer.from(posted.request.body!).toString("hex")).toBe("68c3a9");
    expect((await plan({ body: "x", method: "put" })).request.method).toBe("PUT");
    expect((await plan({ method: "Purge" })).request.method).toBe("Purge");
    expect(Buffer.from((await plan({ "body-file": "-" })).request.body!).toString()).toBe("<->");
  });

  test("headers keep their order and their colons", async () => {
    const { request } = await plan({ header: ["X-A:1", "x-time: 10:30", "X-Empty:"] });
    expect(request.headers).toEqual([
      ["X-A", "1"],
      ["x-time", "10:30"],
      ["X-Empty", ""],
    ]);
    expect((await refusal({ header: ["no colon"] })).message).toBe('"no colon" is not a header');
    await refusal({ header: [": nameless"] });
    await refusal({ header: ["bad name: 1"] });
    expect((await refusal({ header: ["Authorization Bearer t0ps"] })).message).toBe(
      '"Authorization …" is not a header',
    );
  });

  test("credentials become one Authorization header; a written one wins", async () => {
    const basic = "Basic YWRhOnNlY3JldA==";
    expect((await plan({ "basic-auth": "ada:secret" })).request.headers).toEqual([["Authorization", basic]]);
    expect((await plan({ bearer: "t0" })).request.headers).toEqual([["Authorization", "Bearer t0"]]);
    const fromUrl = await plan({}, ["http://ada:secret@127.0.0.1:8080/"]);
    expect(fromUrl.request.headers).toEqual([["Authorization", basic]]);
    expect(fromUrl.targets[0].url).toBe(URL);
    const written = await plan({ bearer: "t0", header: ["authorization: mine"] });
    expect(written.request.headers).toEqual([["authorization", "mine"]]);
    await refusal({ "basic-auth": "ada" });
  });

  test("TLS material is read and checked before the run", async () => {
    const { cert, key } = await generateSelfSigned();
    const other = await generateSelfSigned();
    const files: Record<string, string> = { ca: cert, c: cert, k: key, other: other.key, text: "no PEM" };
    const inputs = { ...INPUTS, readBytes: async (path: string) => Buffer.from(files[path] ?? "") };
    const { tls } = await buildFloodPlan(
      { cacert: "ca", cert: "c", key: "k", insecure: true },
      [URL],
      inputs,
    );
    expect(tls).toEqual({ verify: false, ca: cert, cert, key });
    expect((await refusal({ cert: "c" })).next).toBe("add --key");
    for (const settings of [{ cacert: "text" }, { cert: "text", key: "k" }, { cert: "c", key: "other" }]) {
      await expect(buildFloodPlan(settings, [URL], inputs)).rejects.toMatchObject({ exitCode: 2 });
    }
  });

  test("several URLs of one origin take names that tell them apart", async () => {
    const { targets } = await plan({}, [URL, `${URL}a?b=1`, URL]);
    expect(targets.map((target) => target.name)).toEqual(["/", "/a?b=1", "/#2"]);
  });

  test("what may be a secret is sent, and neither named nor shown", async () => {
    const [target] = (await plan({}, [`${URL}a?token=t0ps&page=2&api_key=k`])).targets;
    expect(target).toMatchObject({
      path: "/a?token=t0ps&page=2&api_key=k",
      name: "/a?token=…&page=2&api_key=…",
      url: `${URL}a?token=…&page=2&api_key=…`,
    });
  });

  test("URLs of two origins are refused, saying so", async () => {
    const error = await refusal({}, [URL, "http://127.0.0.1:8081/"]);
    expect(error.message).toBe(
      "the URLs of one flood must share one origin: http://127.0.0.1:8080 and http://127.0.0.1:8081 do not",
    );
    await refusal({}, ["http://h/", "https://h/"]);
  });

  test("what cannot be carried out is refused", async () => {
    expect((await refusal({ arrival: "poisson" })).message).toBe("--arrival needs --rate");
    expect((await refusal({ duration: 0 })).subject).toBe("--duration");
    expect((await refusal({ timeout: 0 })).subject).toBe("--timeout");
    expect((await refusal({ rate: 0 })).subject).toBe("--rate");
    await refusal({ depth: 2, "new-connection": true });
    await refusal({}, ["ftp://h/"]);
    await refusal({}, ["redis://h:1"]);
  });
});
