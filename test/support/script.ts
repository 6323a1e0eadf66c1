// A script of a continuous integration job, run to its end by a shell of its own, all that it says in one text.
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface ScriptOptions {
  readonly cwd: string;
  /** Besides the test's own environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** `shell` is a program and its options, which take a script by -c. */
export async function runScript(
  [program, ...options]: readonly string[],
  script: string,
  { cwd, env }: ScriptOptions,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(program!, [...options, "-c", script], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}
