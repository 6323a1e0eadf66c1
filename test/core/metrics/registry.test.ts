import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MetricsRegistry } from "../../../src/core/metrics/registry.ts";
import { type MetricsSnapshot, mergeSnapshots } from "../../../src/core/metrics/snapshot.ts";

describe("registration", () => {
  test.each<[string, (registry: MetricsRegistry) => unknown]>([
    ["a counter that does not end in _total", (r) => r.counter("requests", "Help.")],
    ["a gauge that ends in _total", (r) => r.gauge("open_total", "Help.")],
    ["a histogram that is not in seconds", (r) => r.histogram("latency", "Help.")],
    ["a name with an upper-case letter", (r) => r.gauge("openNow", "Help.")],
    ["a name that begins with a digit", (r) => r.gauge("9_lives", "Help.")],
    ["a name with a colon", (r) => r.gauge("job:open", "Help.")],
    ["an empty name", (r) => r.gauge("", "Help.")],
    ["a missing help text", (r) => r.gauge("open", " ")],
    ["an ending that belongs to histograms", (r) => r.gauge("open_count", "Help.")],
    ["a label name with a dash", (r) => r.gaugeFamily("open", "Help.", ["a-b"])],
    ["a label name reserved by Prometheus", (r) => r.gaugeFamily("open", "Help.", ["__name__"])],
    ["a label twice", (r) => r.gaugeFamily("open", "Help.", ["a", "a"])],
    ["the label le on a histogram", (r) => r.histogramFamily("wait_seconds", "Help.", ["le"])],
    ["bounds that do not rise", (r) => r.histogram("wait_seconds", "Help.", { boundsSeconds: [1, 1] })],
    [
      "a bound that is infinite",
      (r) => r.histogram("wait_seconds", "Help.", { boundsSeconds: [1, Infinity] }),
    ],
  ])("refuses %s", (_, register) => {
    const registry = new MetricsRegistry();
    expect(() => register(registry)).toThrow(Error);
    expect(registry.snapshot().families).toEqual([]);
  });

  test("refuses a name that is taken, whatever its kind", () => {
    const registry = new MetricsRegistry();
    registry.counter("hits_total", "Hits.");
    expect(() => registry.counter("hits_total", "Hits.")).toThrow("already registered");
    registry.gauge("open", "Open.");
    expect(() => registry.observedGauge("open", "Open.", () => 1)).toThrow("already registered");
  });
});

describe("children", () => {
  test("the same labels give the same child, in any order of the keys", () => {
    const family = new MetricsRegistry().counterFamily("hits_total", "Hits.", ["path", "status"]);
    const child = family.labels({ path: "/", status: "200" });
    expect(family.labels({ status: "200", path: "/" })).toBe(child);
    expect(family.child(["/", "200"])).toBe(child);
    expect(family.labels({ path: "/", status: "500" })).not.toBe(child);
  });

  test("label values cannot be confused by what they contain", () => {
    const family = new MetricsRegistry().counterFamily("hits_total", "Hits.", ["a", "b"]);
    expect(family.child(['x","y', "z"])).not.toBe(family.child(["x", 'y","z']));
  });

  test("a missing label is refused", () => {
    const family = new MetricsRegistry().counterFamily("hits_total", "Hits.", ["a", "b"]);
    expect(() => family.labels({ a: "1" } as never)).toThrow("a, b");
    expect(() => family.child(["1"])).toThrow("a, b");
  });

  test("label sets beyond the bound share one series, and no count is lost", () => {
    const registry = new MetricsRegistry();
    const family = registry.counterFamily("hits_total", "Hits.", ["path"], { maxSeries: 3 });
    for (let path = 0; path < 100; path++) family.labels({ path: `/${path}` }).value++;
    family.labels({ path: "/1" }).value++;
    const [snapshot] = registry.snapshot().families;
    expect(snapshot!.series).toEqual([
      { labels: ["/0"], value: 1 },
      { labels: ["/1"], value: 2 },
      { labels: ["/2"], value: 1 },
      { labels: ["other"], value: 97 },
    ]);
    expect(MetricsRegistry.fromSnapshot(registry.snapshot()).snapshot()).toEqual(registry.snapshot());
  });
});

test("a snapshot is sorted, reads observed values at that moment, and stays as it is", () => {
  const registry = new MetricsRegistry();
  let seen = 7;
  registry.observedGauge("z_bytes", "Z.", () => seen, { merge: "max" });
  registry.observedCounter("y_total", "Y.", () => seen * 2);
  const wait = registry.histogram("wait_seconds", "Wait.", { boundsSeconds: [0.1] });
  const open = registry.gauge("open", "Open.");
  const hits = registry.counterFamily("hits_total", "Hits.", ["path"]);
  hits.labels({ path: "/b" }).value += 2;
  hits.labels({ path: "/a" }).value++;
  open.set(5);
  open.add(-2);
  wait.record(1500);
  const snapshot = registry.snapshot();
  seen = 9;
  wait.record(1);
  open.set(0);
  expect(snapshot).toEqual({
    families: [
      {
        kind: "counter",
        name: "hits_total",
        help: "Hits.",
        labelNames: ["path"],
        series: [
          { labels: ["/a"], value: 1 },
          { labels: ["/b"], value: 2 },
        ],
      },
      {
        kind: "gauge",
        name: "open",
        help: "Open.",
        labelNames: [],
        merge: "sum",
        series: [{ labels: [], value: 3 }],
      },
      {
        kind: "histogram",
        name: "wait_seconds",
        help: "Wait.",
        labelNames: [],
        boundsSeconds: [0.1],
        series: [
          {
            labels: [],
            data: {
              count: 1,
              sum: 1500,
              sumSquares: 2_250_000,
              min: 1500,
              max: 1500,
              indices: [1500],
              counts: [1],
            },
          },
        ],
      },
      { kind: "counter", name: "y_total", help: "Y.", labelNames: [], series: [{ labels: [], value: 14 }] },
      {
        kind: "gauge",
        name: "z_bytes",
        help: "Z.",
        labelNames: [],
        merge: "max",
        series: [{ labels: [], value: 7 }],
      },
    ],
  });
});

interface Event {
  readonly kind: "hit" | "open" | "peak" | "wait";
  readonly label: string;
  readonly value: number;
}

const events = fc.array(
  fc.record<Event>({
    kind: fc.constantFrom("hit", "open", "peak", "wait"),
    label: fc.constantFrom("", "a", "b", 'q"\\\n'),
    // Small whole numbers: sums and squares stay exact in any order.
    value: fc.integer({ min: 0, max: 100_000 }),
  }),
);

function play(list: readonly Event[]): MetricsSnapshot {
  const registry = new MetricsRegistry();
  const hits = registry.counterFamily("hits_total", "Hits.", ["of"]);
  const open = registry.gaugeFamily("open", "Open.", ["of"]);
  const peak = registry.gaugeFamily("peak", "Peak.", ["of"], { merge: "max" });
  const wait = registry.histogramFamily("wait_seconds", "Wait.", ["of"]);
  for (const { kind, label, value } of list) {
    if (kind === "hit") hits.child([label]).value += value;
    if (kind === "open") open.child([label]).add(value);
    if (kind === "peak") peak.child([label]).value = Math.max(peak.child([label]).value, value);
    if (kind === "wait") wait.child([label]).record(value);
  }
  return registry.snapshot();
}

describe("merging snapshots", () => {
  test("equals having counted everything in one place", () => {
    fc.assert(
      fc.property(events, events, (a, b) => {
        expect(mergeSnapshots(play(a), play(b))).toEqual(play([...a, ...b]));
      }),
    );
  });

  test("is commutative and associative", () => {
    fc.assert(
      fc.property(events, events, events, (x, y, z) => {
        const [a, b, c] = [play(x), play(y), play(z)];
        expect(mergeSnapshots(a, b)).toEqual(mergeSnapshots(b, a));
        expect(mergeSnapshots(mergeSnapshots(a, b), c)).toEqual(mergeSnapshots(a, mergeSnapshots(b, c)));
      }),
    );
  });

  test("works on what came through a message between processes, which is JSON", () => {
    fc.assert(
      fc.property(events, events, (x, y) => {
        const sent = JSON.parse(JSON.stringify(play(y))) as MetricsSnapshot;
        expect(mergeSnapshots(play(x), sent)).toEqual(mergeSnapshots(play(x), play(y)));
      }),
    );
  });

  test("keeps families that only one side has, sorted", () => {
    const a = new MetricsRegistry();
    a.counter("b_total", "B.").value = 1;
    const b = new MetricsRegistry();
    b.gauge("a", "A.").set(2);
    const merged = mergeSnapshots(a.snapshot(), b.snapshot());
    expect(merged.families.map(({ name }) => name)).toEqual(["a", "b_total"]);
    expect(mergeSnapshots(merged, { families: [] })).toEqual(merged);
  });

  test("refuses one name with two shapes", () => {
    const shapes = [
      (r: MetricsRegistry) => r.gauge("open", "Open."),
      (r: MetricsRegistry) => r.gauge("open", "Open.", { merge: "max" }),
      (r: MetricsRegistry) => r.gaugeFamily("open", "Open.", ["a"]),
    ].map((make) => {
      const registry = new MetricsRegistry();
      make(registry);
      return registry.snapshot();
    });
    expect(() => mergeSnapshots(shapes[0]!, shapes[1]!)).toThrow("two shapes");
    expect(() => mergeSnapshots(shapes[0]!, shapes[2]!)).toThrow("two shapes");
  });
});

test("a registry made from a snapshot goes on from there", () => {
  fc.assert(
    fc.property(events, (list) => {
      const snapshot = play(list);
      const registry = MetricsRegistry.fromSnapshot(snapshot);
      expect(registry.snapshot()).toEqual(snapshot);
      expect(() => registry.counter("hits_total", "Hits.")).toThrow("already registered");
    }),
  );
});
