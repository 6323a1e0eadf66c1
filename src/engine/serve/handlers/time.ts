/** Answers that take their time: `/delay/{duration}`, `/stream/{n}?every=`, and `/hang`, which never comes. */
import { formatMillis } from "../../../core/units.ts";
import { textAnswer } from "../http/answer.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Handler, Live } from "./handler.ts";
import { count, durationMs, withParameters } from "./parameters.ts";

export const delay: Handler = {
  id: "delay",
  pattern: "/delay/{duration}",
  example: "/delay/250ms",
  description: "an answer after that time",
  methods: "any",
  reply: ({ params }) =>
    withParameters(() => {
      const delayMs = durationMs(params[0]!);
      const answer = textAnswer(200, `after ${formatMillis(delayMs)}\n`);
      return {
        kind: "live",
        start(exchange) {
          const timer = setTimeout(() => exchange.answer(answer), delayMs);
          return { closed: () => clearTimeout(timer) };
        },
      };
    }),
};

/** JSON lines, each a chunk of its own, `everyMs` apart on a schedule that does not drift. */
function lines(exchange: Exchange, total: number, everyMs: number): Live {
  const startMs = performance.now();
  let line = 0;
  let timer: NodeJS.Timeout | undefined;
  const more = (): void => {
    timer = undefined;
    while (line < total && exchange.flow === "flowing") {
      const waitMs = startMs + line * everyMs - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(more, waitMs);
        return;
      }
      const elapsedMs = Math.round(performance.now() - startMs);
      exchange.send(Buffer.from(`${JSON.stringify({ line, of: total, elapsedMs })}\n`));
      line++;
    }
    if (line >= total) exchange.end();
  };
  exchange.start(200, [["Content-Type", "application/x-ndjson"]], undefined);
  if (exchange.bodyWanted) more();
  else exchange.end();
  return {
    drained: () => {
      if (timer === undefined) more();
    },
    closed: () => clearTimeout(timer),
  };
}

export const stream: Handler = {
  id: "stream",
  pattern: "/stream/{n}",
  example: "/stream/5?every=100ms",
  description: "n JSON lines, one chunk each, a time apart",
  methods: ["GET"],
  reply: ({ params, query }) =>
    withParameters(() => {
      const total = count(params[0]!, 0, Number.MAX_SAFE_INTEGER);
      const everyMs = durationMs(query.get("every") ?? "0");
      return { kind: "live", start: (exchange) => lines(exchange, total, everyMs) };
    }),
};

export const hang: Handler = {
  id: "hang",
  pattern: "/hang",
  example: "/hang",
  description: "no answer, ever, on an open connection",
  methods: "any",
  reply: () => ({
    kind: "live",
    // Nobody will get an answer, so a client that closes its side is gone.
    start: (exchange) => ({ peerEnded: () => exchange.close() }),
  }),
};
