// What the trace shows of a path, and what it does not.
import { describe, expect, test } from "vitest";
import type { TraceLine } from "../../../../src/engine/connect/way/trace.ts";
import { answering, answeringTls, dialogue, factsOf, listen, local, TRUSTED } from "./paths.ts";

describe("the trace", () => {
  async function traced(url: string, changes: Parameters<typeof factsOf>[1]): Promise<TraceLine[]> {
    const events: TraceLine[] = [];
    // Views are to be read at once.
    const keep = (event: TraceLine): void => {
      events.push({ ...event, bytes: event.bytes && Buffer.from(event.bytes) });
    };
    const facts = await factsOf(url, changes, { trace: keep });
    expect(facts.error).toBeNull();
    return events;
  }

  const lines = (events: readonly TraceLine[]): string =>
    events.map(({ layer, direction, what }) => `${layer} ${direction} ${what}`).join("\n");

  test("shows each layer: addresses, records by type, the bytes of the protocol", async () => {
    const port = await listen(answeringTls());
    const events = await traced(`https://localhost:${port}/`, { ...TRUSTED, http: "1.1" });
    const text = lines(events);
    expect(text).toMatch(/^dns note system: localhost A: 127\.0\.0\.1$/m);
    expect(text).toMatch(/^tcp note 127\.0\.0\.1: connected$/m);
    expect(text).toMatch(/^tls out handshake: ClientHello, \d+ bytes/m);
    expect(text).toMatch(/^tls in handshake: ServerHello, \d+ bytes/m);
    expect(text).toMatch(/^tls in encrypted \(ApplicationData\), \d+ bytes/m);
    expect(text).toMatch(/^tls note agreed: TLSv1\.3, TLS_AES_256_GCM_SHA384, x25519/m);
    const request = events.find(({ layer, direction }) => layer === "application" && direction === "out")!;
    expect(Buffer.from(request.bytes!).toString()).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
    expect(events.map(({ atUs }) => atUs)).toEqual(events.map(({ atUs }) => atUs).toSorted((a, b) => a - b));
  });

  test("names the messages of TLS 1.2 up to where they are hidden", async () => {
    const port = await listen(answeringTls());
    const tls = { ca: local.cert, maxVersion: "TLSv1.2" } as const;
    const text = lines(await traced(`https://localhost:${port}/`, { tls, http: "1.1" }));
    expect(text).toMatch(
      /^tls in handshake: (Certificate\b.*\n.*handshake: |.*Certificate, )ServerKeyExchange/m,
    );
    expect(text).toMatch(/^tls out handshake: ClientKeyExchange/m);
    expect(text).toMatch(/^tls out ChangeCipherSpec/m);
    expect(text).toMatch(/^tls out encrypted \(Handshake\)/m);
  });

  test("shows no secret", async () => {
    const port = await listen(answering());
    const headers = [
      ["Authorization", "Bearer hunter2"],
      ["X-Plain", "seen"],
    ] as const;
    const events = await traced(`http://127.0.0.1:${port}/?token=hunter2&a=b`, {
      request: { method: "GET", headers, body: undefined },
    });
    const shown = events.map(({ bytes, what }) => what + Buffer.from(bytes ?? []).toString()).join("\n");
    expect(shown).toContain("X-Plain: seen");
    expect(shown).toContain("Authorization: …");
    expect(shown).not.toContain("hunter2");

    await using redis = await dialogue(undefined, { "*": "+OK\r\n+PONG\r\n$0\r\n\r\n" });
    const spoken = await traced(`redis://:hunter2@127.0.0.1:${redis.port}`, {});
    expect(spoken.map(({ bytes }) => Buffer.from(bytes ?? []).toString()).join("")).not.toContain("hunter2");
  });
});
