/**
 * Answers with a body of a known size: `/bytes/{n}` as fast as the client reads, `/drip` spread over time.
 *
 * Byte k of either is k mod 251: the same on every run, and since 251 is a prime, a block that is lost,
 * repeated or moved by a round number of bytes shows. Memory does not depend on n.
 */
import type { Exchange } from "../http/exchange.ts";
import { answered, type Handler, type Live, type Reply } from "./handler.ts";
import { durationMs, sizeBytes, withParameters } from "./parameters.ts";

const PERIOD = 251;
/** A whole number of periods, so that a block can follow a block. */
const BLOCK = Buffer.from(Uint8Array.from({ length: PERIOD * 256 }, (_, at) => at % PERIOD));
/** Up to here the answer is prepared as a whole. */
const PREPARED_BYTES = 16 * 1024;
const TYPE = ["Content-Type", "application/octet-stream"] as const;

/** Bytes `from` to `to` of the pattern, in as many blocks as fit. */
function pattern(from: number, to: number): Buffer {
  const offset = from % PERIOD;
  return BLOCK.subarray(offset, Math.min(offset + to - from, BLOCK.length));
}

function stream(exchange: Exchange, total: number): Live {
  let sent = 0;
  const more = (): void => {
    while (exchange.flow === "flowing" && sent < total) {
      const block = pattern(sent, total);
      sent += block.length;
      exchange.send(block);
    }
    if (sent >= total) exchange.end();
  };
  exchange.start(200, [TYPE], total);
  if (exchange.bodyWanted) more();
  else exchange.end();
  return { drained: more };
}

export const bytes: Handler = {
  id: "bytes",
  pattern: "/bytes/{n}",
  example: "/bytes/64KiB",
  description: "n bytes, byte k being k mod 251",
  methods: ["GET"],
  reply: ({ params }) =>
    withParameters(() => {
      const total = sizeBytes(params[0]!);
      if (total <= PREPARED_BYTES) {
        return answered({ status: 200, headers: [TYPE], body: pattern(0, total) });
      }
      return { kind: "live", start: (exchange) => stream(exchange, total) };
    }),
};

/** Finer steps than this only cost; a timer of node is no better than 1 ms. */
const DRIP_STEP_MS = 10;

function dripping(exchange: Exchange, total: number, overMs: number): Live {
  const startMs = performance.now();
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;
  const drop = (): void => {
    const share = overMs === 0 ? 1 : Math.min(1, (performance.now() - startMs) / overMs);
    const due = Math.floor(total * share);
    while (sent < due && exchange.flow === "flowing") {
      const block = pattern(sent, due);
      sent += block.length;
      exchange.send(block);
    }
    if (sent >= total) exchange.end();
    else timer = setTimeout(drop, Math.max(DRIP_STEP_MS, overMs / total));
  };
  exchange.start(200, [TYPE], total);
  if (exchange.bodyWanted) drop();
  else exchange.end();
  return { closed: () => clearTimeout(timer) };
}

export const drip: Handler = {
  id: "drip",
  pattern: "/drip",
  example: "/drip?bytes=10&over=2s",
  description: "so many bytes spread evenly over a time",
  methods: ["GET"],
  reply: ({ query }): Reply =>
    withParameters(() => {
      const total = sizeBytes(query.get("bytes") ?? "10");
      const overMs = durationMs(query.get("over") ?? "2s");
      return { kind: "live", start: (exchange) => dripping(exchange, total, overMs) };
    }),
};
