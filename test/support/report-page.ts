// Pages of reports in a real browser: opened from a file, looked at in light and dark, narrow and wide, audited by axe-core.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { Browser, type BrowserPage, type View } from "./browser.ts";
import { peerTest } from "./peers.ts";
import { Folder } from "./program.ts";

export const VIEWS: readonly View[] = [
  { width: 375, scheme: "light" },
  { width: 375, scheme: "dark" },
  { width: 1440, scheme: "light" },
  { width: 1440, scheme: "dark" },
];

/** Pixels of each chart that have the colour of one of its lines, by the id of the chart. */
export const INKED = `(() => {
  const probe = document.createElement("canvas").getContext("2d");
  const rgb = (name) => {
    probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
    return [1, 3, 5].map((at) => parseInt(probe.fillStyle.slice(at, at + 2), 16));
  };
  return Object.fromEntries(JSON.parse(document.getElementById("charts").textContent).map(({ id, series }) => {
    const canvas = document.querySelector("#" + id + " canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const counts = series.map(({ ink }) => {
      const [r, g, b] = rgb(ink);
      let count = 0;
      for (let at = 0; at < data.length; at += 4)
        if (data[at + 3] > 120 && Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b) < 40) count++;
      return count;
    });
    return [id, counts];
  }));
})()`;

export async function openPage<T>(
  html: string,
  view: View,
  look: (page: BrowserPage) => Promise<T>,
): Promise<T> {
  await using folder = await Folder.create();
  const path = await folder.write("page.html", html);
  await using browser = await Browser.start();
  return await look(await browser.open(pathToFileURL(path).href, view));
}

/** In every view: nothing is asked for but the page, nothing complains, nothing is wider than the screen, no image is there. */
export async function isQuietAndFits(html: string, name: string): Promise<void> {
  await openPage(html, VIEWS[0]!, async (page) => {
    for (const view of VIEWS) {
      await page.look(view);
      const sizes = "[document.documentElement.scrollWidth, innerWidth]";
      const [content, window] = await page.evaluate<[number, number]>(sizes);
      expect(content, `${name} at ${view.width}`).toBeLessThanOrEqual(window);
    }
    expect(page.requests, name).toHaveLength(1);
    expect(page.complaints, name).toEqual([]);
    expect(await page.evaluate("document.images.length")).toBe(0);
  });
}

export const everyLineDrawn = (inked: Record<string, readonly number[]>, charts = 4) => {
  expect(Object.keys(inked).length).toBeGreaterThanOrEqual(charts);
  for (const [id, counts] of Object.entries(inked)) {
    for (const count of counts) expect(count, id).toBeGreaterThan(40);
  }
};

const axe = axeSource();

/** A test that needs the browser and axe-core. */
export const auditTest =
  axe === undefined ? test.skip : (name: string, fn: () => Promise<void>) => peerTest("chromium", name, fn);

export async function violations(page: BrowserPage): Promise<readonly string[]> {
  await page.evaluate(`${axe};0`);
  return await page.evaluate<string[]>(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))",
  );
}

/** Undefined where axe-core is not installed. */
function axeSource(): string | undefined {
  try {
    return readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  } catch {
    console.warn("skipped, not installed: axe-core");
    return undefined;
  }
}
