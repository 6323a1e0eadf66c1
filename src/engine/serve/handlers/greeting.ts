/** `/`: a small fixed text, what throughput is measured with. */
import { textAnswer } from "../http/answer.ts";
import { answered, type Handler } from "./handler.ts";

const GREETING = answered(textAnswer(200, "hello, world\n"));

export const greeting: Handler = {
  id: "root",
  pattern: "/",
  example: "/",
  description: "a small fixed text",
  methods: ["GET"],
  reply: () => GREETING,
};
