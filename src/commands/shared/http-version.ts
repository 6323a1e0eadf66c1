/** `--http`: which version of HTTP a command is to speak. */
import type { Endpoint } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";

/**
 * Undefined: nobody says, and TLS may agree on either.
 * @throws NetkitError `NK_USAGE` where the scheme has no such version
 */
export function planHttpVersion(
  asked: string | undefined,
  { protocol, scheme }: Pick<Endpoint, "protocol" | "scheme">,
): "1.1" | "2" | undefined {
  if (scheme === "h2c") {
    if (asked === "1.1") {
      throw usageError("h2c: is HTTP/2", "use http: for HTTP/1.1, or leave --http away", "--http");
    }
    return "2";
  }
  if (asked === undefined) return undefined;
  if (protocol !== "http") {
    throw usageError(`--http is for http: and https:, not for ${scheme}:`, "leave --http away", "--http");
  }
  if (asked === "2" && scheme === "http") {
    throw usageError("http: has no HTTP/2 to agree on", "use h2c: for HTTP/2 without TLS", "--http");
  }
  return asked === "2" ? "2" : "1.1";
}
