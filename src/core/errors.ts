/**
 * The one error type that reaches a user, and the one table of exit codes.
 *
 * A NetkitError says what failed (`message`), on what (`subject`), why in plain words (`why`) and the next
 * thing to try (`next`). `code` is stable and greppable; `stage` is the layer that failed. Everything that
 * is not a NetkitError is a bug in netkit and is reported as one.
 */

/** The layer an error belongs to, from the command line down to the wire. */
export type Stage =
  | "usage"
  | "config"
  | "file"
  | "dns"
  | "connect"
  | "proxy"
  | "tls"
  | "protocol"
  | "request"
  | "resource"
  | "measurement"
  | "internal";

/** Process exit codes (PRODUCT contract). Every command leaves through one of these. */
export const EXIT = {
  /** Done, and every expectation holds. */
  ok: 0,
  /** Done, but an expectation or a check failed. */
  failed: 1,
  /** Bad flag, bad file, bad URL. */
  usage: 2,
  /** The target could not be reached, or nothing could be measured. */
  unreachable: 3,
  /** The measurement is invalid: the generator, not the target, was the limit. */
  invalid: 4,
  /** Interrupted; partial results were printed and written. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const EXIT_BY_STAGE: Record<Stage, ExitCode> = {
  usage: EXIT.usage,
  config: EXIT.usage,
  file: EXIT.usage,
  dns: EXIT.unreachable,
  connect: EXIT.unreachable,
  proxy: EXIT.unreachable,
  tls: EXIT.unreachable,
  protocol: EXIT.unreachable,
  request: EXIT.unreachable,
  resource: EXIT.unreachable,
  measurement: EXIT.invalid,
  internal: EXIT.failed,
};

export interface NetkitErrorOptions {
  /** The flag, file, URL or address it failed on. */
  readonly subject?: string | undefined;
  /** Why, in plain words. */
  readonly why?: string | undefined;
  /** The next thing to try. */
  readonly next?: string | undefined;
  readonly cause?: unknown;
}

export class NetkitError extends Error {
  override readonly name = "NetkitError";
  readonly stage: Stage;
  /** Stable, for example `NK_TLS_HANDSHAKE_TIMEOUT`. */
  readonly code: string;
  readonly subject: string | undefined;
  readonly why: string | undefined;
  readonly next: string | undefined;

  constructor(stage: Stage, code: `NK_${string}`, message: string, options: NetkitErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.stage = stage;
    this.code = code;
    this.subject = options.subject;
    this.why = options.why;
    this.next = options.next;
  }

  get exitCode(): ExitCode {
    return EXIT_BY_STAGE[this.stage];
  }
}

/** A usage error: exit 2, always with an example of what would have been right. */
export function usageError(message: string, next?: string, subject?: string): NetkitError {
  return new NetkitError("usage", "NK_USAGE", message, { next, subject });
}

interface SystemErrorFacts {
  readonly stage: Stage;
  readonly code: `NK_${string}`;
  readonly why: string;
  readonly next: string;
}

/** What an operating-system error code means to a person. `kind` names in results derive from `code`. */
const SYSTEM_ERRORS: Record<string, SystemErrorFacts> = {
  ECONNREFUSED: {
    stage: "connect",
    code: "NK_CONNECT_REFUSED",
    why: "the host answered, but nothing listens on that port",
    next: "check that the server runs and that host and port are right",
  },
  ECONNRESET: {
    stage: "connect",
    code: "NK_CONNECT_RESET",
    why: "the peer reset the connection",
    next: "look at the server's log; a limit, a crash or a firewall closes like this",
  },
  EPIPE: {
    stage: "connect",
    code: "NK_CONNECT_RESET",
    why: "the peer had closed the connection before everything was written",
    next: "look at the server's log; a limit, a crash or a firewall closes like this",
  },
  ETIMEDOUT: {
    stage: "connect",
    code: "NK_CONNECT_TIMEOUT",
    why: "no answer came within the time-out; a firewall that drops packets looks like this",
    next: "check the address and the route, or raise --timeout",
  },
  EHOSTUNREACH: {
    stage: "connect",
    code: "NK_CONNECT_NO_ROUTE",
    why: "there is no route to the host",
    next: "check the address, the network and the VPN",
  },
  ENETUNREACH: {
    stage: "connect",
    code: "NK_CONNECT_NO_ROUTE",
    why: "there is no route to the network",
    next: "check the address, the network and the VPN",
  },
  ENOTFOUND: {
    stage: "dns",
    code: "NK_DNS_NOT_FOUND",
    why: "the name does not exist",
    next: "check the spelling of the host name",
  },
  EAI_AGAIN: {
    stage: "dns",
    code: "NK_DNS_UNAVAILABLE",
    why: "the resolver did not answer",
    next: "check the network and the resolver in /etc/resolv.conf",
  },
  EADDRINUSE: {
    stage: "resource",
    code: "NK_LISTEN_IN_USE",
    why: "another process listens on that address",
    next: "choose another port, or port 0 for a free one",
  },
  EADDRNOTAVAIL: {
    stage: "resource",
    code: "NK_ADDRESS_UNAVAILABLE",
    why: "the local address is not on this machine, or no local port is free",
    next: "use fewer connections, wait for TIME_WAIT to pass, or name an address of this machine",
  },
  EACCES: {
    stage: "resource",
    code: "NK_PERMISSION",
    why: "permission denied",
    next: "ports below 1024 and some files need more rights; choose another",
  },
  EMFILE: {
    stage: "resource",
    code: "NK_DESCRIPTORS",
    why: "the process has no file descriptors left",
    next: "raise the limit (ulimit -n) or use fewer connections",
  },
  ENOENT: {
    stage: "file",
    code: "NK_FILE_NOT_FOUND",
    why: "no such file",
    next: "check the path",
  },
  EISDIR: {
    stage: "file",
    code: "NK_FILE_IS_DIRECTORY",
    why: "it is a directory",
    next: "name a file",
  },
};

/** System error code of anything thrown, looking inside an AggregateError. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string") return code;
  const inner = (error as { errors?: unknown }).errors;
  return Array.isArray(inner) ? systemCodeOf(inner[0]) : undefined;
}

/**
 * Wraps a system or TLS error as a NetkitError; a NetkitError passes through.
 * `doing` completes "could not …".
 */
export function wrapSystemError(error: unknown, doing: string, subject?: string): NetkitError {
  if (error instanceof NetkitError) return error;
  const code = systemCodeOf(error);
  const facts = code === undefined ? undefined : SYSTEM_ERRORS[code];
  const message = `could not ${doing}${subject === undefined ? "" : ` ${subject}`}`;
  if (facts !== undefined) {
    return new NetkitError(facts.stage, facts.code, message, {
      subject,
      why: facts.why,
      next: facts.next,
      cause: error,
    });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new NetkitError("connect", "NK_CONNECT_FAILED", message, {
    subject,
    why,
    next: "see the reason above; DEBUG=netkit* shows the stack",
    cause: error,
  });
}

/** A NetkitError as plain data: what crosses the boundary of a thread or a process, where classes are lost. */
export interface ErrorRecord {
  readonly stage: Stage;
  readonly code: `NK_${string}`;
  readonly message: string;
  readonly subject: string | undefined;
  readonly why: string | undefined;
  readonly next: string | undefined;
}

/** The record of anything thrown. What is no NetkitError is a bug, `NK_INTERNAL`. The cause stays behind. */
export function errorRecord(error: unknown): ErrorRecord {
  const known =
    error instanceof NetkitError
      ? error
      : new NetkitError("internal", "NK_INTERNAL", error instanceof Error ? error.message : String(error));
  const { stage, message, subject, why, next } = known;
  return { stage, code: known.code as `NK_${string}`, message, subject, why, next };
}

/** The error that a record was made of, without its cause. */
export function revivedError({ stage, code, message, subject, why, next }: ErrorRecord): NetkitError {
  return new NetkitError(stage, code, message, { subject, why, next });
}
