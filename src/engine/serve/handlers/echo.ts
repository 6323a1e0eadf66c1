/**
 * What the client said, said back: `/echo` streams the body in the framing it came in, `/headers` shows the
 * request's head. A client that sends and does not read is stopped by the watermarks of its own answer.
 */
import { type Answer, jsonAnswer } from "../http/answer.ts";
import { versionOf } from "../http/head.ts";
import { answered, type Handler } from "./handler.ts";

export const echo: Handler = {
  id: "echo",
  pattern: "/echo",
  example: "/echo",
  description: "the request body, streamed back",
  methods: "any",
  reply({ head }) {
    const type = head.headers.get("content-type") ?? "application/octet-stream";
    const headers: Answer["headers"] = [["Content-Type", type]];
    const { body } = head;
    if (body.kind === "length" && body.length === 0) {
      return answered({ status: 200, headers, body: new Uint8Array(0) });
    }
    return {
      kind: "live",
      start(exchange) {
        exchange.start(200, headers, body.kind === "length" ? body.length : undefined);
        return {
          data(chunk, start, end) {
            exchange.sendCopy(chunk, start, end);
            if (exchange.flow === "paused") exchange.pauseBody();
          },
          drained: () => exchange.resumeBody(),
          bodyEnded: () => exchange.end(),
        };
      },
    };
  },
};

export const headers: Handler = {
  id: "headers",
  pattern: "/headers",
  example: "/headers",
  description: "method, target and header fields as JSON",
  methods: "any",
  reply: ({ head }) =>
    answered(
      jsonAnswer(200, {
        method: head.method,
        target: head.target,
        version: versionOf(head),
        headers: [...head.headers],
      }),
    ),
};
