/** A header block of HTTP/2 as a request's head (RFC 9113 section 8.3.1). */

import type { BodyFraming, HttpHeaders } from "../../../core/framing/http1/types.ts";
import type { HeaderBlock } from "../../../core/framing/http2/header-block.ts";
import type { StreamHead } from "../http/head.ts";

const NO_BODY: BodyFraming = { kind: "length", length: 0 };

/** @param endStream no body follows */
export function streamHead(block: HeaderBlock, endStream: boolean): StreamHead {
  const headers = new StreamFields(block.fields);
  const { contentLength } = block;
  return {
    kind: "stream-request",
    method: block.method,
    // CONNECT has no path: its target is the authority.
    target: block.path === "" ? (headers.get("host") ?? "") : block.path,
    headers,
    body: endStream
      ? NO_BODY
      : contentLength < 0
        ? { kind: "chunked" }
        : { kind: "length", length: contentLength },
    expectContinue: headers.get("expect")?.toLowerCase() === "100-continue",
  };
}

/** Octets that the fields would have as lines of HTTP/1.1: what `maxHeaderBytes` bounds in either version. */
export function headerBytes({ fields }: HeaderBlock): number {
  let bytes = 0;
  for (let at = 0; at < fields.length; at += 2) bytes += fields[at]!.length + fields[at + 1]!.length + 4;
  return bytes;
}

/** Without the pseudo-header fields; the pieces of a cookie are one field again (section 8.2.3). */
class StreamFields implements HttpHeaders {
  readonly #fields: readonly (readonly [string, string])[];

  constructor(fields: readonly string[]) {
    const all: [string, string][] = [];
    let cookie: [string, string] | undefined;
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at]!;
      const value = fields[at + 1]!;
      if (name === "cookie" && cookie !== undefined) {
        cookie[1] += `; ${value}`;
      } else if (name === ":authority") {
        all.unshift(["host", value]);
      } else if (!name.startsWith(":") && !(name === "host" && all[0]?.[0] === "host")) {
        const field: [string, string] = [name, value];
        if (name === "cookie") cookie = field;
        all.push(field);
      }
    }
    this.#fields = all;
  }

  get size(): number {
    return this.#fields.length;
  }

  name(index: number): string {
    return this.#fields[index]![0];
  }

  value(index: number): string {
    return this.#fields[index]![1];
  }

  get(name: string): string | undefined {
    return this.#fields.find((field) => field[0] === name)?.[1];
  }

  all(name: string): readonly string[] {
    return this.#fields.filter((field) => field[0] === name).map((field) => field[1]);
  }

  [Symbol.iterator](): IterableIterator<readonly [string, string]> {
    return this.#fields.values();
  }
}
