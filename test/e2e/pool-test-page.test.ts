// The page of a pool test in a real browser: it asks for nothing, draws every line in light, dark and print, fits a telephone and a
// desk, and axe-core finds nothing.
import { describe, expect } from "vitest";
import { poolTestFormat } from "../../src/report/pool-test/catalog.ts";
import { MANY_SIZES, POISONED, PROBE_ALONE, PROBED, SWEEP, UNSERVED } from "../report/fixtures/pool-test.ts";
import { peerTest } from "../support/peers.ts";
import {
  auditTest,
  everyLineDrawn,
  INKED,
  isQuietAndFits,
  openPage,
  VIEWS,
  violations,
} from "../support/report-page.ts";

const page = (result: typeof SWEEP): string => poolTestFormat("html").render(result, { width: 80, color: 0 });
const WATCHED: typeof SWEEP = {
  ...PROBED,
  chaos: {
    ...PROBED.chaos!,
    timeline: Array.from({ length: 60 }, (_, at) => ({
      ...{ at: at / 10, active: 4, idle: 0, creating: 0 },
      ...{
        waiting: at > 20 && at < 30 ? 90 : 40,
        served: at > 20 && at < 30 ? 0 : 310,
        failed: at === 21 ? 9 : 0,
      },
    })),
  },
};

describe("the page of a pool test", () => {
  peerTest("chromium", "asks for nothing, complains about nothing, and fits every screen", async () => {
    const results = { SWEEP, PROBED, UNSERVED, PROBE_ALONE, MANY_SIZES, POISONED, WATCHED };
    for (const [name, result] of Object.entries(results)) await isQuietAndFits(page(result), name);
  });

  peerTest("chromium", "draws every line, in light, dark and on paper", async () => {
    for (const [result, charts] of [
      [SWEEP, 2],
      [WATCHED, 1],
    ] as const) {
      await openPage(page(result), VIEWS[2]!, async (opened) => {
        for (const view of [...VIEWS, { width: 800, scheme: "light", media: "print" } as const]) {
          await opened.look(view);
          everyLineDrawn(await opened.evaluate(INKED), charts);
        }
      });
    }
  });

  auditTest("axe-core finds nothing in light and dark, wide and narrow", async () => {
    for (const view of VIEWS) {
      for (const result of [SWEEP, PROBED]) {
        await openPage(page(result), view, async (opened) => expect(await violations(opened)).toEqual([]));
      }
    }
  });
});
