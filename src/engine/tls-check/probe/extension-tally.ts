/**
 * Counts, for each extension that hellos offered, how often the server took it up: the answer for features
 * that need no probe of their own.
 */
import type { HelloSpec } from "../../../core/framing/tls/client-hello.ts";
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import { VERSION } from "../../../core/framing/tls/record.ts";
import type { ServerHello } from "../../../core/framing/tls/server-messages.ts";
import type { Answer } from "../facts.ts";
import { suite } from "../registry/suites.ts";
import { RENEGOTIATION_SCSV } from "./offers.ts";

const DEFLATE = 1;

interface Count {
  yes: number;
  no: number;
}

export class ExtensionTally {
  readonly #counts = new Map<number, Count>();
  readonly #compression: Count = { yes: 0, no: 0 };
  readonly #sentinel: Count = { yes: 0, no: 0 };

  /** Only ServerHellos of TLS ≤ 1.2 count: 1.3 answers extensions elsewhere. */
  note(spec: HelloSpec, hello: ServerHello): void {
    if (hello.isRetry || hello.version >= VERSION.tls13) return;
    const offered = new Set(spec.extensions.map(({ type }) => type));
    if (spec.suites.includes(RENEGOTIATION_SCSV)) offered.add(EXTENSION.renegotiationInfo);
    for (const type of offered) {
      // Taken up with a CBC suite only (RFC 7366 §3).
      if (type === EXTENSION.encryptThenMac && suite(hello.suite)?.mode !== "cbc") continue;
      const count = this.#counts.get(type) ?? { yes: 0, no: 0 };
      this.#counts.set(type, count);
      add(count, hello.extensions.has(type));
    }
    if (spec.compressions.includes(DEFLATE)) add(this.#compression, hello.compression === DEFLATE);
    // A server of TLS 1.3 marks every ServerHello below it (RFC 8446 §4.1.3).
    if (hello.version <= VERSION.tls12) add(this.#sentinel, hello.downgradeSentinel !== undefined);
  }

  /** Undefined when no ServerHello could tell. */
  answer(type: number): Answer | undefined {
    return judge(this.#counts.get(type), "the ServerHello is without it");
  }

  get compression(): Answer | undefined {
    return judge(this.#compression, "chose no compression");
  }

  get downgradeSentinel(): Answer | undefined {
    return judge(this.#sentinel, "the server's random is without the mark");
  }
}

function add(count: Count, taken: boolean): void {
  if (taken) count.yes++;
  else count.no++;
}

/** One yes is enough: the server can. */
function judge(count: Count | undefined, how: string): Answer | undefined {
  if (count === undefined || count.yes + count.no === 0) return undefined;
  return count.yes > 0 ? { kind: "offered" } : { kind: "refused", how };
}
