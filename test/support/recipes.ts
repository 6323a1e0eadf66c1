// The recipes of docs/ci.md as a runner sees them: blocks of YAML, and the scripts in them in the order they run.
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";

export interface Step {
  readonly name: string;
  readonly script: string;
  /** Runs although a step before it failed. */
  readonly always: boolean;
  /** Runs only when this file is there. */
  readonly needs?: string;
}

interface GithubJob {
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly name?: string; readonly if?: string; readonly run?: string }[];
}

export interface GitlabJob {
  readonly variables?: Readonly<Record<string, string>>;
  readonly script?: readonly string[];
  readonly after_script?: readonly string[];
}

/** Fenced blocks of one language, without the indentation of the fence. */
export function fencedBlocks(path: URL, language: string): string[] {
  const text = readFileSync(path, "utf8");
  const fence = new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, "gm");
  return [...text.matchAll(fence)].map(([, indent, block]) =>
    block!.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
}

/** @throws for YAML with an error, or with a warning */
export function parseRecipe<T>(block: string): T {
  const document = parseDocument(block);
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0) throw wrong[0];
  return document.toJS() as T;
}

/** What a step of netkit's is: it calls netkit, or carries on what netkit wrote. */
const OURS = /\bnetkit (flood|connect|stats|tls-check)\b|comment\.md/;

export function githubSteps({ jobs }: { readonly jobs: Readonly<Record<string, GithubJob>> }): {
  readonly env: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
} {
  const [job] = Object.values(jobs);
  const steps = job!.steps.flatMap(({ name, if: condition = "", run }) => {
    if (run === undefined || !OURS.test(run)) return [];
    const [, needs] = /hashFiles\('(.+?)'\)/.exec(condition) ?? [];
    const always = condition.includes("!cancelled()");
    return [{ name: name ?? run, script: run, always, ...(needs === undefined ? {} : { needs }) }];
  });
  return { env: job!.env ?? {}, steps };
}

/** A job of GitLab is one script, and another after it whatever happened. */
export function gitlabSteps({ script = [], after_script: after = [] }: GitlabJob): readonly Step[] {
  return [
    { name: "script", script: script.join("\n"), always: false },
    ...(after.length === 0 ? [] : [{ name: "after_script", script: after.join("\n"), always: true }]),
  ];
}
