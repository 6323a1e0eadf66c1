/** Every case of the corpus: read, analysed and judged as it says. */
import { describe, expect, test } from "vitest";
import { RULES } from "../../../../src/engine/tls-check/rules/catalog.ts";
import { CERTIFICATE_CORPUS } from "../../../support/certificate-corpus.ts";
import { observe } from "../../../support/corpus/case.ts";

const ABOUT: readonly string[] = ["certificate", "chain", "key", "file"];

test("the corpus holds at least 150 cases, each with a name of its own", () => {
  expect(CERTIFICATE_CORPUS.length).toBeGreaterThanOrEqual(150);
  expect(new Set(CERTIFICATE_CORPUS.map(({ name }) => name)).size).toBe(CERTIFICATE_CORPUS.length);
});

describe("the corpus", () => {
  test.for(CERTIFICATE_CORPUS.map((one) => [one.name, one] as const))("%s", async ([, one], context) => {
    const made = await one.make();
    if (made === undefined) return context.skip("the program that makes this case is not installed");
    const { chain, files, subject } = observe(made);
    const shows = one.shows ?? {};
    if (shows.oddity !== undefined) expect(chain?.leaf.oddities.join("\n")).toMatch(shows.oddity);
    if (shows.problems !== undefined) expect(chain?.problems.map(({ kind }) => kind)).toEqual(shows.problems);
    if (shows.trusted !== undefined)
      expect(
        chain?.trust.some(({ trusted }) => trusted),
        JSON.stringify(chain?.trust.map((t) => t.why)),
      ).toBe(shows.trusted);
    if (shows.format !== undefined) expect(files[0]?.format).toBe(shows.format);
    if (shows.items !== undefined) expect(files[0]?.items.map(({ kind }) => kind)).toEqual(shows.items);
    if (shows.unreadable !== undefined) {
      expect(
        files[0]?.items.flatMap((item) => (item.kind === "unreadable" ? [item.why] : [])).join("\n"),
      ).toMatch(shows.unreadable);
    }
    if (shows.publicKey !== undefined) {
      const key = chain?.leaf.publicKey;
      expect(`${key?.type} ${key?.curve} ${key?.bits}`).toBe(shows.publicKey);
    }
    const found = RULES.filter(({ about }) => ABOUT.includes(about)).flatMap((rule) => rule.judge(subject));
    expect([...new Set(found.map(({ rule }) => rule))].sort()).toEqual([...one.expect].sort());
  });
});
