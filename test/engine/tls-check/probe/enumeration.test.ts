// "Offer all, remove the chosen", against servers that are a few lines of arithmetic.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dimension } from "../../../../src/engine/tls-check/probe/dimension.ts";
import {
  type Ask,
  enumerate,
  enumerateRest,
  type Step,
} from "../../../../src/engine/tls-check/probe/enumeration.ts";

/** A server that needs a group and a scheme for suites below 100, as ECDHE suites do, and neither above. */
interface Model {
  readonly suites: readonly number[];
  readonly groups: readonly number[];
  readonly schemes: readonly number[];
  readonly alpn: readonly number[];
  /** The order of its lists counts, not that of the hello. */
  readonly serverOrder: boolean;
  /** What it does when none of the ALPN names offered is its own. */
  readonly strictAlpn: boolean;
}

interface Dimensions {
  readonly suites: Dimension;
  readonly groups: Dimension;
  readonly schemes: Dimension;
  readonly alpn: Dimension;
}

const needsGroup = (suite: number): boolean => suite < 100;

function first(ours: readonly number[], theirs: readonly number[], serverOrder: boolean): number | undefined {
  return serverOrder
    ? theirs.find((code) => ours.includes(code))
    : ours.find((code) => theirs.includes(code));
}

function modelServer(model: Model, dimensions: Dimensions): { ask: Ask; hellos: () => number } {
  let hellos = 0;
  const { suites, groups, schemes, alpn } = dimensions;
  const ask: Ask = async (offer): Promise<Step> => {
    hellos++;
    const names = offer(alpn);
    const name = first(names, model.alpn, model.serverOrder);
    if (model.strictAlpn && names.length > 0 && name === undefined && model.alpn.length > 0) {
      return { kind: "refused", how: "alert no_application_protocol", blame: alpn };
    }
    const group = first(offer(groups), model.groups, model.serverOrder);
    const scheme = first(offer(schemes), model.schemes, model.serverOrder);
    const can = model.suites.filter(
      (suite) => !needsGroup(suite) || (group !== undefined && scheme !== undefined),
    );
    const suite = first(offer(suites), can, model.serverOrder);
    if (suite === undefined) return { kind: "refused", how: "alert handshake_failure" };
    const values = new Map<Dimension, number>([[suites, suite]]);
    if (needsGroup(suite)) values.set(groups, group!).set(schemes, scheme!);
    if (name !== undefined) values.set(alpn, name);
    return { kind: "picked", values };
  };
  return { ask, hellos: () => hellos };
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

function freshDimensions(): Dimensions {
  return {
    suites: new Dimension([...range(0, 20), ...range(100, 20)]),
    groups: new Dimension(range(0, 12)),
    schemes: new Dimension(range(0, 12)),
    alpn: new Dimension(range(0, 8), true),
  };
}

async function run(model: Model): Promise<Dimensions & { hellos: number; hellosOfPass: number }> {
  const dimensions = freshDimensions();
  const server = modelServer(model, dimensions);
  const { suites, groups, schemes, alpn } = dimensions;
  await enumerate(suites, [groups, schemes, alpn], server.ask);
  const hellosOfPass = server.hellos();
  const ephemeral = suites.found.filter(needsGroup);
  const restAsk: Ask = (offer) =>
    server.ask((dimension) => (dimension === suites ? ephemeral : offer(dimension)));
  if (ephemeral.length > 0) {
    await enumerateRest(groups, restAsk);
    await enumerateRest(schemes, restAsk);
  }
  return { ...dimensions, hellos: server.hellos(), hellosOfPass };
}

const NGINX: Model = {
  suites: [...range(0, 11), ...range(100, 16)],
  groups: range(0, 5),
  schemes: range(2, 7),
  alpn: [1, 2, 3],
  serverOrder: false,
  strictAlpn: true,
};

const sorted = (codes: readonly number[]): number[] => [...codes].sort((a, b) => a - b);

describe("a pass over the suites", () => {
  test("tells groups, schemes and ALPN names by the same answers", async () => {
    const { suites, groups, schemes, alpn, hellosOfPass } = await run(NGINX);
    expect(suites.found).toEqual(NGINX.suites);
    expect(groups.found).toEqual(NGINX.groups);
    expect(schemes.found).toEqual(NGINX.schemes);
    expect(alpn.found).toEqual(NGINX.alpn);
    expect([suites, groups, schemes, alpn].every(({ complete }) => complete)).toBe(true);
    // 27 suites and their terminal one; each other dimension costs the hello that shows it exhausted, and the
    // one that met the exhaustion.
    expect(hellosOfPass).toBeLessThanOrEqual(27 + 1 + 5);
  });

  test("gives the suites in the server's own order", async () => {
    const order = [105, 3, 100, 7, 0, 119];
    const { suites } = await run({ ...NGINX, suites: order, serverOrder: true });
    expect(suites.found).toEqual(order);
  });

  test("goes on with the other dimensions where the suites end too early", async () => {
    const { suites, groups, schemes } = await run({ ...NGINX, suites: [4, 100] });
    expect(suites.found).toEqual([4, 100]);
    expect(groups.found).toEqual(NGINX.groups);
    expect(schemes.found).toEqual(NGINX.schemes);
    expect(groups.complete && schemes.complete).toBe(true);
  });

  test("finds out all there is, whatever the server, and its order where it has one", async () => {
    const codes = (max: number) => fc.uniqueArray(fc.integer({ min: 0, max }), { maxLength: max + 1 });
    const suites = fc.uniqueArray(
      fc.oneof(fc.integer({ min: 0, max: 19 }), fc.integer({ min: 100, max: 119 })),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          suites,
          groups: codes(11),
          schemes: codes(11),
          alpn: codes(7),
          serverOrder: fc.boolean(),
          strictAlpn: fc.boolean(),
        }),
        async (model) => {
          const result = await run(model);
          const able = model.groups.length > 0 && model.schemes.length > 0;
          const truth = model.suites.filter((suite) => able || !needsGroup(suite));
          expect(result.suites.complete).toBe(true);
          expect(result.suites.found).toEqual(model.serverOrder ? truth : sorted(truth));
          if (!truth.some(needsGroup)) return;
          expect(result.groups.complete).toBe(true);
          expect(sorted(result.groups.found)).toEqual(sorted(model.groups));
          expect(result.schemes.complete).toBe(true);
          expect(sorted(result.schemes.found)).toEqual(sorted(model.schemes));
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe("an answer that decides nothing", () => {
  test("cuts the enumeration and keeps what was found", async () => {
    const suites = new Dimension([1, 2, 3]);
    let hellos = 0;
    await enumerate(suites, [], async () => {
      hellos++;
      if (hellos === 1) return { kind: "picked", values: new Map([[suites, 2]]) };
      return { kind: "unclear", why: "the server reset the connection" };
    });
    expect(suites.found).toEqual([2]);
    expect(suites.state).toEqual({ kind: "cut", why: "the server reset the connection" });
  });

  test("is asked again in full when a dimension was left out of the hello", async () => {
    const suites = new Dimension([1, 2]);
    const groups = new Dimension([7, 8]);
    // Without group 7 this server answers with internal_error instead of handshake_failure.
    await enumerate(suites, [groups], async (offer) => {
      if (!offer(groups).includes(7)) return { kind: "unclear", why: "alert internal_error (80)" };
      const suite = offer(suites)[0];
      if (suite === undefined) return { kind: "refused", how: "alert handshake_failure" };
      const values = new Map([
        [suites, suite],
        [groups, 7],
      ]);
      return { kind: "picked", values };
    });
    expect(suites.found).toEqual([1, 2]);
    expect(groups.state).toEqual({ kind: "paused" });
  });
});

describe("ALPN names on their own", () => {
  const names = [1, 2, 3];
  const enumerateNames = async (theirs: readonly number[], strict: boolean) => {
    const alpn = new Dimension(names, true);
    await enumerate(alpn, [], async (offer): Promise<Step> => {
      const name = offer(alpn).find((code) => theirs.includes(code));
      if (name !== undefined) return { kind: "picked", values: new Map([[alpn, name]]) };
      if (strict) return { kind: "refused", how: "alert no_application_protocol", blame: alpn };
      return { kind: "picked", values: new Map() };
    });
    return alpn;
  };

  test.each([true, false])("end where the server takes none of the rest, strict or not", async (strict) => {
    const alpn = await enumerateNames([1, 3], strict);
    expect([alpn.found, alpn.complete]).toEqual([[1, 3], true]);
    // What goes on being offered is what the server takes.
    expect(alpn.offered).toEqual([1, 3]);
  });

  test("may be none at all", async () => {
    const alpn = await enumerateNames([], false);
    expect([alpn.found, alpn.complete, alpn.offered]).toEqual([[], true, []]);
  });
});

describe("a server that breaks the rules", () => {
  test("does not keep the scan busy by choosing what was not offered", async () => {
    const suites = new Dimension([1, 2, 3]);
    let hellos = 0;
    await enumerate(suites, [], async () => {
      hellos++;
      return { kind: "picked", values: new Map([[suites, 2]]) };
    });
    expect(hellos).toBe(2);
    expect(suites.found).toEqual([2]);
    expect(suites.state).toEqual({ kind: "cut", why: "the server chose something that was not offered" });
  });

  test("that always takes its one group, offered or not, has that group", async () => {
    const suites = new Dimension([1, 2, 3]);
    const groups = new Dimension([7, 8]);
    await enumerate(suites, [groups], async (offer) => {
      const suite = offer(suites)[0]!;
      const values = new Map([
        [suites, suite],
        [groups, 7],
      ]);
      return { kind: "picked", values };
    });
    expect(groups.found).toEqual([7]);
    expect(groups.complete).toBe(true);
  });
});
