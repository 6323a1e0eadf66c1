/**
 * The request target (RFC 9112 §3.2) as routes see it: decoded path segments and query parameters.
 */
export interface Target {
  /** Decoded, without empty ones at the end: `/status/404` → `["status", "404"]`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** `*`, as OPTIONS may ask. */
  readonly asterisk: boolean;
}

/** Undefined when the target is none we can route: broken percent-encoding, or CONNECT's authority form. */
export function parseTarget(text: string): Target | undefined {
  if (text === "*") return { segments: [], query: new URLSearchParams(), asterisk: true };
  // Absolute form, as sent to proxies, must be understood by every server.
  const absolute = /^https?:\/\/[^/?#]*/i.exec(text);
  const local = absolute === null ? text : text.slice(absolute[0].length);
  if (absolute === null && !local.startsWith("/")) return undefined;
  const mark = local.indexOf("?");
  const path = mark < 0 ? local : local.slice(0, mark);
  try {
    const segments = path.split("/").slice(1).map(decodeURIComponent);
    if (segments.at(-1) === "") segments.pop();
    return { segments, query: new URLSearchParams(mark < 0 ? "" : local.slice(mark + 1)), asterisk: false };
  } catch {
    return undefined;
  }
}
