// The page of a comparison in a real browser: it asks for nothing, draws both sides in light, dark and print, fits a telephone
// and a desk, and axe-core finds nothing.
import { describe, expect } from "vitest";
import { compareFormat } from "../../src/report/compare/catalog.ts";
import {
  CHARTED_PAIR,
  CROWDED,
  HOSTILE,
  NOTHING_PAIR,
  UNLIKE,
  WORSE,
} from "../report/fixtures/compare-result.ts";
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

const html = ({ result, runs }: Pick<typeof WORSE, "result"> & Partial<typeof WORSE>) =>
  compareFormat("html").render(result, { width: 80, color: 0, runs });

describe("the page of a comparison", () => {
  peerTest(
    "chromium",
    "asks for nothing, complains about nothing, and fits every screen, whatever the result",
    async () => {
      const pages = { WORSE, UNLIKE, CHARTED_PAIR, NOTHING_PAIR };
      for (const [name, pair] of Object.entries(pages)) await isQuietAndFits(html(pair), name);
      for (const [name, result] of Object.entries({ HOSTILE, CROWDED })) {
        await isQuietAndFits(html({ result }), name);
      }
    },
  );

  peerTest("chromium", "draws both lines of every chart, in light, dark and on paper", async () => {
    await openPage(html(WORSE), VIEWS[2]!, async (page) => {
      const looks: readonly View[] = [...VIEWS, { width: 800, scheme: "light", media: "print" }];
      for (const view of looks) {
        await page.look(view);
        everyLineDrawn(await page.evaluate(INKED));
      }
    });
  });

  peerTest(
    "chromium",
    "shows verdict and interval of a metric beside each other on a telephone",
    async () => {
      await openPage(html(WORSE), VIEWS[0]!, async (page) => {
        const ends = await page.evaluate<number[]>(
          `[...document.querySelectorAll("svg.interval")].map((svg) => svg.getBoundingClientRect().right)`,
        );
        expect(ends.length).toBeGreaterThan(4);
        for (const right of ends) expect(right).toBeLessThanOrEqual(375);
      });
    },
  );

  auditTest("axe-core finds nothing in light and dark, wide and narrow", async () => {
    for (const view of VIEWS) {
      for (const pair of [WORSE, UNLIKE]) {
        await openPage(html(pair), view, async (page) => expect(await violations(page)).toEqual([]));
      }
    }
  });
});
