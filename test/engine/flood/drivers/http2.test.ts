// What is HTTP/2's own in a flood: limits, refusals, GOAWAY, windows, and the choice of the version by ALPN.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createSecureServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, test } from "vitest";
import { ERROR } from "../../../../src/core/framing/http2/codes.ts";
import { encodeHeaderBlock } from "../../../../src/core/framing/http2/hpack/encoder.ts";
import type { FloodPlan } from "../../../../src/engine/flood/plan.ts";
import { Folder } from "../../../support/program.ts";
import { selfSigned } from "../../../support/tls-servers.ts";
import { type DriverCase, type Flooded, flooded, listenFor } from "./conformance.ts";
import { Http2Peer } from "./http2-peer.ts";

const HTTP2: DriverCase = {
  plan: { protocol: { kind: "http", version: "2" } },
  codec: () => new Http2Peer(),
  refusesUnsolicited: false,
  closed: "closed",
};

/** Against peers that are made one a connection, in the order of connections. */
async function against(
  make: (nth: number) => Http2Peer,
  over: Partial<FloodPlan> = {},
  answered: (socket: Socket, nth: number) => void = () => {},
): Promise<Flooded & { peers: Http2Peer[] }> {
  const peers: Http2Peer[] = [];
  const codec = (): Http2Peer => {
    peers.push(make(peers.length));
    return peers.at(-1)!;
  };
  await using peer = await listenFor(
    { ...HTTP2, codec },
    {
      answers: (n, answer, socket) => {
        if (!socket.writableEnded) socket.write(answer());
        answered(socket, n);
      },
    },
  );
  const found = await flooded({ ...HTTP2.plan, ...over }, peer.port);
  return { ...found, peers };
}

const count = (requests: number): Partial<FloodPlan> => ({ stop: { kind: "requests", count: requests } });

describe("the peer's limits", () => {
  test("never more streams at once than SETTINGS_MAX_CONCURRENT_STREAMS allow", async () => {
    let most = 0;
    class Narrow extends Http2Peer {
      override take(chunk: Buffer): ReturnType<Http2Peer["take"]> {
        const taken = super.take(chunk);
        most = Math.max(most, this.session.active);
        return taken;
      }
    }
    const found = await against(() => new Narrow({ maxStreams: 2 }), {
      connections: 1,
      depth: 8,
      ...count(60),
    });
    expect(found).toMatchObject({ requests: 60, succeeded: 60, errors: {}, opened: 1 });
    // Those sent before the SETTINGS came were refused, and sent again.
    expect(most).toBeLessThanOrEqual(2);
  });

  test("a body of any size passes through small windows, once", async () => {
    const body = Buffer.alloc(300_000, "netkit");
    const found = await against(() => new Http2Peer({ streamWindow: 20_000, connectionWindow: 65_535 }), {
      connections: 1,
      depth: 3,
      request: { method: "POST", headers: [["X-Trace", "7"]], body },
      ...count(6),
    });
    expect(found).toMatchObject({ requests: 6, succeeded: 6, errors: {}, opened: 1 });
    const [peer] = found.peers;
    expect(peer!.content.length).toBe(6 * body.length);
    expect(peer!.heads[0]).toEqual([
      ...[
        ":method",
        "POST",
        ":scheme",
        "http",
        ":authority",
        expect.stringContaining("127.0.0.1:"),
        ":path",
        "/",
      ],
      ...["x-trace", "7", "content-length", "300000"],
    ]);
  });

  test("an answer before the whole request is an answer", async () => {
    const body = Buffer.alloc(200_000);
    const found = await against(() => new Http2Peer({}, false), {
      connections: 1,
      request: { method: "POST", headers: [], body },
      ...count(20),
    });
    expect(found).toMatchObject({ requests: 20, succeeded: 20, errors: {}, opened: 1 });
  });

  test("a window that never opens ends by the time-out, request by request", async () => {
    const body = Buffer.alloc(100_000);
    class Deaf extends Http2Peer {
      override take(chunk: Buffer): ReturnType<Http2Peer["take"]> {
        super.take(chunk);
        return { greeting: Buffer.alloc(0), requests: [] };
      }
    }
    const request = { method: "POST", headers: [], body };
    const found = await against(() => new Deaf(), {
      connections: 1,
      depth: 2,
      timeoutMs: 60,
      request,
      ...count(4),
    });
    expect(found).toMatchObject({ requests: 4, succeeded: 0, censored: 4, timedOut: 4, opened: 1 });
  });
});

/** Says GOAWAY at its request number `at`, and takes none that comes later. */
class Leaving extends Http2Peer {
  readonly #at: number;
  #served = 0;

  constructor(at: number) {
    super();
    this.#at = at;
  }

  override answer(request: Buffer): Buffer {
    if (++this.#served === this.#at) this.session.shutdown();
    return super.answer(request);
  }
}

describe("GOAWAY", () => {
  test("every request is answered once, on the next connection where the last did not take it", async () => {
    let answers = 0;
    class Counting extends Leaving {
      override answer(request: Buffer): Buffer {
        answers++;
        return super.answer(request);
      }
    }
    const found = await against(() => new Counting(5), { connections: 2, depth: 4, ...count(60) });
    expect(found).toMatchObject({ requests: 60, succeeded: 60, errors: {} });
    expect(found.opened).toBeGreaterThanOrEqual(60 / 2 / 8);
    expect(answers).toBe(60);
  });

  test("what was taken and not answered before the connection ended has failed; the rest goes on", async () => {
    class Dying extends Http2Peer {
      override answer(request: Buffer): Buffer {
        const id = request.readUInt32BE();
        if (id < 5) return super.answer(request);
        // Takes the third request, no later one, and ends.
        const goaway = Buffer.from("0000080700000000000000000500000000", "hex");
        return id === 5 ? goaway : Buffer.alloc(0);
      }
    }
    const found = await against(
      () => new Dying(),
      { connections: 1, depth: 4, ...count(12) },
      (socket, n) => void (n === 2 && socket.end()),
    );
    expect(found.requests).toBe(12);
    expect(found.errors).toEqual({ closed: found.failed });
    expect(found.failed).toBeGreaterThan(0);
    expect(found.succeeded).toBe(12 - found.failed);
    expect(found.succeeded).toBeGreaterThanOrEqual(6);
  });

  test("with an error, it is one", async () => {
    class Angry extends Http2Peer {
      override answer(): Buffer {
        this.session.close(ERROR.enhanceYourCalm);
        return this.written();
      }
    }
    const found = await against(
      () => new Angry(),
      count(6),
      (socket) => void socket.end(),
    );
    expect(found).toMatchObject({ requests: 6, failed: 6, errors: { goaway: 6 } });
  });

  test("again and again without an answer, it does not make the client dial without end", async () => {
    class Useless extends Http2Peer {
      override answer(): Buffer {
        return Buffer.from("0000080700000000000000000000000000", "hex");
      }
    }
    const found = await against(() => new Useless(), { connections: 1, timeoutMs: 150, ...count(2) });
    expect(found).toMatchObject({ requests: 2, succeeded: 0, censored: 2 });
    expect(found.opened).toBeLessThan(20);
  });
});

describe("streams", () => {
  test("one that is reset fails its request and no other", async () => {
    let nth = 0;
    class Picky extends Http2Peer {
      override answer(request: Buffer): Buffer {
        if (nth++ % 4 !== 3) return super.answer(request);
        this.session.reset(request.readUInt32BE(), ERROR.internal);
        return this.written();
      }
    }
    const found = await against(() => new Picky(), { depth: 3, ...count(40) });
    expect(found).toMatchObject({ requests: 40, failed: 10, errors: { "stream-reset": 10 }, opened: 2 });
  });

  test("one that is refused was not processed: it is sent again", async () => {
    let nth = 0;
    class Busy extends Http2Peer {
      override answer(request: Buffer): Buffer {
        if (nth++ % 3 !== 0) return super.answer(request);
        this.session.reset(request.readUInt32BE(), ERROR.refusedStream);
        return this.written();
      }
    }
    const found = await against(() => new Busy(), { depth: 3, ...count(40) });
    expect(found).toMatchObject({ requests: 40, succeeded: 40, errors: {}, opened: 2 });
    class Closed extends Http2Peer {
      override answer(request: Buffer): Buffer {
        this.session.reset(request.readUInt32BE(), ERROR.refusedStream);
        return this.written();
      }
    }
    const never = await against(() => new Closed(), { connections: 1, timeoutMs: 5_000, ...count(2) });
    expect(never).toMatchObject({ requests: 2, failed: 2, errors: { "stream-reset": 2 } });
  });

  test("trailers end an answer, and interim answers do not", async () => {
    const early = encodeHeaderBlock([":status", "103", "link", "</style.css>"]);
    const trailer = encodeHeaderBlock(["x-check", "7"]);
    const head = encodeHeaderBlock([":status", "200"]);
    class Wordy extends Http2Peer {
      override answer(request: Buffer): Buffer {
        const id = request.readUInt32BE();
        this.session.respond(id, early, false);
        this.session.respond(id, head, false);
        this.session.sendData(id, Buffer.from("hello"), 0, 5, false);
        this.session.sendTrailers(id, trailer);
        return this.written();
      }
    }
    expect(await against(() => new Wordy(), { depth: 3, ...count(20) })).toMatchObject({
      succeeded: 20,
      errors: {},
    });
  });

  test("an answer that breaks the rules fails its request; one that cannot be read, the connection", async () => {
    const upper = encodeHeaderBlock([":status", "200", "X-Upper", "1"]);
    class Sloppy extends Http2Peer {
      override answer(request: Buffer): Buffer {
        this.session.respond(request.readUInt32BE(), upper, true);
        return this.written();
      }
    }
    const sloppy = await against(() => new Sloppy(), { connections: 1, ...count(5) });
    expect(sloppy).toMatchObject({ requests: 5, failed: 5, errors: { protocol: 5 }, opened: 1 });
    class Broken extends Http2Peer {
      override answer(request: Buffer): Buffer {
        this.session.respond(request.readUInt32BE(), Buffer.from("ffffffffff", "hex"), true);
        return this.written();
      }
    }
    const broken = await against(() => new Broken(), { connections: 1, depth: 1, ...count(3) });
    expect(broken).toMatchObject({ requests: 3, failed: 3, errors: { protocol: 3 } });
    expect(broken.opened).toBeGreaterThan(1);
  });
});

describe("the version over TLS", () => {
  test("is HTTP/2 where the server agrees, HTTP/1.1 where it does not, and what --http says", async () => {
    await using folder = await Folder.create();
    const files = await selfSigned(folder, "p256");
    const pair = { cert: await readFile(files.cert, "utf8"), key: await readFile(files.key, "utf8") };
    const versions: string[] = [];
    const both = createSecureServer({ ...pair, allowHTTP1: true }, (request, response) => {
      versions.push(request.httpVersion);
      response.end("hello");
    });
    const old = createTlsServer(pair, (socket) => {
      socket.on("error", () => {});
      socket.on("data", () => socket.write("HTTP/1.1 204 No Content\r\n\r\n"));
    });
    for (const server of [both, old]) await once(server.listen(0, "127.0.0.1"), "listening");
    const tls = { verify: false, ca: undefined, cert: undefined, key: undefined };
    const flood = async (server: typeof old, version: "1.1" | "2" | "agreed"): Promise<Flooded> => {
      const { port } = server.address() as AddressInfo;
      return await flooded({ tls, protocol: { kind: "http", version }, depth: 1, ...count(6) }, port, true);
    };
    try {
      for (const [version, spoken] of [
        ["agreed", "2.0"],
        ["2", "2.0"],
        ["1.1", "1.1"],
      ] as const) {
        versions.length = 0;
        expect(await flood(both as typeof old, version)).toMatchObject({ succeeded: 6, errors: {} });
        expect(new Set(versions)).toEqual(new Set([spoken]));
      }
      expect(await flood(old, "agreed")).toMatchObject({ succeeded: 6, errors: {} });
      const refused = await flood(old, "2");
      expect(refused).toMatchObject({ succeeded: 0, failed: 6, errors: { "tls-alpn": 6 } });
    } finally {
      both.close();
      old.close();
    }
  });
});
