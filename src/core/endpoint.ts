/**
 * Endpoints are URLs everywhere: the one table of schemes, and the one parser.
 *
 * `parseEndpoint` gives a plain Endpoint or throws a usage error that names the schemes which the command
 * does take. A password in the URL is kept apart, and `display` never shows it.
 */
import { usageError } from "./errors.ts";
import { maskUrl } from "./secrets.ts";

/** What a command can do with an endpoint. */
export type Role = "serve" | "connect" | "flood" | "pool-test" | "tls-check" | "stats";

/** The bytes on the wire, once any TLS is taken off. */
export type WireProtocol =
  | "http"
  | "ws"
  | "raw"
  | "framed"
  | "udp"
  | "redis"
  | "postgres"
  | "mysql"
  | "smtp"
  | "imap"
  | "pop3"
  | "ftp"
  | "ldap"
  | "xmpp";

export interface SchemeFacts {
  readonly protocol: WireProtocol;
  /** TLS from the first byte; STARTTLS schemes have false here. */
  readonly tls: boolean;
  readonly defaultPort: number | undefined;
  /** The commands which this build of netkit lets the scheme into. */
  readonly roles: readonly Role[];
}

/** The catalog. A role stands here only when the command really does it. */
export const SCHEMES = {
  http: {
    protocol: "http",
    tls: false,
    defaultPort: 80,
    roles: ["serve", "connect", "flood", "pool-test", "stats"],
  },
  https: {
    protocol: "http",
    tls: true,
    defaultPort: 443,
    roles: ["serve", "connect", "flood", "tls-check", "pool-test", "stats"],
  },
  h2c: { protocol: "http", tls: false, defaultPort: 80, roles: ["serve", "connect", "flood", "pool-test"] },
  ws: { protocol: "ws", tls: false, defaultPort: 80, roles: ["serve", "connect", "flood", "pool-test"] },
  wss: {
    protocol: "ws",
    tls: true,
    defaultPort: 443,
    roles: ["serve", "connect", "flood", "tls-check", "pool-test"],
  },
  tcp: {
    protocol: "raw",
    tls: false,
    defaultPort: undefined,
    roles: ["serve", "connect", "flood", "pool-test"],
  },
  tls: {
    protocol: "raw",
    tls: true,
    defaultPort: undefined,
    roles: ["serve", "connect", "flood", "tls-check", "pool-test"],
  },
  framed: {
    protocol: "framed",
    tls: false,
    defaultPort: undefined,
    roles: ["serve", "connect", "flood", "pool-test"],
  },
  "framed+tls": {
    protocol: "framed",
    tls: true,
    defaultPort: undefined,
    roles: ["serve", "connect", "flood", "tls-check", "pool-test"],
  },
  udp: { protocol: "udp", tls: false, defaultPort: undefined, roles: ["serve", "connect", "flood"] },
  redis: { protocol: "redis", tls: false, defaultPort: 6379, roles: ["connect", "pool-test"] },
  rediss: { protocol: "redis", tls: true, defaultPort: 6379, roles: ["connect", "tls-check", "pool-test"] },
  postgres: {
    protocol: "postgres",
    tls: false,
    defaultPort: 5432,
    roles: ["connect", "tls-check", "pool-test"],
  },
  mysql: { protocol: "mysql", tls: false, defaultPort: 3306, roles: ["connect", "tls-check", "pool-test"] },
  smtp: { protocol: "smtp", tls: false, defaultPort: 25, roles: ["connect", "tls-check"] },
  imap: { protocol: "imap", tls: false, defaultPort: 143, roles: ["connect", "tls-check"] },
  pop3: { protocol: "pop3", tls: false, defaultPort: 110, roles: ["connect", "tls-check"] },
  ftp: { protocol: "ftp", tls: false, defaultPort: 21, roles: ["tls-check"] },
  ldap: { protocol: "ldap", tls: false, defaultPort: 389, roles: ["tls-check"] },
  xmpp: { protocol: "xmpp", tls: false, defaultPort: 5222, roles: ["tls-check"] },
} as const satisfies Record<string, SchemeFacts>;

export type Scheme = keyof typeof SCHEMES;

/** The schemes that a command takes. */
export type SchemeFor<R extends Role> = {
  [S in Scheme]: R extends (typeof SCHEMES)[S]["roles"][number] ? S : never;
}[Scheme];

export interface Endpoint<S extends Scheme = Scheme> {
  readonly scheme: S;
  readonly protocol: WireProtocol;
  readonly tls: boolean;
  /** Name or address, IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query, `/` when absent. The fragment is never sent. */
  readonly path: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** `scheme://host:port`, the port always written, IPv6 in brackets. */
  readonly origin: string;
  /** `host` or `host:port` as an HTTP Host header has it: the default port is left out. */
  readonly authority: string;
  /** The whole URL without any credentials or secrets: safe for every output. */
  readonly display: string;
}

export function schemesFor<R extends Role>(role: R): SchemeFor<R>[] {
  return (Object.keys(SCHEMES) as SchemeFor<R>[]).filter((name) =>
    (SCHEMES[name].roles as readonly Role[]).includes(role),
  );
}

function listSchemes(role: Role): string {
  return schemesFor(role)
    .map((name) => `${name}:`)
    .join(" ");
}

/** `localhost`, `localhost:8080`, `:8080` → the same with the scheme; anything that has one is left alone. */
function withScheme(text: string, scheme: Scheme): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  return text.startsWith(":") ? `${scheme}://127.0.0.1${text}` : `${scheme}://${text}`;
}

/** Hides user information and secrets in text that is about to be shown, with a scheme or without. */
function redact(text: string): string {
  return maskUrl(text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i, "$1"));
}

/** User information decoded; a stray per cent sign stands for itself. */
export function credential(text: string): string | undefined {
  if (text === "") return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * @throws NetkitError `NK_USAGE` for an unknown scheme, a scheme the command does not take, a missing port
 * where the scheme has no default, or text that is no URL.
 */
export function parseEndpoint<R extends Role>(text: string, role: R): Endpoint<SchemeFor<R>> {
  const source = withScheme(text.trim(), role === "tls-check" ? "https" : "http");
  const shown = redact(text);
  const schemeText = /^([a-z][a-z0-9+.-]*):/i.exec(source)?.[1]?.toLowerCase() ?? "";
  const facts: SchemeFacts | undefined = Object.hasOwn(SCHEMES, schemeText)
    ? SCHEMES[schemeText as Scheme]
    : undefined;
  if (facts === undefined || !facts.roles.includes(role)) {
    const why = facts === undefined ? "is not a scheme netkit knows" : `is not a scheme that ${role} takes`;
    throw usageError(`${schemeText}: ${why} (in "${shown}")`, `use one of ${listSchemes(role)}`, shown);
  }
  const scheme = schemeText as SchemeFor<R>;
  // WHATWG URL treats only special schemes as having a host and port in full; parsing as http: gives every
  // scheme of ours the same rules (percent-decoding, IPv6 brackets, IDN to ASCII).
  let url: URL;
  try {
    url = new URL(`http:${source.slice(scheme.length + 1)}`);
  } catch {
    throw usageError(`"${shown}" is not a URL`, `write it like ${scheme}://127.0.0.1:8080/`, shown);
  }
  // The http: parser drops an explicit ":80"; look at the text to tell "absent" from "80".
  const explicit80 = /^[^/]*\/\/(?:[^/?#]*@)?(?:\[[^\]]*\]|[^/?#:]*):0*80(?:[/?#]|$)/.test(source);
  const port = url.port !== "" ? Number(url.port) : explicit80 ? 80 : facts.defaultPort;
  if (port === undefined) {
    throw usageError(
      `"${shown}" has no port, and ${scheme}: has no default`,
      `write it like ${scheme}://${url.hostname}:7000`,
      shown,
    );
  }
  if (port === 0 && role !== "serve") {
    throw usageError(
      `"${shown}" names port 0, on which nothing can listen`,
      "name the port of the server",
      shown,
    );
  }
  const bracketed = url.hostname;
  const host = bracketed.startsWith("[") ? bracketed.slice(1, -1) : bracketed;
  const path = `${url.pathname}${url.search}`;
  const origin = `${scheme}://${bracketed}:${port}`;
  return {
    scheme,
    protocol: facts.protocol,
    tls: facts.tls,
    host,
    port,
    path,
    username: credential(url.username),
    password: credential(url.password),
    origin,
    authority: port === facts.defaultPort ? bracketed : `${bracketed}:${port}`,
    display: `${origin}${facts.protocol === "http" || facts.protocol === "ws" ? maskUrl(path) : ""}`,
  };
}
