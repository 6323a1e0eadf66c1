// Every way in which a name does not become an address, made for real, each with its own code, sentence and next step.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import type { NetkitError } from "../../../../src/core/errors.ts";
import type { Answer, DnsCode } from "../../../../src/engine/connect/resolve/asker.ts";
import { resolutionError } from "../../../../src/engine/connect/resolve/resolution-error.ts";
import { type Deed, DnsResponder } from "../../../support/dns-responder.ts";
import { expectFailed, planFor, planForServer, resolveName } from "./resolving.ts";

const SOA = { name: "example", type: "SOA", ttl: 900, data: "ns.example admin.example 1 2 3 4 300" } as const;

interface Case {
  readonly what: string;
  readonly a: Deed;
  readonly aaaa?: Deed;
  readonly code: DnsCode;
  readonly word: string | null;
  readonly outcome: string;
  readonly why: RegExp;
  readonly next: RegExp;
}

const CASES: readonly Case[] = [
  {
    what: "NXDOMAIN",
    a: { rcode: "NXDOMAIN", authorities: [SOA] },
    code: "NK_DNS_NOT_FOUND",
    word: "NXDOMAIN",
    outcome: "no-such-name",
    why: /^SERVER says that no such name exists \(NXDOMAIN\)$/,
    next: /check the spelling of the host name; .* unknown for 300 s/,
  },
  {
    what: "NXDOMAIN behind an alias",
    a: { rcode: "NXDOMAIN", extra: [{ name: "a.example", type: "CNAME", data: "gone.example" }] },
    code: "NK_DNS_NOT_FOUND",
    word: "NXDOMAIN",
    outcome: "no-such-name",
    why: /its alias gone\.example does not exist/,
    next: /correct the alias/,
  },
  {
    what: "SERVFAIL",
    a: { rcode: "SERVFAIL", errors: [[6, "signature of example. wrong"]] },
    code: "NK_DNS_SERVER_FAILURE",
    word: "SERVFAIL",
    outcome: "failed",
    why: /^SERVER answered SERVFAIL \(DNSSEC bogus: signature of example\. wrong\): it could not find out/,
    next: /the name's own servers/,
  },
  {
    what: "NOTIMP",
    a: { rcode: "NOTIMP" },
    code: "NK_DNS_SERVER_FAILURE",
    word: "NOTIMP",
    outcome: "failed",
    why: /^SERVER answered NOTIMP: it cannot handle the question/,
    next: /log/,
  },
  {
    what: "a referral",
    a: { recursionAvailable: false, authorities: [{ name: "example", type: "NS", data: "ns.example" }] },
    code: "NK_DNS_SERVER_FAILURE",
    word: "NOERROR",
    outcome: "failed",
    why: /^SERVER points to other name servers/,
    next: /name a resolver/,
  },
  {
    what: "REFUSED",
    a: { rcode: "REFUSED" },
    code: "NK_DNS_REFUSED",
    word: "REFUSED",
    outcome: "failed",
    why: /^SERVER answered REFUSED: it does not answer this machine/,
    next: /resolves for this network/,
  },
  {
    what: "silence",
    a: { kind: "drop" },
    code: "NK_DNS_TIMEOUT",
    word: null,
    outcome: "timed-out",
    why: /^SERVER did not answer within 500 ms$/,
    next: /no firewall drops port 53/,
  },
  {
    what: "no address at all",
    a: {},
    code: "NK_DNS_NO_ADDRESS",
    word: null,
    outcome: "no-data",
    why: /^SERVER knows the name, but it has neither an A nor an AAAA record$/,
    next: /check the name's records/,
  },
  {
    what: "a broken answer",
    // Response, one question, and nothing of it there.
    a: { kind: "bytes", withId: true, bytes: Buffer.from("81800001000000000000", "hex") },
    code: "NK_DNS_MALFORMED",
    word: "malformed",
    outcome: "failed",
    why: /^SERVER sent a broken answer: .*RFC 1035 §/,
    next: /a DNS server listens there/,
  },
  {
    what: "garbage",
    a: { kind: "bytes", bytes: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n") },
    code: "NK_DNS_MALFORMED",
    word: "malformed",
    outcome: "failed",
    why: /^SERVER sent something that is no DNS answer/,
    next: /a DNS server listens there/,
  },
];

describe("a name does not become an address", () => {
  const texts: string[] = [];

  test.each(CASES)("by $what", async ({ a, aaaa = a, code, word, outcome, why, next }) => {
    await using responder = await DnsResponder.start();
    responder.on("a.example", "A", a).on("a.example", "AAAA", aaaa);
    // Only silence and what counts as it take the whole time.
    const resolveMs = a.kind === "drop" || a.kind === "bytes" ? 500 : 5000;
    const plan = planForServer(responder, { timeouts: { resolveMs } });
    const { error, resolution } = expectFailed(await resolveName(plan, "a.example"));
    expect(error).toMatchObject({
      stage: "dns",
      code,
      subject: "a.example",
      message: "could not resolve a.example",
    });
    const said = error.why!.replace(`127.0.0.1:${responder.port}`, "SERVER");
    expect(said).toMatch(why);
    expect(error.next).toMatch(next);
    expect(resolution.queries).toHaveLength(2);
    for (const query of resolution.queries) expect(query).toMatchObject({ outcome, code: word, records: [] });
    expect(texts).not.toContain(said);
    texts.push(said);
  });

  test("when nothing listens there, at once", async () => {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    socket.close();
    await once(socket, "close");
    const began = performance.now();
    const plan = planFor({ kind: "dns", address: "127.0.0.1", port }, { timeouts: { resolveMs: 10_000 } });
    const { error, resolution } = expectFailed(await resolveName(plan, "a.example"));
    expect(performance.now() - began).toBeLessThan(4000);
    expect(error).toMatchObject({
      code: "NK_DNS_UNREACHABLE",
      why: `127.0.0.1:${port} cannot be reached: the host is there, but nothing answers DNS on that port (ECONNREFUSED over udp)`,
      next: expect.stringContaining("address and port"),
    });
    expect(resolution.queries[0]).toMatchObject({ outcome: "failed", code: "ECONNREFUSED" });
  });

  test("when the answer was cut and TCP is closed", async () => {
    await using responder = await DnsResponder.start({ noTcp: true });
    responder.on("a.example", "A", { truncated: true });
    const { error } = expectFailed(await resolveName(planForServer(responder, { family: 4 }), "a.example"));
    expect(error).toMatchObject({
      code: "NK_DNS_UNREACHABLE",
      why: expect.stringContaining("ECONNREFUSED over tcp"),
    });
  });

  test.each<[string, Deed, DnsCode, RegExp]>([
    ["closes", { kind: "close" }, "NK_DNS_UNREACHABLE", /over TCP it closes the connection/],
    ["is silent", { kind: "drop" }, "NK_DNS_TIMEOUT", /over TCP did not answer within 800 ms/],
    ["sends garbage", { kind: "bytes", bytes: Buffer.from("no") }, "NK_DNS_MALFORMED", /2 bytes/],
    ["answers another question", { strangers: ["wrong-question"] }, "NK_DNS_MALFORMED", /another question/],
  ])("when the answer was cut and TCP %s", async (_what, deed, code, why) => {
    await using responder = await DnsResponder.start();
    responder.on("a.example", "A", { truncated: true }, deed);
    const plan = planForServer(responder, { family: 4, timeouts: { resolveMs: 800 } });
    const { error } = expectFailed(await resolveName(plan, "a.example"));
    expect(error.code).toBe(code);
    expect(error.why).toMatch(why);
  });

  test("because only the other family has one, and says so", async () => {
    await using responder = await DnsResponder.start();
    responder.on("a.example", "A", { addresses: ["192.0.2.1"] }).on("a.example", "AAAA", {});
    const { error, resolution } = expectFailed(
      await resolveName(planForServer(responder, { family: 6 }), "a.example"),
    );
    expect(error).toMatchObject({
      code: "NK_DNS_NO_ADDRESS",
      why: `127.0.0.1:${responder.port} knows the name with 192.0.2.1 only: it has no AAAA record`,
      next: expect.stringContaining("leave out -6"),
    });
    expect(resolution.queries.map(({ type }) => type)).toEqual(["AAAA"]);
  });

  test("and the more telling of two failures wins, naming the other", async () => {
    await using responder = await DnsResponder.start();
    responder.on("a.example", "A", { rcode: "SERVFAIL" }).on("a.example", "AAAA", { kind: "drop" });
    const plan = planForServer(responder, { timeouts: { resolveMs: 600 } });
    const { error, resolution } = expectFailed(await resolveName(plan, "a.example"));
    expect(error.code).toBe("NK_DNS_SERVER_FAILURE");
    expect(error.why).toMatch(/ when asked for A; asked for AAAA, it did not answer$/);
    expect(resolution.queries.map(({ outcome }) => outcome)).toEqual(["timed-out", "failed"]);
  });
});

describe("of two failures", () => {
  const failure = (code: DnsCode): Answer => ({
    kind: "failed",
    failure: { code, word: null, why: `why ${code}`, next: "next" },
    transport: "udp",
    cname: [],
  });
  const shared = { transport: "udp", cname: [] } as const;
  const notFound: Answer = { kind: "no-such-name", word: "NXDOMAIN", ttlSeconds: undefined, ...shared };
  const noData: Answer = { kind: "no-data", ...shared };

  const decide = (A: Answer, AAAA: Answer): NetkitError =>
    resolutionError({
      host: "h",
      server: "s",
      elsewhere: [],
      answers: new Map([
        ["AAAA", AAAA],
        ["A", A],
      ]),
    });

  test.each<[Answer, Answer, DnsCode]>([
    [notFound, failure("NK_DNS_TIMEOUT"), "NK_DNS_NOT_FOUND"],
    [noData, failure("NK_DNS_TIMEOUT"), "NK_DNS_TIMEOUT"],
    [noData, failure("NK_DNS_SERVER_FAILURE"), "NK_DNS_SERVER_FAILURE"],
    [failure("NK_DNS_MALFORMED"), failure("NK_DNS_TIMEOUT"), "NK_DNS_MALFORMED"],
    [failure("NK_DNS_UNREACHABLE"), failure("NK_DNS_REFUSED"), "NK_DNS_REFUSED"],
    [notFound, noData, "NK_DNS_NOT_FOUND"],
  ])("the order does not matter (%#)", (one, two, code) => {
    expect(decide(one, two).code).toBe(code);
    expect(decide(two, one).code).toBe(code);
  });
});
