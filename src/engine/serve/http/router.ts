/**
 * From a request head to what answers it.
 *
 * Heads are immutable and shared: equal bytes give the same object. So a head is resolved once, and its
 * resolution is kept for as long as the head is. Two requests in a row with the same head cost one comparison.
 */

import type { Counter } from "../../../core/metrics/counter.ts";
import { HANDLERS } from "../handlers/catalog.ts";
import type { Handler, Live } from "../handlers/handler.ts";
import type { RouteMetrics, ServeMetrics } from "../metrics.ts";
import {
  type Answer,
  type DateField,
  emptyAnswer,
  jsonAnswer,
  type Persistence,
  PreparedAnswer,
} from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import type { ServedHead } from "./head.ts";
import { parseTarget, type Target } from "./target.ts";

/** Depends on nothing but the head. */
export interface ResolvedAnswer {
  readonly kind: "answer";
  readonly prepared: PreparedAnswer;
  readonly persistence: Persistence;
  readonly requests: Counter;
  readonly route: RouteMetrics;
}

/** Takes time, or the body. */
interface ResolvedLive {
  readonly kind: "live";
  readonly start: (exchange: Exchange) => Live;
  readonly persistence: Persistence;
  readonly route: RouteMetrics;
}

export type Resolved = ResolvedAnswer | ResolvedLive;

interface Route {
  readonly handler: Handler;
  /** Undefined for a `{…}` part. */
  readonly parts: readonly (string | undefined)[];
  readonly metrics: RouteMetrics;
  readonly allow: string;
}

export interface RouterOptions {
  /** Each on its own path; default: the catalog. */
  readonly handlers?: readonly Handler[];
  /** Answers on every other path. */
  readonly otherwise?: Handler;
  /** WebSockets may be compressed. */
  readonly deflate: boolean;
}

export class Router {
  readonly #routes: readonly Route[];
  /** On every path that is none of these. */
  readonly #otherwise: Route | undefined;
  readonly #deflate: boolean;
  /** For answers that belong to no route. */
  readonly unrouted: RouteMetrics;
  readonly #date: DateField;
  readonly #resolved = new WeakMap<ServedHead, Resolved>();
  #lastHead: ServedHead | undefined;
  #last: Resolved | undefined;

  constructor(
    metrics: ServeMetrics,
    date: DateField,
    { handlers = HANDLERS, otherwise, deflate }: RouterOptions,
  ) {
    this.#date = date;
    this.unrouted = metrics.route("none");
    this.#deflate = deflate;
    this.#routes = handlers.map((handler) => routeOf(handler, metrics));
    this.#otherwise = otherwise === undefined ? undefined : routeOf(otherwise, metrics);
  }

  resolve(head: ServedHead): Resolved {
    if (head === this.#lastHead) return this.#last!;
    let resolved = this.#resolved.get(head);
    if (resolved === undefined) {
      resolved = this.#make(head);
      this.#resolved.set(head, resolved);
    }
    this.#lastHead = head;
    this.#last = resolved;
    return resolved;
  }

  /** An answer outside any route, such as a refusal by limit. */
  refusal(head: ServedHead, answer: Answer): ResolvedAnswer {
    return this.#answer(head, this.unrouted, answer);
  }

  #make(head: ServedHead): Resolved {
    const target = parseTarget(head.target);
    if (target === undefined) {
      return this.refusal(head, jsonAnswer(400, { error: "the request target is none we can route" }));
    }
    if (target.asterisk)
      return this.refusal(
        head,
        emptyAnswer(204, [["Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]]),
      );
    const route = this.#routes.find(({ parts }) => matches(parts, target.segments)) ?? this.#otherwise;
    if (route === undefined) return this.refusal(head, notFound(target));
    return this.#routed(head, route, target);
  }

  #routed(head: ServedHead, route: Route, target: Target): Resolved {
    const { handler, metrics } = route;
    const { methods } = handler;
    if (head.method === "OPTIONS" && methods !== "any") {
      return this.#answer(head, metrics, emptyAnswer(204, [["Allow", route.allow]]));
    }
    const method = head.method === "HEAD" ? "GET" : head.method;
    if (methods !== "any" && !methods.includes(method)) {
      const error = `${handler.pattern} does not take ${head.method}`;
      return this.#answer(head, metrics, jsonAnswer(405, { error }, [["Allow", route.allow]]));
    }
    const params = target.segments.filter((_, at) => route.parts[at] === undefined);
    const reply = handler.reply({ head, params, query: target.query, deflate: this.#deflate });
    if (reply.kind === "answer") return this.#answer(head, metrics, reply.answer);
    return { kind: "live", start: reply.start, persistence: persistenceOf(head), route: metrics };
  }

  #answer(head: ServedHead, route: RouteMetrics, answer: Answer): ResolvedAnswer {
    return {
      kind: "answer",
      prepared: new PreparedAnswer(answer, head.method, this.#date),
      persistence: persistenceOf(head),
      requests: route.requests(answer.status),
      route,
    };
  }
}

/** A refused request's body up to this size is read away, so that the connection can go on. */
const DISCARD_BYTES = 64 * 1024;

/** Whether a request is refused without its body being waited for. */
export function refusedBeforeBody({ body, expectContinue }: ServedHead, resolved: ResolvedAnswer): boolean {
  const small = body.kind === "length" && body.length <= DISCARD_BYTES;
  return resolved.prepared.answer.status >= 400 && (expectContinue || !small);
}

function routeOf(handler: Handler, metrics: ServeMetrics): Route {
  return {
    handler,
    parts: handler.pattern
      .split("/")
      .slice(1)
      .filter((part) => part !== "")
      .map((part) => (part.startsWith("{") ? undefined : part)),
    metrics: metrics.route(handler.id),
    allow: allowOf(handler),
  };
}

function matches(parts: Route["parts"], segments: readonly string[]): boolean {
  return (
    parts.length === segments.length && parts.every((part, at) => part === undefined || part === segments[at])
  );
}

function allowOf({ methods }: Handler): string {
  if (methods === "any") return "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
  return [...methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])), "OPTIONS"].join(
    ", ",
  );
}

function persistenceOf(head: ServedHead): Persistence {
  if (head.kind === "stream-request") return "implicit";
  if (!head.keepAlive) return "close";
  return head.minor === 1 ? "implicit" : "keep-alive";
}

function notFound(target: Target): Answer {
  return jsonAnswer(404, {
    error: `there is nothing at /${target.segments.join("/")}`,
    paths: HANDLERS.map(({ pattern, example, description }) => ({ path: pattern, example, description })),
  });
}
