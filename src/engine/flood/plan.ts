/**
 * What a flood is to do, as plain data: it travels to the generator threads and into the result file.
 *
 * Load model × stop rule × protocol are independent fields; nothing here knows how they are carried out.
 */

/** Closed loop: a connection sends when an answer came. Open loop: request k is due at its planned instant. */
export type LoadPlan =
  | { readonly kind: "closed" }
  | { readonly kind: "open"; readonly ratePerSecond: number; readonly arrival: Arrival };

export type Arrival = "constant" | "poisson";

export type StopPlan =
  | { readonly kind: "duration"; readonly seconds: number }
  | { readonly kind: "requests"; readonly count: number };

export interface TargetPlan {
  /** URL without credentials, as shown. */
  readonly url: string;
  /** Name in `endpoints[]` and in `--expect '[name] …'`. */
  readonly name: string;
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** Host header value. */
  readonly authority: string;
  readonly path: string;
}

export interface RequestPlan {
  readonly method: string;
  /** In order, names as given. `Host`, `Content-Length` and `Connection` are added unless given. */
  readonly headers: readonly (readonly [string, string])[];
  /** Base64 would waste memory in threads: the bytes themselves; `undefined` for no body. */
  readonly body: Uint8Array | undefined;
}

export interface TlsPlan {
  /** False with `--insecure`. */
  readonly verify: boolean;
  /** PEM text of `--cacert`, `--cert`, `--key`. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface FloodPlan {
  /** All of one origin; requests take them in turn. */
  readonly targets: readonly [TargetPlan, ...TargetPlan[]];
  readonly request: RequestPlan;
  readonly tls: TlsPlan;
  readonly load: LoadPlan;
  readonly stop: StopPlan;
  readonly connections: number;
  /** Requests in flight on one connection (HTTP/1.1 pipelining). */
  readonly depth: number;
  readonly threads: number;
  /** Excluded from the statistics; the load runs from its first moment. */
  readonly warmupSeconds: number;
  /** From sent to complete; also for connecting. */
  readonly timeoutMs: number;
  /** One request a connection. */
  readonly newConnection: boolean;
}
