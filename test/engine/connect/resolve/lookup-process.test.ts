// getaddrinfo in a process of its own: answers as here, and ends when nobody waits for it any more.
import { expect, test } from "vitest";
import { LookupProcess } from "../../../../src/engine/connect/resolve/lookup-process.ts";
import { quietCensus, sharedSignal } from "../../../support/census.ts";
import { expectResolved, plain, planFor, resolveName } from "./resolving.ts";

test("it answers as the system does, and leaves nothing behind", async () => {
  const shared = sharedSignal();
  const before = await quietCensus(shared);
  {
    using system = await LookupProcess.start();
    const plan = planFor({ kind: "system" }, { family: 4 });
    using result = expectResolved(await resolveName(plan, "localhost", { system }, shared));
    expect(plain(result.first)).toEqual(["127.0.0.1"]);
    // With an empty label it is refused by getaddrinfo itself, and no server is asked.
    await expect(system.lookup("a..b", 4, shared)).rejects.toMatchObject({
      code: expect.stringMatching(/^E/),
    });
  }
  expect(await quietCensus(shared)).toEqual(before);
});

test("a lookup given up ends its process, and the next one answers", async () => {
  using system = await LookupProcess.start();
  const stop = new AbortController();
  const given = system.lookup("localhost", 4, stop.signal);
  const beside = system.lookup("localhost", 4, new AbortController().signal);
  stop.abort(new Error("enough"));
  const other = system.lookup("localhost", 4, new AbortController().signal);
  await expect(given).rejects.toThrow("enough");
  expect(await beside).toEqual(["127.0.0.1"]);
  expect(await other).toEqual(["127.0.0.1"]);
  expect(await system.lookup("localhost", 4, new AbortController().signal)).toEqual(["127.0.0.1"]);
});

test("after closing, lookups run in this process", async () => {
  const system = await LookupProcess.start();
  system.close();
  expect(await system.lookup("localhost", 4, new AbortController().signal)).toEqual(["127.0.0.1"]);
});
