// One DNS server asked over UDP and TCP: real datagrams on loopback, scripted answers.
import { describe, expect, test } from "vitest";
import { DnsResponder } from "../../../support/dns-responder.ts";
import { expectFailed, expectResolved, plain, planForServer, resolveName } from "./resolving.ts";

const A = { addresses: ["192.0.2.1", "192.0.2.2"] };
const AAAA = { addresses: ["2001:db8::1"] };

describe("both families", () => {
  test("are asked at once, IPv6 goes first, and families alternate", async () => {
    await using responder = await DnsResponder.start();
    responder
      .on("both.example", "A", { ...A, ttl: 30 })
      .on("both.example", "AAAA", { ...AAAA, ttl: 40, delayMs: 20 });
    using result = expectResolved(await resolveName(planForServer(responder), "both.example"));
    expect(plain(result.first)).toEqual(["2001:db8::1", "192.0.2.1", "192.0.2.2"]);
    expect(await result.later).toEqual([]);
    expect(result.report()).toMatchObject({
      name: "both.example",
      resolver: `127.0.0.1:${responder.port}`,
      transport: "udp",
      cname: [],
      queries: [
        {
          type: "AAAA",
          outcome: "answered",
          code: null,
          records: [{ address: "2001:db8::1", ttlSeconds: 40 }],
        },
        { type: "A", outcome: "answered", records: [{ ttlSeconds: 30 }, { ttlSeconds: 30 }] },
      ],
    });
  });

  test("are each timed: the delay of one is not the other's", async () => {
    await using responder = await DnsResponder.start();
    responder.on("slow6.example", "A", A).on("slow6.example", "AAAA", { ...AAAA, delayMs: 400 });
    const began = performance.now();
    using result = expectResolved(await resolveName(planForServer(responder), "slow6.example"));
    const readyMs = performance.now() - began;
    expect(plain(result.first)).toEqual(["192.0.2.1", "192.0.2.2"]);
    // The resolution delay, and not the 400 ms of AAAA.
    expect(readyMs).toBeGreaterThanOrEqual(48);
    expect(readyMs).toBeLessThan(350);
    expect(result.report().queries[0]).toMatchObject({ type: "AAAA", outcome: "late", records: [] });
    expect(plain(await result.later)).toEqual(["2001:db8::1"]);
    const [aaaa, a] = result.report().queries;
    expect(aaaa).toMatchObject({ outcome: "late", records: [{ address: "2001:db8::1", ttlSeconds: 60 }] });
    expect(aaaa!.durationUs).toBeGreaterThanOrEqual(398_000);
    expect(a!.outcome).toBe("answered");
    expect(a!.durationUs).toBeLessThan(300_000);
  });

  test("do not wait for A when AAAA is there", async () => {
    await using responder = await DnsResponder.start();
    responder.on("slow4.example", "A", { ...A, delayMs: 600 }).on("slow4.example", "AAAA", AAAA);
    using result = expectResolved(await resolveName(planForServer(responder), "slow4.example"));
    expect(plain(result.first)).toEqual(["2001:db8::1"]);
    expect(plain(await result.later)).toEqual(["192.0.2.1", "192.0.2.2"]);
  });

  test("a late family that never comes is late, and closing ends it", async () => {
    await using responder = await DnsResponder.start();
    responder.on("half.example", "A", A).on("half.example", "AAAA", { kind: "drop" });
    const result = expectResolved(await resolveName(planForServer(responder), "half.example"));
    expect(result.report().queries[0]).toMatchObject({ type: "AAAA", outcome: "late", records: [] });
    result.close();
    expect(await result.later).toEqual([]);
  });

  test("a late family that fails says how, and hands nothing on", async () => {
    await using responder = await DnsResponder.start();
    responder
      .on("broken6.example", "A", A)
      .on("broken6.example", "AAAA", { rcode: "SERVFAIL", delayMs: 150 });
    using result = expectResolved(await resolveName(planForServer(responder), "broken6.example"));
    expect(await result.later).toEqual([]);
    expect(result.report().queries[0]).toMatchObject({ outcome: "failed", code: "SERVFAIL" });
  });

  test.each([4, 6] as const)("only IPv%s is asked when only it is wanted", async (family) => {
    await using responder = await DnsResponder.start();
    responder.on("both.example", "A", A).on("both.example", "AAAA", AAAA);
    using result = expectResolved(await resolveName(planForServer(responder, { family }), "both.example"));
    expect(plain(result.first)).toEqual(family === 4 ? A.addresses : AAAA.addresses);
    expect(responder.heard.map(({ type }) => type)).toEqual([family === 4 ? 1 : 28]);
  });
});

describe("questions", () => {
  test("have random ids and ports, want recursion, and take 1232 bytes", async () => {
    await using responder = await DnsResponder.start();
    responder.on("both.example", "A", A).on("both.example", "AAAA", AAAA);
    for (let round = 0; round < 8; round++) {
      using result = expectResolved(await resolveName(planForServer(responder), "both.example"));
      await result.later;
    }
    expect(responder.heard.every((query) => query.recursionDesired && query.udpBytes === 1232)).toBe(true);
    // Of 16 random ids two may be alike once in 546 runs, three never.
    expect(new Set(responder.heard.map(({ id }) => id)).size).toBeGreaterThan(14);
    expect(new Set(responder.heard.map(({ from }) => from)).size).toBeGreaterThan(8);
  });

  test("are asked again after half of the time, from another port with another id", async () => {
    await using responder = await DnsResponder.start();
    responder.on("lost.example", "A", { kind: "drop" }, A);
    const plan = planForServer(responder, { family: 4, timeouts: { resolveMs: 1000 } });
    using result = expectResolved(await resolveName(plan, "lost.example"));
    expect(plain(result.first)).toEqual(A.addresses);
    const [first, second] = responder.heard;
    expect(second!.from).not.toBe(first!.from);
    expect(second!.atMs - first!.atMs).toBeGreaterThan(490);
    expect(result.report().queries[0]!.durationUs).toBeGreaterThan(490_000);
  });

  test("go over TCP when the answer was cut", async () => {
    await using responder = await DnsResponder.start();
    const many = Array.from({ length: 200 }, (_, index) => `192.0.2.${index}`);
    responder.on("big.example", "A", { addresses: many, truncated: true });
    using result = expectResolved(await resolveName(planForServer(responder, { family: 4 }), "big.example"));
    expect(plain(result.first)).toEqual(many);
    expect(responder.heard.map(({ by }) => by)).toEqual(["udp", "tcp"]);
    expect(result.report().transport).toBe("tcp");
  });

  test("go without EDNS where a server takes it for a format error", async () => {
    await using responder = await DnsResponder.start();
    responder.on("old.example", "A", { rcode: "FORMERR", edns: false }, A);
    using result = expectResolved(await resolveName(planForServer(responder, { family: 4 }), "old.example"));
    expect(plain(result.first)).toEqual(A.addresses);
    expect(responder.heard.map(({ udpBytes }) => udpBytes)).toEqual([1232, undefined]);
  });

  test("are not asked about what is no name", async () => {
    await using responder = await DnsResponder.start();
    const { error } = expectFailed(await resolveName(planForServer(responder), `${"a".repeat(64)}.example`));
    expect(error).toMatchObject({ code: "NK_DNS_NOT_FOUND", why: expect.stringContaining("63 characters") });
    expect(responder.heard).toEqual([]);
  });

  test("reach a server on IPv6", async () => {
    await using responder = await DnsResponder.start({ address: "::1" });
    responder.on("a.example", "A", { ...A, truncated: true });
    using result = expectResolved(await resolveName(planForServer(responder, { family: 4 }), "a.example"));
    expect(result.report()).toMatchObject({ resolver: `[::1]:${responder.port}`, transport: "tcp" });
  });
});

describe("answers to something else", () => {
  test.each(["wrong-id", "wrong-question"] as const)(
    "(%s) are left aside, and the true one counts",
    async (stranger) => {
      await using responder = await DnsResponder.start();
      responder.on("a.example", "A", { ...A, strangers: [stranger] });
      using result = expectResolved(await resolveName(planForServer(responder, { family: 4 }), "a.example"));
      expect(plain(result.first)).toEqual(A.addresses);
    },
  );

  test("are told of when nothing else comes", async () => {
    await using responder = await DnsResponder.start();
    // A whole answer with an id that cannot be ours, since ours has it too.
    const other = Buffer.from("8180000100000000000005776f726c6400000100 01".replace(" ", ""), "hex");
    responder.on("a.example", "A", { kind: "bytes", bytes: other, withId: true });
    const plan = planForServer(responder, { family: 4, timeouts: { resolveMs: 500 } });
    const { error } = expectFailed(await resolveName(plan, "a.example"));
    expect(error.code).toBe("NK_DNS_TIMEOUT");
    expect(error.why).toMatch(/did not answer within 500 ms; \d answers to other questions were left aside/);
  });
});

describe("aliases", () => {
  test("inside the answer are followed and told", async () => {
    await using responder = await DnsResponder.start();
    const extra = [
      { name: "www.example", type: "CNAME", data: "edge.example" },
      { name: "edge.example", type: "CNAME", data: "host.example" },
      { name: "host.example", type: "A", data: "192.0.2.9", ttl: 7 },
    ] as const;
    responder.on("www.example", "A", { extra });
    using result = expectResolved(await resolveName(planForServer(responder, { family: 4 }), "www.example"));
    expect(result.report()).toMatchObject({
      cname: ["edge.example", "host.example"],
      queries: [{ records: [{ address: "192.0.2.9", ttlSeconds: 7 }] }],
    });
    expect(responder.heard).toHaveLength(1);
  });

  test("that leave the answer are asked for, in one time", async () => {
    await using responder = await DnsResponder.start();
    responder
      .on("www.example", "A", {
        extra: [{ name: "www.example", type: "CNAME", data: "away.test" }],
        delayMs: 60,
      })
      .on("away.test", "A", { addresses: ["192.0.2.9"], delayMs: 60 });
    using result = expectResolved(await resolveName(planForServer(responder, { family: 4 }), "www.example"));
    expect(plain(result.first)).toEqual(["192.0.2.9"]);
    expect(result.report().cname).toEqual(["away.test"]);
    expect(result.report().queries[0]!.durationUs).toBeGreaterThan(118_000);
  });

  test("are not asked for again when the server says that nothing is there", async () => {
    await using responder = await DnsResponder.start();
    responder.on("www.example", "A", {
      extra: [{ name: "www.example", type: "CNAME", data: "away.test" }],
      authorities: [{ name: "test", type: "SOA", data: "ns.test admin.test 1 2 3 4 5" }],
    });
    const { error } = expectFailed(await resolveName(planForServer(responder, { family: 4 }), "www.example"));
    expect(error).toMatchObject({
      code: "NK_DNS_NO_ADDRESS",
      why: expect.stringContaining("its alias away.test, but"),
    });
    expect(responder.heard.filter(({ name }) => name === "away.test")).toEqual([]);
  });

  test.each([
    ["in one answer", ["a.example", "b.example"]],
    ["over several", ["b.test"]],
  ])("in a circle %s end as malformed", async (_where, [first, second]) => {
    await using responder = await DnsResponder.start();
    const alias = (name: string, data: string) => ({ name, type: "CNAME", data }) as const;
    const inOne = [alias("a.example", "b.example"), alias("b.example", "a.example")];
    responder
      .on("a.example", "A", { extra: second === undefined ? [alias("a.example", first!)] : inOne })
      .on("b.test", "A", { extra: [alias("b.test", "a.example")] });
    const { error } = expectFailed(await resolveName(planForServer(responder, { family: 4 }), "a.example"));
    expect(error).toMatchObject({
      code: "NK_DNS_MALFORMED",
      why: expect.stringContaining("circle (a.example → b."),
    });
  });

  test("without end are followed sixteen times", async () => {
    await using responder = await DnsResponder.start();
    for (let index = 0; index < 30; index++) {
      const name = `n${index}.example`;
      responder.on(name, "A", { extra: [{ name, type: "CNAME", data: `n${index + 1}.example` }] });
    }
    const { error } = expectFailed(await resolveName(planForServer(responder, { family: 4 }), "n0.example"));
    expect(error).toMatchObject({
      code: "NK_DNS_MALFORMED",
      why: expect.stringContaining("more than 16 aliases"),
    });
    expect(responder.heard).toHaveLength(17);
  });
});

describe("being told to stop", () => {
  test("ends the questions, before and during them", async () => {
    await using responder = await DnsResponder.start();
    responder.on("a.example", "A", { kind: "drop" }).on("a.example", "AAAA", { kind: "drop" });
    const controller = new AbortController();
    const asked = resolveName(planForServer(responder), "a.example", {}, controller.signal);
    setTimeout(() => controller.abort(), 30);
    const during = expectFailed(await asked);
    expect(during.error.code).toBe("NK_ABORTED");
    expect(during.resolution.queries.map(({ code }) => code)).toEqual(["ABORTED", "ABORTED"]);
    const before = expectFailed(
      await resolveName(planForServer(responder), "a.example", {}, controller.signal),
    );
    expect(before.error.code).toBe("NK_ABORTED");
  });
});
