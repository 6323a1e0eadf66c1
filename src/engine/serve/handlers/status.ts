/** `/status/{code}` answers with that status, `/redirect/{n}` leads n times further and then to `/`. */
import { STATUS_CODES } from "node:http";
import { type Answer, emptyAnswer, statusHasBody, textAnswer } from "../http/answer.ts";
import { answered, type Handler } from "./handler.ts";
import { count, withParameters } from "./parameters.ts";

/** Fields without which these statuses would break their own definition (RFC 9110 §15). */
function requiredFields(status: number): Answer["headers"] {
  if (status === 401) return [["WWW-Authenticate", 'Basic realm="netkit"']];
  if (status === 407) return [["Proxy-Authenticate", 'Basic realm="netkit"']];
  if (status === 405) return [["Allow", "GET, HEAD"]];
  if (status === 426)
    return [
      ["Connection", "Upgrade"],
      ["Upgrade", "HTTP/1.1"],
    ];
  if (status === 429 || status === 503) return [["Retry-After", "1"]];
  if ([301, 302, 303, 307, 308].includes(status)) return [["Location", "/"]];
  return [];
}

export const status: Handler = {
  id: "status",
  pattern: "/status/{code}",
  example: "/status/503",
  description: "an answer with that status, 200 to 599",
  methods: "any",
  reply: ({ params }) =>
    withParameters(() => {
      // 1xx are interim: a final answer cannot have one.
      const code = count(params[0]!, 200, 599);
      const fields = requiredFields(code);
      // RFC 9110 §15.3.6: a 205 has no content either, and says so by its length.
      if (!statusHasBody(code) || code === 205) return answered(emptyAnswer(code, fields));
      return answered(textAnswer(code, `${code} ${STATUS_CODES[code] ?? "Unknown"}\n`, fields));
    }),
};

export const redirect: Handler = {
  id: "redirect",
  pattern: "/redirect/{n}",
  example: "/redirect/3",
  description: "302, n times in a row, then /",
  methods: ["GET"],
  reply: ({ params }) =>
    withParameters(() => {
      const left = count(params[0]!, 0, 100) - 1;
      const location = left <= 0 ? "/" : `/redirect/${left}`;
      return answered(textAnswer(302, `${location}\n`, [["Location", location]]));
    }),
};
