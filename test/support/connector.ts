// The built `netkit connect --json` in a test: run, its document held against the schema that it prints, its one path
// given back when it ended as the test expects.
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import type { ConnectResult, PathResult, ProbeFacts } from "../../src/engine/connect/result.ts";
import { netkit } from "./netkit.ts";
import { runProgram } from "./program.ts";

type Kind = ProbeFacts["kind"];
export type Reached<K extends Kind> = PathResult & { readonly probe: Extract<ProbeFacts, { kind: K }> };

export class Connector {
  /** What of a document does not fit `netkit connect --json-schema`. */
  readonly problems: (document: unknown) => string[];
  readonly #authority: string;
  /** openssl's name of a suite, by the registered one. */
  readonly #opensslNames: ReadonlyMap<string, string>;

  private constructor(authority: string, schema: object, names: ReadonlyMap<string, string>) {
    const validate = new Ajv2020({ strict: false }).compile(schema);
    this.problems = (document) =>
      validate(document)
        ? []
        : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
    this.#authority = authority;
    this.#opensslNames = names;
  }

  /** @param authority PEM file of what is trusted */
  static async create(authority: string): Promise<Connector> {
    const { stdout } = await netkit("connect", "--json-schema");
    const { output } = await runProgram("openssl", ["ciphers", "-stdname", "ALL"]);
    // TLS_AES_256_GCM_SHA384 - TLS_AES_256_GCM_SHA384 TLSv1.3 Kx=any …
    const suites = output
      .trim()
      .split("\n")
      .map((line) => line.split(/ +/));
    const names = new Map(suites.map(([name = "", , theirs = ""]) => [name, theirs]));
    return new Connector(authority, JSON.parse(stdout) as object, names);
  }

  async run(
    url: string,
    ...args: readonly string[]
  ): Promise<{ code: number | null; result: ConnectResult }> {
    const finished = await netkit("connect", url, "--json", "--cacert", this.#authority, ...args);
    const { code, stdout, stderr } = finished;
    let result: ConnectResult;
    try {
      result = JSON.parse(stdout) as ConnectResult;
    } catch {
      throw new Error(`no JSON document (exit ${code}):\n${stdout}\n${stderr}`);
    }
    expect([result.schema, ...this.problems(result)], `${url} ${stderr}`).toEqual(["netkit.connect/1"]);
    return { code, result };
  }

  /** Exit 0, nothing found fault with, and facts of that kind. */
  async reached<K extends Kind>(kind: K, url: string, ...args: readonly string[]): Promise<Reached<K>> {
    const { code, result } = await this.run(url, ...args);
    const path = result.paths[0]!;
    expect([code, path.verdict.outcome, path.error, result.paths.length], url).toEqual([0, "ok", null, 1]);
    expect(path.probe?.kind, url).toBe(kind);
    expectGapless(path);
    return path as Reached<K>;
  }

  /** Exit 3, and why. */
  async turnedAway(url: string, ...args: readonly string[]): Promise<NonNullable<PathResult["error"]>> {
    const { code, result } = await this.run(url, ...args);
    const path = result.paths[0]!;
    expect([code, path.verdict.outcome], url).toEqual([3, "failed"]);
    return path.error!;
  }

  /** As OpenSSL's servers tell it: version, suite, ALPN, name. */
  agreed({ tls }: PathResult): string[] {
    if (tls === null) return [];
    const { version, cipher, alpn, servername } = tls;
    const suite = this.#opensslNames.get(cipher) ?? cipher;
    return [version, suite, alpn, servername].filter((word) => word !== null);
  }
}

export function phaseNames({ phases }: PathResult): string[] {
  return phases.map(({ name }) => name);
}

export function header({ probe }: Reached<"http">, wanted: string): string | undefined {
  return probe.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}

/** Phases follow each other, and are the whole. */
function expectGapless({ phases, totalUs }: PathResult): void {
  let endUs = 0;
  for (const { startUs, durationUs } of phases) {
    expect(startUs).toBeCloseTo(endUs, 0);
    endUs = startUs + durationUs;
  }
  expect(totalUs).toBeCloseTo(endUs, 0);
}
