/**
 * What the terminal can show: columns and colours. The only place of the command layer that looks at it.
 *
 * `FORCE_COLOR` wins over `NO_COLOR` (https://no-color.org), which wins over what the stream is.
 */

export interface Terminal {
  /** Columns, from 60 to 160; 80 when the stream is no terminal. */
  readonly width: number;
  /** 0 none, 1 sixteen colours, 2 two hundred and fifty-six, 3 true colour. */
  readonly color: ColorLevel;
  readonly isTTY: boolean;
}

export type ColorLevel = 0 | 1 | 2 | 3;

export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function describeTerminal(stream: TerminalStream, environment: Environment): Terminal {
  const isTTY = stream.isTTY === true;
  const columns = isTTY ? (stream.columns ?? 80) : 80;
  return {
    width: Math.min(160, Math.max(60, columns)),
    color: colorLevel(isTTY, environment),
    isTTY,
  };
}

function colorLevel(isTTY: boolean, environment: Environment): ColorLevel {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: term = "", COLORTERM: colorTerm = "" } = environment;
  if (forced !== undefined) {
    if (forced === "false" || forced === "0") return 0;
    const level = Number(forced);
    return level === 2 || level === 3 ? level : 1;
  }
  if (refused !== undefined && refused !== "") return 0;
  if (!isTTY || term === "dumb") return 0;
  if (/truecolor|24bit/i.test(colorTerm)) return 3;
  return term.includes("256") ? 2 : 1;
}

/** A log that people read later: no spinner, no live line. */
export function isContinuousIntegration(environment: Environment): boolean {
  const { CI: ci } = environment;
  return (ci !== undefined && ci !== "" && ci !== "false" && ci !== "0") || "GITHUB_ACTIONS" in environment;
}
