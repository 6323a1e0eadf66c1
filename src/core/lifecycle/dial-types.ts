/**
 * What `dial` takes and gives: plain data, so that a plan can carry the one and a report the other.
 */
import type { Socket } from "node:net";
import type { ConnectionOptions, SecureContext, SecureVersion, TLSSocket } from "node:tls";
import type { Clock } from "../clock.ts";
import type { NetkitError } from "../errors.ts";
import type { Address, Attempt, Connector } from "./happy-eyeballs.ts";

/** All addresses of a name, in the order of preference. A signal may end the wait early. */
export type Lookup = (host: string, signal: AbortSignal) => Promise<readonly Address[]>;

export interface DialTls {
  /** Name sent by SNI and expected in the certificate. Default: the host, unless that is an address (RFC 6066). */
  readonly servername?: string | undefined;
  /** PEM of the only CAs to trust. Default: those that come with node. */
  readonly ca?: string | undefined;
  /** PEM of our certificate and its key, for servers that ask for one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Goes on whatever the certificate says; the report still tells what it said. */
  readonly insecure?: boolean | undefined;
  /** In order of preference. */
  readonly alpn?: readonly string[] | undefined;
  readonly minVersion?: SecureVersion | undefined;
  readonly maxVersion?: SecureVersion | undefined;
  /** OpenSSL list. */
  readonly ciphers?: string | undefined;
  /** A key that both sides know, in place of certificates. */
  readonly pskCallback?: ConnectionOptions["pskCallback"];
  /** Of an earlier connection (the event `session`), to be resumed. */
  readonly session?: Buffer | undefined;
  /** Made before by `secureContextOf`, from CAs, certificate, key, versions and suites. */
  readonly secureContext?: SecureContext | undefined;
}

/** Milliseconds for each phase; Infinity for no limit. */
export interface PhaseTimeouts {
  /** Default 5,000. */
  readonly resolveMs?: number | undefined;
  /** For the whole race. Default 10,000. */
  readonly connectMs?: number | undefined;
  /** Default 10,000. */
  readonly secureMs?: number | undefined;
}

export interface DialOptions {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** A unix socket to connect to instead; `host` then serves for TLS names and messages only. */
  readonly path?: string | undefined;
  readonly tls?: DialTls | undefined;
  /** Only addresses of this family. Default: both. */
  readonly family?: 4 | 6 | undefined;
  /** Local address to connect from; addresses of the other family are then left out. */
  readonly localAddress?: string | undefined;
  /** Head start of each attempt (RFC 8305). Default 250, at least 10. */
  readonly attemptDelayMs?: number | undefined;
  readonly timeouts?: PhaseTimeouts | undefined;
  /** Default: the system's resolver (getaddrinfo), which sorts by RFC 6724. */
  readonly lookup?: Lookup | undefined;
  /** Default: `net.connect`. */
  readonly connect?: Connector | undefined;
  readonly clock?: Clock | undefined;
  /** Told when a phase is done, for those who draw or keep a state. */
  readonly onPhase?: ((phase: DialPhase) => void) | undefined;
}

/** The phase that has just been done. */
export type DialPhase = "resolved" | "connected" | "secured";

/** Microseconds of the process clock; a phase that was not reached, or not needed, has none. */
export interface DialStamps {
  readonly startUs: number;
  /** The addresses are known; the same instant as the start for a literal address or a unix socket. */
  readonly resolvedUs: number | undefined;
  readonly connectedUs: number | undefined;
  readonly securedUs: number | undefined;
  /** Ready, or failed. */
  readonly endUs: number;
}

export interface TlsReport {
  /** `TLSv1.3` */
  readonly version: string;
  readonly cipher: string;
  /** Undefined when the server chose none. */
  readonly alpn: string | undefined;
  readonly servername: string | undefined;
  /** The certificate was verified and good. */
  readonly authorized: boolean;
  /** Why it is not, in node's words (`CERT_HAS_EXPIRED`), when `insecure` let it pass. */
  readonly authorizationError: string | undefined;
}

export interface DialReport {
  readonly host: string;
  readonly port: number;
  readonly path: string | undefined;
  /** In the order to be tried. */
  readonly addresses: readonly Address[];
  readonly attempts: readonly Attempt[];
  /** The address that is connected. */
  readonly remote: Address | undefined;
  readonly stamps: DialStamps;
  readonly tls: TlsReport | undefined;
}

export type DialResult =
  /** The socket is the caller's: without any listener, so add 'error' before anything else is awaited. */
  | { readonly kind: "ready"; readonly socket: Socket | TLSSocket; readonly report: DialReport }
  | { readonly kind: "failed"; readonly error: NetkitError; readonly report: DialReport };
