import { expect, test } from "vitest";
import { statsSource } from "../../../src/commands/shared/stats-source.ts";

const nothing = async () => false;
const everything = async () => true;

test.each([
  [undefined, "http://127.0.0.1:9090"],
  ["http://a", "http://a"],
  ["ftp://a", "ftp://a"],
  ["localhost", "localhost"],
  ["localhost:9090", "localhost:9090"],
  [":9090", ":9090"],
  ["[::1]:9090/metrics", "[::1]:9090/metrics"],
  ["10.0.0.1", "10.0.0.1"],
  ["app.internal:9100/metrics?x=1", "app.internal:9100/metrics?x=1"],
])("%s is a live endpoint", async (name, url) => {
  expect(await statsSource(name, nothing)).toEqual({ kind: "endpoint", url });
});

test.each(["run.json", "-", "./localhost", "runs/10.json", "C:\\run.json"])("%s is a file", async (name) => {
  expect(await statsSource(name, nothing)).toEqual({ kind: "file", path: name });
});

test("a file that exists wins, and a folder does not", async () => {
  expect(await statsSource("localhost:9090", everything)).toEqual({ kind: "file", path: "localhost:9090" });
  expect(await statsSource("localhost", async () => false)).toMatchObject({ kind: "endpoint" });
});
