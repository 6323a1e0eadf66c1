// The measurement rules over every protocol, against peers that are not netkit's and whose true behaviour is known.
import { describe, test } from "vitest";
import { KNOWN_DIALECTS } from "../support/known-server.ts";
import { exactAnswers, frozenAnswers, mixedAnswers, silence } from "../support/truths.ts";

// As in the suite of HTTP/1.1: a single stall of the machine can spoil one measurement of a fraction of a millisecond.
const FINE = { retry: 5 };

describe.concurrent("wide tolerances, four at a time", () => {
  test.each(KNOWN_DIALECTS)(
    "%s: a freeze of 2 s is in the response time, and not in the service time",
    { retry: 2 },
    (dialect) => frozenAnswers(dialect),
  );

  test.each(KNOWN_DIALECTS)("%s: silence ends by the time-out, every request counted", (dialect) =>
    silence(dialect),
  );
});

describe("fine tolerances, two at a time", () => {
  test.each(KNOWN_DIALECTS)(
    "%s: exact 50 ms answers, and nine of ten in 20 ms and one in 200 ms, stay what they are",
    FINE,
    async (dialect) => {
      await Promise.all([exactAnswers(dialect, 2), mixedAnswers(dialect, 400)]);
    },
  );
});
