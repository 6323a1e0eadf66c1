// The recipes of docs/ci.md do what they say: their own commands, as the runner starts them, against a real `serve`.
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunResult } from "../../src/core/run-document.ts";
import { BIN, serve } from "../support/netkit.ts";
import { Folder } from "../support/program.ts";
import {
  fencedBlocks,
  type GitlabJob,
  githubSteps,
  gitlabSteps,
  parseRecipe,
  type Step,
} from "../support/recipes.ts";
import { Relay } from "../support/relay.ts";
import { runScript } from "../support/script.ts";
import { Authority } from "../support/tls-authority.ts";

const PAGE = new URL("../../docs/ci.md", import.meta.url);
const [together, kept, gitlab] = fencedBlocks(PAGE, "yaml");

/** So little that a busy machine bears it, and long enough that a run is not called too short. */
const LOAD = "--rate 60/s --connections 20 --warmup 100ms --duration 500ms";
/** A flood that this machine kept from measuring says so by its exit code; a person would start the job again. */
const STARVED = 4;
const ATTEMPTS = 5;

/** Slower by so much that no noise hides it. */
const SLOWER_MS = 60;

let folder: Folder;
let authority: Authority;
let service: Awaited<ReturnType<typeof serve>>;
let slower: Relay;
let url: string;
let slowerUrl: string;
let tools: string;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = await Folder.create();
  authority = await Authority.create(folder, "ca");
  const { cert, key } = await authority.issue(folder, { serial: "1001" });
  service = await serve(
    "http://127.0.0.1:0",
    "https://127.0.0.1:0",
    "--no-admin",
    "--cert",
    cert,
    "--key",
    key,
  );
  const [plain, tls] = service.ready.listeners.map((listener) => Number(new URL(listener.url).port));
  slower = await Relay.start(plain!, { roundTripMs: SLOWER_MS });
  url = `http://127.0.0.1:${plain}/delay/5ms`;
  slowerUrl = `http://127.0.0.1:${slower.port}/delay/5ms`;

  // What an installed netkit is, and a gh that keeps what it is told.
  tools = join(folder.path, "tools");
  await mkdir(tools);
  await symlink(BIN, join(tools, "netkit"));
  const gh = await folder.write("tools/gh", '#!/bin/sh\nprintf "%s\\n" "$@" > gh-called.txt\n');
  await chmod(gh, 0o755);
  environment = {
    PATH: `${tools}:${process.env.PATH}`,
    LOAD,
    ROUNDS: "2",
    TLS_URL: `https://localhost:${tls}`,
    NETKIT_TLS_CHECK_CACERT: authority.cert,
    NO_COLOR: "1",
    CI: "true",
  };
});

afterAll(async () => {
  await slower[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

interface Outcome {
  readonly codes: Readonly<Record<string, number | null>>;
  readonly log: string;
}

/** Runs the steps as a runner does: after one that failed only those that are always run. */
async function run(
  steps: readonly Step[],
  cwd: string,
  shell: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const codes: Record<string, number | null> = {};
  let log = "";
  let failed = false;
  for (const { name, script, always, needs } of steps) {
    if ((failed && !always) || (needs !== undefined && !existsSync(join(cwd, needs)))) continue;
    // An expression of the runner's inside a script would not be run here, and could be made to run by a title.
    expect(script).not.toContain("${{");
    const before = await text(cwd, "summary.md");
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const { code, output } = await runScript(shell, script, { cwd, env: { ...environment, ...env } });
      codes[name] = code;
      log += output;
      if (code !== STARVED) break;
      await writeFile(join(cwd, "summary.md"), before);
    }
    failed ||= codes[name] !== 0;
  }
  return { codes, log };
}

async function workspace(name: string): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(path);
  await folder.write(`${name}/summary.md`, "");
  return path;
}

const text = (cwd: string, name: string): Promise<string> => readFile(join(cwd, name), "utf8");

/** Each a run of netkit's own, in which all was measured. */
async function expectRuns(cwd: string, under: string, names: readonly string[]): Promise<void> {
  expect((await readdir(join(cwd, under))).sort()).toEqual(names);
  for (const name of names) {
    const { schema, totals } = JSON.parse(await text(cwd, join(under, name))) as RunResult;
    expect([schema, totals.requests, totals.failed]).toEqual(["netkit.run/1", 30, 0]);
  }
}

const GITHUB = ["bash", "-e"];
const GITLAB = ["bash", "-eo", "pipefail"];
const ofGithub = (cwd: string) => ({
  GITHUB_ACTIONS: "true",
  GITHUB_STEP_SUMMARY: join(cwd, "summary.md"),
  PULL_REQUEST: "17",
});

describe("GitHub Actions, both versions in one job", () => {
  test("finds a slower candidate, fails at the comparison alone, and still tells it", async () => {
    const recipe = githubSteps(parseRecipe(together!));
    expect(Object.keys(recipe.env).sort()).toEqual([
      "BASE_URL",
      "CANDIDATE_URL",
      "LOAD",
      "ROUNDS",
      "TLS_URL",
    ]);
    const cwd = await workspace("together");
    const { codes, log } = await run(recipe.steps, cwd, GITHUB, {
      ...ofGithub(cwd),
      BASE_URL: url,
      CANDIDATE_URL: slowerUrl,
    });
    expect(codes, log).toEqual({ "Smoke checks": 0, "Measure in turns": 0, Compare: 1, Tell: 0 });

    await expectRuns(cwd, "runs", ["base-1.json", "base-2.json", "candidate-1.json", "candidate-2.json"]);
    expect((await readdir(join(cwd, "results"))).sort()).toEqual(["flood.html", "flood.xml", "tls.xml"]);
    expect(await text(cwd, "results/flood.xml")).toMatch(/<testcase [^>]*name="p99&lt;500ms"/);
    expect(await text(cwd, "results/tls.xml")).toContain("<testsuite");
    const comment = await text(cwd, "comment.md");
    expect(comment).toMatch(/\*\*Worse\*\*[\s\S]*\| p50 \|.*\| worse \|/);
    expect((await text(cwd, "gh-called.txt")).trim().split("\n")).toEqual([
      ...["pr", "comment", "17", "--edit-last", "--create-if-none", "--body-file", "comment.md"],
    ]);
    // The smoke's flood and the comparison: none of the measured runs.
    const summary = await text(cwd, "summary.md");
    expect(summary.match(/^## .*netkit flood/gm)).toHaveLength(1);
    expect(summary.split(comment.trim())).toHaveLength(2);
  });

  test("stops at a broken expectation, which is an annotation", async () => {
    const { steps } = githubSteps(parseRecipe(together!));
    const cwd = await workspace("broken");
    const { codes, log } = await run(steps, cwd, GITHUB, {
      ...ofGithub(cwd),
      BASE_URL: url,
      CANDIDATE_URL: url.replace("5ms", "520ms"),
    });
    expect(codes, log).toEqual({ "Smoke checks": 1 });
    expect(log).toMatch(/^::error .*p99<500ms/m);
    expect(await text(cwd, "results/flood.xml")).toContain("<failure");
  });
});

describe("GitHub Actions, a baseline that is kept", () => {
  test("measures into the folder that the cache keeps, and compares with it", async () => {
    const { steps } = githubSteps(parseRecipe(kept!));
    const [measure, compare] = steps;
    expect(steps.map(({ name }) => name)).toEqual(["Measure", "Compare"]);
    const cwd = await workspace("kept");
    const env = { ...ofGithub(cwd), URL: url };
    const main = await run([measure!], cwd, GITHUB, { ...env, SIDE: "baseline" });
    expect(main.codes, main.log).toEqual({ Measure: 0 });
    await expectRuns(cwd, "baseline", ["1.json", "2.json"]);

    const request = await run([measure!, compare!], cwd, GITHUB, { ...env, SIDE: "candidate" });
    await expectRuns(cwd, "candidate", ["1.json", "2.json"]);
    const comment = await text(cwd, "comment.md");
    // Nothing changed, but a machine that is busy now and was not before is a change: the exit code is the verdict's.
    const worse = comment.includes("**Worse**");
    expect(request.codes, request.log).toEqual({ Measure: 0, Compare: worse ? 1 : 0 });
    expect((await text(cwd, "summary.md")).trim()).toBe(comment.trim());
  });
});

describe("GitLab CI", () => {
  let api: Server;
  const notes: { readonly path: string; readonly token: string; readonly body: string }[] = [];

  beforeAll(async () => {
    api = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (part: string) => {
        body += part;
      });
      request.on("end", () => {
        const token = String(request.headers["private-token"]);
        notes.push({ path: `${request.method} ${request.url}`, token, body });
        response.writeHead(201).end("{}");
      });
    });
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  });

  afterAll(() => void api.close());

  test("keeps a baseline, finds a slower candidate, and writes a note", async () => {
    const recipe = parseRecipe<{ baseline: GitlabJob; compare: GitlabJob; ".measured": GitlabJob }>(gitlab!);
    expect(Object.keys(recipe[".measured"].variables!).sort()).toEqual(["LOAD", "ROUNDS", "TLS_URL", "URL"]);
    const cwd = await workspace("gitlab");
    const { port } = api.address() as { port: number };
    const env = {
      GITLAB_CI: "true",
      CI_API_V4_URL: `http://127.0.0.1:${port}/api/v4`,
      CI_PROJECT_ID: "4",
      CI_MERGE_REQUEST_IID: "23",
      NOTE_TOKEN: "told-to-nobody",
    };
    const main = await run(gitlabSteps(recipe.baseline), cwd, GITLAB, { ...env, URL: url });
    expect(main.codes, main.log).toEqual({ script: 0 });
    await expectRuns(cwd, "baseline", ["1.json", "2.json"]);

    const request = await run(gitlabSteps(recipe.compare), cwd, GITLAB, { ...env, URL: slowerUrl });
    expect(request.codes, request.log).toEqual({ script: 1, after_script: 0 });
    await expectRuns(cwd, "runs", ["1.json", "2.json"]);
    expect((await readdir(join(cwd, "results"))).sort()).toEqual(["flood.html", "flood.xml", "tls.xml"]);
    const comment = await text(cwd, "comment.md");
    expect(comment).toContain("**Worse**");
    expect(notes).toHaveLength(1);
    const [{ path, token, body }] = notes as [(typeof notes)[number]];
    expect([path, token]).toEqual(["POST /api/v4/projects/4/merge_requests/23/notes", "told-to-nobody"]);
    expect(new URLSearchParams(body).get("body")).toBe(comment);
    expect(request.log).not.toContain("told-to-nobody");
  });
});

test("the A/A check counts how often one version is called changed", async () => {
  const [script] = fencedBlocks(PAGE, "sh");
  const cwd = await workspace("aa");
  const step = { name: "aa", script: script!.replace("seq 8", "seq 3"), always: false };
  const { codes, log } = await run([step], cwd, GITLAB, { URL: url });
  expect((await readdir(cwd)).filter((name) => name.startsWith("aa-"))).toHaveLength(3);
  const [, share] = /false alarms?\D*([\d.]+) %/i.exec(log) ?? [];
  // What is printed is rounded.
  if (Math.abs(Number(share) - 5) >= 0.1) expect(codes.aa, log).toBe(Number(share) > 5 ? 1 : 0);
  else expect([0, 1], log).toContain(codes.aa);
});
