// Bytes that no server should send: every outcome is a value or a lost link, and it comes soon.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeClientHello } from "../../../../../src/core/framing/tls/client-hello.ts";
import { encodeRecord, RECORD, RecordReader, VERSION } from "../../../../../src/core/framing/tls/record.ts";
import { openClassic } from "../../../../../src/engine/tls-check/probe/handshake/classic-flight.ts";
import { finishClassic } from "../../../../../src/engine/tls-check/probe/handshake/classic-handshake.ts";
import { readModernFlight } from "../../../../../src/engine/tls-check/probe/handshake/modern-flight.ts";
import { openModern } from "../../../../../src/engine/tls-check/probe/handshake/modern-handshake.ts";
import {
  RecordLayer,
  type RecordTransport,
} from "../../../../../src/engine/tls-check/probe/handshake/record-layer.ts";
import { Transcript } from "../../../../../src/engine/tls-check/probe/handshake/transcript.ts";
import { makeHello } from "../../../../../src/engine/tls-check/probe/hello.ts";
import {
  LinkLost,
  type LinkRecord,
  type LinkViolation,
} from "../../../../../src/engine/tls-check/probe/link.ts";
import { modernOffer } from "../../../../../src/engine/tls-check/probe/modern-offer.ts";
import { ScriptedServer } from "../scripted.ts";
import { ClassicServer, SUITES } from "./classic-server.ts";
import { credentials } from "./credentials.ts";
import { ModernServer } from "./modern-server.ts";
import * as trace from "./rfc8448.ts";

/** Plays bytes, then ends. */
class Playback implements RecordTransport {
  readonly #reader = new RecordReader();
  readonly sent: Uint8Array[] = [];

  constructor(bytes: Buffer) {
    this.#reader.feed(bytes);
  }

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }

  async nextRecord(): Promise<LinkRecord | LinkViolation> {
    const event = this.#reader.next();
    if (event.kind === "need-more") throw new LinkLost("eof", "played to the end");
    return event;
  }
}

/** The first bytes that a server sends to one hello. */
async function recorded(script: Parameters<typeof ScriptedServer.start>[0], hello: Buffer): Promise<Buffer> {
  await using server = await ScriptedServer.start(script);
  const outcome = await server.prober().exchange("record", async (link) => {
    link.sendHandshake(hello);
    return link.read();
  });
  if (outcome.kind === "inconclusive") throw new Error(outcome.why);
  return outcome.value;
}

const mutations = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
  minLength: 1,
  maxLength: 6,
});

function mutate(bytes: Buffer, changes: readonly (readonly [number, number])[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [place, value] of changes) copy[place % copy.length] = value;
  return copy;
}

async function outcomeOf(run: Promise<{ readonly kind: string }>): Promise<string> {
  try {
    return (await run).kind;
  } catch (error) {
    if (error instanceof LinkLost) return "lost";
    throw error;
  }
}

describe("mutated answers", () => {
  test("the clear flight of TLS 1.2, read and answered", async () => {
    await using server = await ScriptedServer.start(() => undefined);
    const prober = server.prober();
    const rsa = await credentials("rsa");
    for (const suite of [SUITES.ecdheCbc, SUITES.rsaGcm]) {
      const spec = makeHello(prober, { version: "TLSv1.2", suites: [suite] });
      const flight = await recorded(new ClassicServer({ credentials: rsa }).script, encodeClientHello(spec));
      const seen = new Set<string>();
      await fc.assert(
        fc.asyncProperty(mutations, async (changes) => {
          const layer = new RecordLayer(new Playback(mutate(flight, changes)), VERSION.tls10, false);
          const run = async (): Promise<{ readonly kind: string }> => {
            const read = await openClassic(layer, spec);
            return read.kind === "flight" ? finishClassic(layer, read) : read;
          };
          seen.add(await outcomeOf(run()));
        }),
        { numRuns: 200 },
      );
      expect(seen).not.toContain("handshake");
      expect(seen).toContain("violation");
    }
  });

  test("ServerHello and what follows of TLS 1.3", async () => {
    await using server = await ScriptedServer.start(() => undefined);
    const offer = modernOffer(server.prober(), { suites: [0x1301], groups: [0x001d] })!;
    const modern = new ModernServer({ credentials: [await credentials("ec")] });
    const answer = await recorded(modern.script, encodeClientHello(offer.spec));
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        const bytes = mutate(answer, changes);
        const kind = await outcomeOf(openModern(new Playback(bytes), offer));
        // A change may hit what nobody reads, the header's version for instance.
        expect(["violation", "alert", "unsupported", "lost", "handshake"]).toContain(kind);
      }),
      { numRuns: 400 },
    );
  });

  test("the encrypted flight of TLS 1.3 is all covered by its Finished", async () => {
    const hash = new Transcript();
    hash.add(trace.clientHello);
    hash.add(trace.serverHello);
    const read = async (flight: Buffer): Promise<string> => {
      const transcript = new Transcript();
      for (const message of hash.messages) transcript.add(message);
      const playback = new Playback(encodeRecord(RECORD.handshake, VERSION.tls12, flight));
      const layer = new RecordLayer(playback, VERSION.tls12, false);
      return outcomeOf(readModernFlight(layer, transcript, "sha256", trace.serverHandshake));
    };
    expect(await read(trace.serverFlight)).toBe("flight");
    await fc.assert(
      fc.asyncProperty(
        fc.nat(trace.serverFlight.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const changed = Buffer.from(trace.serverFlight);
          changed[at]! ^= mask;
          expect(await read(changed)).not.toBe("flight");
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe("RecordLayer", () => {
  const modernLayer = (bytes: Buffer): RecordLayer =>
    new RecordLayer(new Playback(bytes), VERSION.tls12, true);

  test("passes over change_cipher_spec in TLS 1.3, but not for ever", async () => {
    const change = Buffer.from([20, 3, 3, 0, 1, 1]);
    const alert = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
    expect(await modernLayer(Buffer.concat([change, change, alert])).next()).toMatchObject({
      name: "handshake_failure",
    });
    const many = Buffer.concat(Array.from({ length: 100 }, () => change));
    expect(await modernLayer(many).next()).toMatchObject({ kind: "violation" });
  });

  test("puts a message together from many records", async () => {
    const hello = trace.serverHello;
    const records = Array.from(hello, (byte) =>
      encodeRecord(RECORD.handshake, VERSION.tls12, Buffer.from([byte])),
    );
    const message = await modernLayer(Buffer.concat(records)).next();
    expect(message).toMatchObject({ kind: "message", raw: hello });
  });

  test("splits what is longer than a record", () => {
    const playback = new Playback(Buffer.alloc(0));
    new RecordLayer(playback, VERSION.tls12, false).send(RECORD.handshake, Buffer.alloc(40_000));
    expect(Buffer.concat(playback.sent)).toHaveLength(40_000 + 3 * 5);
  });
});
