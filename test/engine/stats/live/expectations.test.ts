import { describe, expect, test } from "vitest";
import { parseExpectation } from "../../../../src/core/expectation.ts";
import { checkExpectations, judgeExpectations } from "../../../../src/engine/stats/live/expectations.ts";
import { HISTOGRAM_TYPE, histogram, tracked } from "./looking.ts";

const TRACKER = tracked([
  `${HISTOGRAM_TYPE}${histogram([0, 0, 0], 'r="a"', 0)}a_total{r="a"} 1\na_total{r="b"} 1\nm_bytes 5\n# TYPE none_total counter\n# TYPE s_seconds summary\ns_seconds{quantile="0.9"} 0.5\ns_seconds_count 1\ns_seconds_sum 1\n`,
  `${HISTOGRAM_TYPE}${histogram([50, 90, 100], 'r="a"', 20)}a_total{r="a"} 11\na_total{r="b"} 31\nm_bytes 2000\n# TYPE none_total counter\n# TYPE s_seconds summary\ns_seconds{quantile="0.9"} 0.5\ns_seconds_count 5\ns_seconds_sum 3\n`,
]);

function judged(text: string) {
  const expectations = [parseExpectation(text)];
  checkExpectations(expectations, TRACKER);
  return judgeExpectations(expectations, TRACKER, 2)[0]!;
}

describe("an expectation of a live endpoint", () => {
  test.each([
    ["a_total.rate==40/s", true],
    ["a_total.rate<40/s", false],
    ["[r=b]a_total.rate==30/s", true],
    ['[r="a"] a_total.increase==10', true],
    ["a_total==42", true],
    ["none_total==0", true],
    ["m_bytes<=2kB", true],
    ["m_bytes.min<6B", true],
    ["m_bytes.max>2kB", false],
    ["h_seconds.p50<=100ms", true],
    ["h_seconds.p70<301ms", true],
    ["h_seconds.p70>301ms", false],
    ["h_seconds.p99<10s", false],
    ["h_seconds.p99>=500ms", true],
    ["h_seconds.mean==200ms", true],
    ["h_seconds.rate>99", true],
    ["s_seconds.p90<=500ms", true],
    ["s_seconds.mean==500ms", true],
    ["scrapes.failed<3", true],
  ])("%s: %s", (text, holds) => {
    expect(judged(text), judged(text).detail).toMatchObject({ holds });
  });

  test("names the bucket of a percentile, and that it is beyond the last", () => {
    expect(judged("h_seconds.p70<301ms").detail).toMatch(/\(in the bucket from 100 ms to 500 ms\)$/);
    expect(judged("h_seconds.p99<10s")).toMatchObject({
      observed: null,
      detail: "h_seconds.p99 is above 500 ms, beyond the last bucket",
    });
  });

  test("a label that no series has, has no figure and satisfies nothing", () => {
    expect(judged("[r=c]a_total.rate<1/s")).toMatchObject({ observed: null, holds: false });
    expect(judged("[r=c]none_total==0")).toMatchObject({ observed: null, holds: false });
  });

  test.each([
    ["b_total.rate<1", /"b_total.rate", which is not measured here/],
    ["h_seconds.p99<5", /a duration, with a plain number/],
    ["[a]a_total.rate<1", /names the endpoint "a", which does not exist/],
    ["a_total.rate<1 over 10s", /has "over"/],
  ])("%s is refused", (text, message) => {
    expect(() => judged(text)).toThrow(message);
  });
});
