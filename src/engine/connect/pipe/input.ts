/**
 * What a user types or pipes in, cut into payloads: as it comes, by line, or by line of hexadecimal digits.
 *
 * A line ends at its line feed; a carriage return before it belongs to the terminal, not to the message. What is
 * left at the end of the input is a last line.
 */
import { Buffer } from "node:buffer";
import { NetkitError } from "../../../core/errors.ts";

export interface InputSplitter {
  /** Payloads that are complete, one after the other. @throws NetkitError for bad digits */
  push(bytes: Buffer): Iterable<Uint8Array>;
  /** At the end of the input. */
  end(): Iterable<Uint8Array>;
}

/** A line longer than this is no message that somebody typed. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

export function rawInput(): InputSplitter {
  return { push: (bytes) => [bytes], end: () => [] };
}

export function lineInput(): InputSplitter {
  return splitter((line) => line);
}

/** `48 65 6c6C 6f`: spaces are for people, a `#` begins a remark. */
export function hexInput(): InputSplitter {
  let number = 0;
  return splitter((line) => {
    number++;
    const digits = line.toString("latin1").replace(/#.*$/, "").replace(/[\s:]/g, "");
    if (digits === "") return undefined;
    if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) {
      throw new NetkitError("usage", "NK_USAGE", `line ${number} of the input is no hexadecimal`, {
        why: "with --hex a line holds pairs of the digits 0 to 9 and a to f",
        next: "write it like 48 65 6c 6c 6f, or leave --hex away",
      });
    }
    return Buffer.from(digits, "hex");
  });
}

function splitter(payloadOf: (line: Buffer) => Buffer | undefined): InputSplitter {
  // Chunks of a line that is not complete: joined once, when its end comes.
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  const take = (tail: Buffer): Buffer | undefined => {
    const whole = pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
    pending = [];
    pendingBytes = 0;
    return payloadOf(whole.at(-1) === 0x0d ? whole.subarray(0, -1) : whole);
  };
  return {
    *push(bytes) {
      let from = 0;
      for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, from)) {
        const payload = take(bytes.subarray(from, at));
        if (payload !== undefined) yield payload;
        from = at + 1;
      }
      if (from < bytes.length) {
        pendingBytes += bytes.length - from;
        if (pendingBytes > MAX_LINE_BYTES) throw lineTooLong();
        pending.push(Buffer.from(bytes.subarray(from)));
      }
    },
    end() {
      if (pendingBytes === 0) return [];
      const payload = take(Buffer.alloc(0));
      return payload === undefined ? [] : [payload];
    },
  };
}

function lineTooLong(): NetkitError {
  return new NetkitError("usage", "NK_USAGE", "a line of the input is too long for one message", {
    why: `it has more than ${MAX_LINE_BYTES} bytes and no line feed`,
    next: "one line is one message here: use tcp: or tls: to send bytes as they are",
  });
}
