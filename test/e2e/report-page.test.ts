// The page of a run in a real browser: it asks for nothing, complains about nothing, draws its charts in light, dark and
// print, fits a telephone and a desk, and shows hostile text as text.
import { describe, expect } from "vitest";
import type { RunResult } from "../../src/core/run-document.ts";
import { runFormat } from "../../src/report/catalog.ts";
import { BRIEF, CHARTED, dayRun, HOSTILE, NOTHING } from "../report/fixtures/charted-run.ts";
import type { BrowserPage, View } from "../support/browser.ts";
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

function opened<T>(result: RunResult, view: View, look: (page: BrowserPage) => Promise<T>): Promise<T> {
  return openPage(runFormat("html").render(result, { width: 80, color: 0 }), view, look);
}

describe("the page of a run", () => {
  peerTest(
    "chromium",
    "asks for nothing, complains about nothing, and fits every screen, whatever the result",
    async () => {
      const results = { CHARTED, BRIEF, HOSTILE, NOTHING };
      for (const [name, result] of Object.entries(results)) {
        await isQuietAndFits(runFormat("html").render(result, { width: 80, color: 0 }), name);
      }
    },
  );

  peerTest(
    "chromium",
    "draws every line of every chart, and again when light turns dark or paper",
    async () => {
      await opened(CHARTED, VIEWS[2]!, async (page) => {
        const looks: readonly View[] = [
          ...VIEWS,
          { width: 800, scheme: "light", media: "print" },
          { width: 1440, scheme: "light" },
        ];
        for (const view of looks) {
          await page.look(view);
          everyLineDrawn(await page.evaluate(INKED));
        }
      });
    },
  );

  peerTest("chromium", "hides a line by its button, and shows the figures under the cursor", async () => {
    await opened(CHARTED, VIEWS[2]!, async (page) => {
      const button = `document.querySelector("#latency + .legend button")`;
      await page.evaluate(`${button}.click()`);
      await page.frames(3);
      expect(await page.evaluate(`${button}.getAttribute("aria-pressed")`)).toBe("false");
      const [p50, p90] = (await page.evaluate<Record<string, number[]>>(INKED)).latency!;
      expect(p50).toBe(0);
      expect(p90).toBeGreaterThan(40);
      const { x, y } = await page.evaluate<{ x: number; y: number }>(
        `(() => { const { x, y, width, height } = document.querySelector("#latency .u-over").getBoundingClientRect(); return { x: x + width / 2, y: y + height / 2 }; })()`,
      );
      await page.evaluate(`scrollTo(0, ${y} - 400)`);
      const offset = await page.evaluate<number>("scrollY");
      await page.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y: y - offset });
      await page.frames(3);
      const shown = await page.evaluate(
        `document.querySelectorAll("#latency + .legend output")[2].textContent`,
      );
      expect(shown).toMatch(/^[\d.]+ (us|ms|s)$/);
    });
  });

  peerTest("chromium", "of a day of seconds is drawn within the time of a page", async () => {
    await opened(dayRun(), VIEWS[2]!, async (page) => everyLineDrawn(await page.evaluate(INKED)));
  });

  auditTest("axe-core finds nothing in light and dark, wide and narrow", async () => {
    for (const view of VIEWS) {
      await opened(CHARTED, view, async (page) => expect(await violations(page)).toEqual([]));
    }
  });
});
