// The pages of a history and of an A/B in a real browser: they ask for nothing, draw every line in light, dark and print, fit a
// telephone and a desk, and axe-core finds nothing.
import { describe, expect } from "vitest";
import { compareFormat } from "../../src/report/compare/catalog.ts";
import { historyFormat } from "../../src/report/history/catalog.ts";
import { PAIRED } from "../report/fixtures/compare-result.ts";
import { CHANGED, FIGURELESS, LEVEL, ROGUE, SHORT, YEARS } from "../report/fixtures/history-result.ts";
import type { View } from "../support/browser.ts";
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

const PLAIN = { width: 80, color: 0 } as const;
const history = (result: typeof CHANGED): string => historyFormat("html").render(result, PLAIN);
const ab = compareFormat("html").render(PAIRED.result, { ...PLAIN, runs: PAIRED.runs });
const LOOKS: readonly View[] = [...VIEWS, { width: 800, scheme: "light", media: "print" }];

describe("the page of a history", () => {
  peerTest("chromium", "asks for nothing, complains about nothing, and fits every screen", async () => {
    for (const [name, result] of Object.entries({ CHANGED, LEVEL, SHORT, FIGURELESS, ROGUE, YEARS })) {
      await isQuietAndFits(history(result), name);
    }
  });

  peerTest("chromium", "draws runs and levels of every metric, in light, dark and on paper", async () => {
    await openPage(history(CHANGED), VIEWS[2]!, async (page) => {
      for (const view of LOOKS) {
        await page.look(view);
        everyLineDrawn(await page.evaluate(INKED));
      }
    });
  });

  auditTest("axe-core finds nothing in light and dark, wide and narrow", async () => {
    for (const view of VIEWS) {
      await openPage(history(CHANGED), view, async (page) => expect(await violations(page)).toEqual([]));
    }
  });
});

describe("the page of an A/B", () => {
  peerTest(
    "chromium",
    "asks for nothing, fits every screen, and draws both sides slice by slice",
    async () => {
      await isQuietAndFits(ab, "PAIRED");
      await openPage(ab, VIEWS[2]!, async (page) => {
        for (const view of LOOKS) {
          await page.look(view);
          everyLineDrawn(await page.evaluate(INKED));
        }
        const texts = await page.evaluate<string>("document.body.textContent");
        expect(texts).toContain("netkit stats ab");
        expect(texts).toContain("a point over time is one slice");
      });
    },
  );

  auditTest("axe-core finds nothing", async () => {
    for (const view of VIEWS) {
      await openPage(ab, view, async (page) => expect(await violations(page)).toEqual([]));
    }
  });
});
