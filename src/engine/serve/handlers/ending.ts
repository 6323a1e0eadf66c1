/** Connections that end without an answer: `/close` in good order (FIN), `/reset` with a reset (RST). */
import type { Handler } from "./handler.ts";

export const close: Handler = {
  id: "close",
  pattern: "/close",
  example: "/close",
  description: "the connection is closed without an answer",
  methods: "any",
  reply: () => ({
    kind: "live",
    start(exchange) {
      exchange.close();
      return {};
    },
  }),
};

export const reset: Handler = {
  id: "reset",
  pattern: "/reset",
  example: "/reset",
  description: "the connection is reset without an answer",
  methods: "any",
  reply: () => ({
    kind: "live",
    start(exchange) {
      exchange.reset();
      return {};
    },
  }),
};
