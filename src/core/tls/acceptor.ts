/**
 * The server side of TLS: modern defaults, SNI, ALPN, client certificates, and credentials that can be
 * replaced while it runs.
 *
 * Guarantees: TLS 1.2 and 1.3 only unless asked otherwise, forward secrecy and AEAD suites only. After
 * `replace` the next handshake gets the new certificate; a handshake that has begun and connections that
 * stand go on with the old one. A reload that fails keeps the old credentials and says why. Every socket
 * given to a `Handshaker` ends in exactly one call of `secured` or `failed`.
 */
import type { Socket } from "node:net";
import {
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureVersion,
  type TLSSocket,
  type TlsOptions,
} from "node:tls";
import type { NetkitError } from "../errors.ts";
import { wrapSystemError } from "../errors.ts";
import type { Credentials } from "./credentials.ts";
import { clientCertRefused, translateTlsError } from "./errors.ts";
import { type FileWatch, watchFiles } from "./file-watch.ts";

/** At least one; the first answers clients that ask for no name, or for none we have. */
export type CredentialSet = readonly [Credentials, ...Credentials[]];

export interface TlsAcceptorOptions {
  readonly credentials: CredentialSet;
  /** In order of the server's preference. Absent: no ALPN. */
  readonly alpn?: readonly string[] | undefined;
  /** PEM of the CAs that may sign client certificates: asks clients for one. */
  readonly clientCa?: string | undefined;
  /** Default true when `clientCa` is given: no acceptable certificate, no connection. */
  readonly requireClientCert?: boolean | undefined;
  readonly minVersion?: SecureVersion | undefined;
  readonly maxVersion?: SecureVersion | undefined;
  /** OpenSSL list for TLS 1.2 and names of TLS 1.3 suites together. */
  readonly ciphers?: string | undefined;
  /** From accept to the end of the handshake; default 10 s. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** Where `reload` gets fresh credentials from. */
  readonly load?: (() => Promise<CredentialSet>) | undefined;
}

/** Mozilla's "intermediate" list (version 5.7) without its DHE suites: ECDHE with AES-GCM or ChaCha20 only. */
export const MODERN_CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

const HANDSHAKE_TIMEOUT_MS = 10_000;

export type ReloadResult =
  | { readonly kind: "reloaded"; readonly credentials: CredentialSet }
  /** The sources hold what is already in use. */
  | { readonly kind: "unchanged"; readonly credentials: CredentialSet }
  /** The old credentials stay. */
  | { readonly kind: "failed"; readonly error: NetkitError };

/** One listener's hand to the acceptor. */
export interface Handshaker {
  /** Starts the handshake on a connected, unread socket; leads to one call of `secured` or `failed`. */
  accept(socket: Socket): void;
  /** No more sockets will come: the acceptor forgets it. Handshakes under way go on. */
  close(): void;
}

interface Handshakes extends Handshaker {
  renew(options: TlsOptions): void;
}

export class TlsAcceptor {
  readonly #options: TlsAcceptorOptions;
  readonly #handshakers = new Set<Handshakes>();
  #credentials: CredentialSet;
  #contexts: ReadonlyMap<string, SecureContext>;
  #reloading: Promise<unknown> = Promise.resolve();

  /** @throws NetkitError when OpenSSL does not take the credentials, suites or versions. */
  constructor(options: TlsAcceptorOptions) {
    this.#options = options;
    this.#credentials = options.credentials;
    this.#contexts = this.#contextsFor(options.credentials);
  }

  /** What the next handshake gets. */
  get credentials(): CredentialSet {
    return this.#credentials;
  }

  /** The next handshake gets these. Throws, and keeps the old ones, when OpenSSL does not take them. */
  replace(credentials: CredentialSet): void {
    const contexts = this.#contextsFor(credentials);
    this.#credentials = credentials;
    this.#contexts = contexts;
    for (const handshaker of this.#handshakers) handshaker.renew(this.#contextOptions(credentials[0]));
  }

  /** Asks `load` for credentials and takes them if they are good. Reloads run one after the other. */
  reload(): Promise<ReloadResult> {
    const result = this.#reloading.then(() => this.#reload());
    this.#reloading = result;
    return result;
  }

  /** Reloads whenever one of the files changes, until disposed; `report` hears all but "unchanged". */
  watch(files: readonly string[], report?: (result: ReloadResult) => void): FileWatch {
    return watchFiles(files, async (error) => {
      const failure: ReloadResult | undefined = error && { kind: "failed", error };
      const result = failure ?? (await this.reload());
      if (result.kind !== "unchanged") report?.(result);
    });
  }

  /**
   * A handshaker for one listener.
   * @param secured the handshake is done and, where one is required, the client certificate is good
   * @param failed it is not; the socket is destroyed
   * @param alpn of this listener, in order of preference
   */
  handshaker(
    secured: (socket: TLSSocket) => void,
    failed: (error: NetkitError, socket: TLSSocket) => void,
    alpn = this.#options.alpn,
  ): Handshaker {
    const { clientCa, handshakeTimeoutMs } = this.#options;
    const server = createServer({
      ...this.#contextOptions(this.#credentials[0]),
      ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
      requestCert: clientCa !== undefined,
      rejectUnauthorized: this.#options.requireClientCert ?? clientCa !== undefined,
      handshakeTimeout: handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
      SNICallback: (name, answer) => answer(null, this.#contextFor(name)),
    });
    server.on("secureConnection", secured);
    server.on("tlsClientError", (error, socket) => {
      const peer = socket.remoteAddress ?? "the client";
      // Node leaves the socket open after a handshake time-out.
      socket.destroy();
      // When it is the certificate that node did not accept, the error tells of a hang-up only.
      const refused = socket.authorizationError;
      failed(refused ? clientCertRefused(peer, String(refused)) : translateTlsError(error, peer), socket);
    });
    const handshaker: Handshakes = {
      // Injecting connections by this event is part of tls.Server's contract.
      accept: (socket) => void server.emit("connection", socket),
      renew: (options) => server.setSecureContext(options),
      close: () => void this.#handshakers.delete(handshaker),
    };
    this.#handshakers.add(handshaker);
    return handshaker;
  }

  async #reload(): Promise<ReloadResult> {
    try {
      const { load } = this.#options;
      if (load === undefined) return { kind: "unchanged", credentials: this.#credentials };
      const fresh = await load();
      if (sameCredentials(fresh, this.#credentials)) {
        return { kind: "unchanged", credentials: this.#credentials };
      }
      this.replace(fresh);
      return { kind: "reloaded", credentials: fresh };
    } catch (error) {
      return { kind: "failed", error: wrapSystemError(error, "reload the certificate") };
    }
  }

  #contextOptions(credentials: Credentials): TlsOptions {
    const { clientCa, minVersion, maxVersion, ciphers } = this.#options;
    return {
      cert: credentials.cert,
      key: credentials.key,
      minVersion: minVersion ?? "TLSv1.2",
      maxVersion: maxVersion ?? "TLSv1.3",
      ciphers: ciphers ?? MODERN_CIPHERS,
      honorCipherOrder: false,
      ...(clientCa === undefined ? {} : { ca: clientCa }),
    };
  }

  /** Contexts by lower-case name, wildcards as written. The first certificate that has a name keeps it. */
  #contextsFor(credentials: CredentialSet): Map<string, SecureContext> {
    const contexts = new Map<string, SecureContext>();
    try {
      for (const one of credentials) {
        const context = createSecureContext(this.#contextOptions(one));
        for (const name of one.names) {
          const key = name.toLowerCase();
          if (!contexts.has(key)) contexts.set(key, context);
        }
      }
    } catch (error) {
      throw translateTlsError(error, "the credentials");
    }
    return contexts;
  }

  /** RFC 9525 section 6.3: an exact name first, then a wildcard for the whole first label. */
  #contextFor(name: string): SecureContext | undefined {
    const asked = name.toLowerCase();
    const dot = asked.indexOf(".");
    return this.#contexts.get(asked) ?? (dot > 0 ? this.#contexts.get(`*${asked.slice(dot)}`) : undefined);
  }
}

function sameCredentials(a: CredentialSet, b: CredentialSet): boolean {
  return (
    a.length === b.length && a.every((one, index) => one.cert === b[index]?.cert && one.key === b[index]?.key)
  );
}
