/**
 * From a header block to what answers it. Blocks that repeat on a connection are one object, so each is resolved once,
 * once more if it comes with a body, and kept for as long as it is.
 */
import type { HeaderBlock } from "../../../core/framing/http2/header-block.ts";
import { type DateField, jsonAnswer } from "../http/answer.ts";
import type { StreamHead } from "../http/head.ts";
import type { Resolved, Router } from "../http/router.ts";
import type { ServeMetrics } from "../metrics.ts";
import type { ServeLimits } from "../plan.ts";
import { StreamAnswer } from "./answer.ts";
import { headerBytes, streamHead } from "./head.ts";

export interface StreamRoute {
  readonly head: StreamHead;
  readonly resolved: Resolved;
  /** Of an answer that depends on nothing but the head. */
  readonly answer: StreamAnswer | undefined;
  /** Its head asks for more than is granted: refused at once, whatever is to follow. */
  readonly beyondLimits: boolean;
}

export class StreamRoutes {
  readonly #router: Router;
  readonly #limits: ServeLimits;
  readonly #metrics: ServeMetrics;
  readonly #date: DateField;
  readonly #whole = new WeakMap<HeaderBlock, StreamRoute>();
  readonly #withBody = new WeakMap<HeaderBlock, StreamRoute>();
  #last: HeaderBlock | undefined;
  #lastRoute: StreamRoute | undefined;

  constructor(router: Router, limits: ServeLimits, metrics: ServeMetrics, date: DateField) {
    this.#router = router;
    this.#limits = limits;
    this.#metrics = metrics;
    this.#date = date;
  }

  /** @param endStream the request has no body */
  resolve(block: HeaderBlock, endStream: boolean): StreamRoute {
    if (endStream && block === this.#last) return this.#lastRoute!;
    const known = endStream ? this.#whole : this.#withBody;
    let route = known.get(block);
    if (route === undefined) {
      route = this.#make(block, endStream);
      known.set(block, route);
    }
    if (endStream) {
      this.#last = block;
      this.#lastRoute = route;
    }
    return route;
  }

  #make(block: HeaderBlock, endStream: boolean): StreamRoute {
    const head = streamHead(block, endStream);
    const refusal = this.#beyondLimits(block, head);
    const resolved = refusal ?? this.#router.resolve(head);
    const answer =
      resolved.kind === "answer"
        ? new StreamAnswer(resolved.prepared.answer, head.method, this.#date)
        : undefined;
    return { head, resolved, answer, beyondLimits: refusal !== undefined };
  }

  #beyondLimits(block: HeaderBlock, head: StreamHead): Resolved | undefined {
    const { maxHeaderBytes, maxHeaders, maxBodyBytes } = this.#limits;
    if (headerBytes(block) > maxHeaderBytes) {
      this.#metrics.limitHit("header-bytes");
      return this.#router.refusal(
        head,
        jsonAnswer(431, { error: `more than ${maxHeaderBytes} bytes of fields` }),
      );
    }
    if (block.fields.length / 2 > maxHeaders) {
      this.#metrics.limitHit("headers");
      return this.#router.refusal(head, jsonAnswer(431, { error: `more than ${maxHeaders} fields` }));
    }
    if (head.body.kind === "length" && head.body.length > maxBodyBytes) {
      this.#metrics.limitHit("body-bytes");
      return this.#router.refusal(
        head,
        jsonAnswer(413, { error: `a body of more than ${maxBodyBytes} bytes` }),
      );
    }
    return undefined;
  }
}
