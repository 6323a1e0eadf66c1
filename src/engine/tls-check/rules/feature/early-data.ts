/** TLS 1.3 early data is accepted. */
import { judgeAnswers } from "../shared/answers.ts";
import { defineRule } from "../shared/define.ts";

export const earlyData = defineRule(
  {
    id: "early-data",
    title: "Early data (0-RTT) is accepted",
    severity: "low",
    about: "feature",
    probes: ["sessions"],
    why:
      "Early data can be replayed by anyone who recorded it, to the same server or to another of a cluster. It is safe only " +
      "for requests that change nothing, and only if the application knows which ones came early.",
    fix:
      "Switch it off unless the application answers 425 Too Early where it matters.\n" +
      "nginx:    ssl_early_data off;   (or: proxy_set_header Early-Data $ssl_early_data;)\n" +
      "HAProxy:  leave allow-0rtt out of the bind line\n" +
      "Node:     does not take early data\n" +
      "Postgres: does not take early data",
    references: ["RFC 8446 section 8", "RFC 8470"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) => address.sessions?.earlyData,
      question: "early data is accepted",
      offered: ({ address }) => {
        const bytes = address.sessions?.maxEarlyDataBytes;
        return {
          status: "exposure",
          message: "early data is accepted: whoever records it can send it again",
          evidence: bytes === undefined ? [] : [`up to ${bytes} bytes`],
        };
      },
    }),
);
