/** `/upload`: takes a body of any size in any framing, keeps nothing of it, and tells its size and SHA-256. */
import { createHash } from "node:crypto";
import { jsonAnswer } from "../http/answer.ts";
import type { Handler } from "./handler.ts";

export const upload: Handler = {
  id: "upload",
  pattern: "/upload",
  example: "/upload",
  description: "counts the bytes of the body, tells their SHA-256",
  methods: ["POST", "PUT", "PATCH"],
  reply: () => ({
    kind: "live",
    start(exchange) {
      const hash = createHash("sha256");
      let bytes = 0;
      return {
        data(chunk, start, end) {
          bytes += end - start;
          hash.update(chunk.subarray(start, end));
        },
        bodyEnded: () => exchange.answer(jsonAnswer(200, { bytes, sha256: hash.digest("hex") })),
      };
    },
  }),
};
