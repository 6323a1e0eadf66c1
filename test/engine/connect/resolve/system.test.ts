// The system's resolver and the name server asked beside it; overrides and addresses, for which nobody is asked.
import { describe, expect, test } from "vitest";
import { hostsFileHas, realSystem } from "../../../../src/engine/connect/resolve/system.ts";
import { DnsResponder } from "../../../support/dns-responder.ts";
import { expectFailed, expectResolved, plain, planFor, resolveName, systemThat } from "./resolving.ts";

const SYSTEM = planFor({ kind: "system" });

describe("the system's resolver", () => {
  test("gives both families; without a name server beside it there are no TTLs", async () => {
    const system = systemThat({ A: ["192.0.2.1"], AAAA: ["2001:db8::1"] });
    using result = expectResolved(await resolveName(SYSTEM, "a.example", { system }));
    await result.later;
    expect(result.report()).toMatchObject({
      resolver: "system",
      transport: null,
      cname: [],
      queries: [
        { type: "AAAA", outcome: "answered", records: [{ address: "2001:db8::1", ttlSeconds: null }] },
        { type: "A", outcome: "answered", records: [{ address: "192.0.2.1", ttlSeconds: null }] },
      ],
    });
  });

  test("is annotated with TTLs and aliases of its name server", async () => {
    await using responder = await DnsResponder.start();
    const extra = [
      { name: "a.example", type: "CNAME", data: "b.example" },
      { name: "b.example", type: "A", data: "192.0.2.1", ttl: 77 },
    ] as const;
    responder.on("a.example", "A", { extra }).on("a.example", "AAAA", {});
    const system = systemThat({ A: ["192.0.2.1", "192.0.2.2"], AAAA: "ENOTFOUND" }, responder);
    using result = expectResolved(await resolveName(SYSTEM, "a.example", { system }));
    await expect.poll(() => result.report().cname).toEqual(["b.example"]);
    expect(result.report().queries).toMatchObject([
      { type: "AAAA", outcome: "no-data", code: null },
      { type: "A", records: [{ ttlSeconds: 77 }, { address: "192.0.2.2", ttlSeconds: null }] },
    ]);
  });

  test("is not delayed by a name server that is silent, and not changed by one that differs", async () => {
    await using responder = await DnsResponder.start();
    responder
      .on("a.example", "A", {
        addresses: ["203.0.113.9"],
        extra: [{ name: "x.example", type: "CNAME", data: "y.example" }],
      })
      .on("a.example", "AAAA", { kind: "drop" });
    const system = systemThat({ A: ["192.0.2.1"], AAAA: ["2001:db8::1"] }, responder);
    const began = performance.now();
    using result = expectResolved(await resolveName(SYSTEM, "a.example", { system }));
    expect(performance.now() - began).toBeLessThan(1000);
    await expect.poll(() => responder.heard.length).toBe(2);
    await new Promise((done) => setTimeout(done, 50));
    const [aaaa, a] = result.report().queries;
    expect(aaaa!.records).toEqual([{ address: "2001:db8::1", ttlSeconds: null }]);
    expect(a!.records).toEqual([{ address: "192.0.2.1", ttlSeconds: null }]);
    expect(result.report().cname).toEqual([]);
  });

  test("knows the time of each family", async () => {
    const system = systemThat({ A: ["192.0.2.1"], AAAA: "slow" });
    using result = expectResolved(await resolveName(SYSTEM, "a.example", { system }));
    expect(plain(result.first)).toEqual(["192.0.2.1"]);
    expect(result.report().queries[0]).toMatchObject({ type: "AAAA", outcome: "late" });
  });
});

describe("the system's failures", () => {
  test("no such name, by its word alone", async () => {
    const system = systemThat({ A: "ENOTFOUND", AAAA: "ENOTFOUND" });
    const { error } = expectFailed(await resolveName(SYSTEM, "a.example", { system }));
    expect(error).toMatchObject({
      code: "NK_DNS_NOT_FOUND",
      why: "the system's resolver says that no such name exists (ENOTFOUND)",
    });
  });

  test("no address, when the name server knows the name without one", async () => {
    await using responder = await DnsResponder.start();
    responder.on("a.example", "A", {}).on("a.example", "AAAA", {});
    const system = systemThat({ A: "ENOTFOUND", AAAA: "ENOTFOUND" }, responder);
    const { error, resolution } = expectFailed(await resolveName(SYSTEM, "a.example", { system }));
    expect(error.code).toBe("NK_DNS_NO_ADDRESS");
    expect(resolution.queries.map(({ outcome }) => outcome)).toEqual(["no-data", "no-data"]);
  });

  test.each([
    ["SERVFAIL", "NK_DNS_SERVER_FAILURE"],
    ["REFUSED", "NK_DNS_REFUSED"],
  ] as const)("EAI_AGAIN is explained by the name server's %s", async (rcode, code) => {
    await using responder = await DnsResponder.start();
    responder.on("a.example", "A", { rcode }).on("a.example", "AAAA", { rcode });
    const system = systemThat({ A: "EAI_AGAIN", AAAA: "EAI_AGAIN" }, responder);
    const { error } = expectFailed(await resolveName(SYSTEM, "a.example", { system }));
    expect(error.code).toBe(code);
    expect(error.why).toContain("the system's resolver gave up (EAI_AGAIN); asked directly, 127.0.0.1:");
  });

  test("EAI_AGAIN stays what it is when nobody explains it", async () => {
    const system = systemThat({ A: "EAI_AGAIN", AAAA: "EAI_AGAIN" });
    const { error } = expectFailed(await resolveName(SYSTEM, "a.example", { system }));
    expect(error).toMatchObject({
      code: "NK_DNS_UNAVAILABLE",
      why: expect.stringContaining("gave up (EAI_AGAIN)"),
    });
  });

  test("silence names the name server", async () => {
    await using responder = await DnsResponder.start();
    responder.on("a.example", "A", { kind: "drop" }).on("a.example", "AAAA", { kind: "drop" });
    const system = systemThat({ A: "slow", AAAA: "slow" }, responder);
    const plan = planFor({ kind: "system" }, { timeouts: { resolveMs: 500 } });
    const { error, resolution } = expectFailed(await resolveName(plan, "a.example", { system }));
    expect(error).toMatchObject({
      code: "NK_DNS_TIMEOUT",
      why: `the system's resolver did not answer within 500 ms; 127.0.0.1:${responder.port} is its first name server`,
    });
    expect(resolution.queries.map(({ outcome }) => outcome)).toEqual(["timed-out", "timed-out"]);
    // Once each: what is only asked beside is not sent again.
    expect(responder.heard).toHaveLength(2);
  });

  test("the other family is found out when only one was wanted", async () => {
    const system = systemThat({ A: ["192.0.2.1"], AAAA: "ENOTFOUND" });
    const plan = planFor({ kind: "system" }, { family: 6 });
    const { error } = expectFailed(await resolveName(plan, "a.example", { system }));
    expect(error).toMatchObject({
      code: "NK_DNS_NO_ADDRESS",
      why: "the system's resolver knows the name with 192.0.2.1 only: it has no AAAA record",
    });
  });
});

describe("the real system", () => {
  test("answers localhost, and asks nobody beside it", async () => {
    using result = expectResolved(await resolveName(planFor({ kind: "system" }, { family: 4 }), "localhost"));
    expect(plain(result.first)).toEqual(["127.0.0.1"]);
    expect(result.report().queries[0]!.durationUs).toBeGreaterThan(0);
  });

  test.each(["localhost", "api.localhost", "db", "printer.local"])(
    "%s does not come from the DNS",
    async (host) => {
      expect(await realSystem.nameServer(host)).toBeUndefined();
    },
  );

  test("reads names of a hosts file, not its addresses or comments", () => {
    const text = "127.0.0.1 localhost\r\n192.0.2.7\tDb.Example db # old.example\n#192.0.2.8 off.example\n";
    expect(["db.example", "db", "localhost"].map((name) => hostsFileHas(text, name))).toEqual([
      true,
      true,
      true,
    ]);
    expect(["old.example", "off.example", "192.0.2.7"].some((name) => hostsFileHas(text, name))).toBe(false);
  });
});

describe("nobody is asked", () => {
  const system = systemThat({ A: "EAI_AGAIN", AAAA: "EAI_AGAIN" });

  test("for an address", async () => {
    using result = expectResolved(await resolveName(SYSTEM, "2001:db8::1", { system }));
    expect(result.first).toEqual([{ address: "2001:db8::1", family: 6 }]);
    expect(await result.later).toEqual([]);
    expect(result.report()).toEqual({
      name: "2001:db8::1",
      resolver: "literal",
      transport: null,
      queries: [],
      cname: [],
    });
  });

  test("for a name of --resolve, whose port decides before its lack", async () => {
    const overrides = [
      { host: "A.example", port: undefined, addresses: ["192.0.2.1", "2001:db8::1"] },
      { host: "a.example", port: 80, addresses: ["192.0.2.80"] },
      { host: "a.example", port: 443, addresses: ["192.0.2.44"] },
      { host: "b.example", port: undefined, addresses: ["192.0.2.1", "192.0.2.2", "2001:db8::1"] },
    ];
    const plan = planFor({ kind: "system" }, { overrides });
    using one = expectResolved(await resolveName(plan, "a.example", { system }));
    expect(plain(one.first)).toEqual(["192.0.2.80"]);
    expect(one.report().resolver).toBe("--resolve");
    using two = expectResolved(await resolveName(plan, "b.example", { system }));
    expect(plain(two.first)).toEqual(["192.0.2.1", "2001:db8::1", "192.0.2.2"]);
    expect(expectFailed(await resolveName(plan, "c.example", { system })).error.code).toBe(
      "NK_DNS_UNAVAILABLE",
    );
  });

  test("and what has the wrong family is said to", async () => {
    const plan = planFor({ kind: "system" }, { family: 6 });
    const { error } = expectFailed(await resolveName(plan, "192.0.2.1", { system }));
    expect(error).toMatchObject({
      code: "NK_DNS_NO_ADDRESS",
      why: "the URL gives 192.0.2.1 and no IPv6 address",
    });
  });
});
