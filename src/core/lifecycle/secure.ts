/**
 * The client's TLS handshake over a connected stream, bounded in time.
 *
 * Guarantees: resolves with a TLSSocket that has finished its handshake and has no listener of ours, or
 * throws a NetkitError and has destroyed the stream. Certificates are verified unless told otherwise: nothing is
 * written before the judgement.
 */
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from "node:tls";
import { closedInHandshake, handshakeTimeout, translateTlsError } from "../tls/errors.ts";
import { Deadline } from "./deadline.ts";
import type { DialTls, TlsReport } from "./dial-types.ts";

/**
 * @param onSocket told of the socket before its handshake. Its event `secureConnect` comes before the certificate is
 * judged, so that a socket which will be refused can be looked at.
 */
export async function secure(
  plain: Duplex,
  host: string,
  options: DialTls,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  onSocket?: (socket: TLSSocket) => void,
): Promise<TLSSocket> {
  using deadline = new Deadline({ timeoutMs, signal, timeoutError: () => handshakeTimeout(host, timeoutMs) });
  let socket: TLSSocket | undefined;
  try {
    deadline.signal.throwIfAborted();
    const identity = new IdentityCheck();
    // Throws at once for a certificate, key or suite list that OpenSSL does not take.
    socket = connect(connectionOptions(plain, host, options, identity));
    onSocket?.(socket);
    await handshakeOf(socket, host, deadline.signal);
    if (!socket.authorized && options.insecure !== true) throw identity.refusal ?? refusalOf(socket);
    return socket;
  } catch (error) {
    destroy(socket);
    destroy(plain);
    throw deadline.outcome === "aborted" ? error : translateTlsError(error, options.servername ?? host);
  }
}

/** Certificates and suites, read and checked once for several handshakes. @throws what OpenSSL says of them */
export function secureContextOf(options: DialTls): SecureContext {
  return createSecureContext(contextOptions(options));
}

function contextOptions(options: DialTls): SecureContextOptions {
  const { ca, cert, key, minVersion, maxVersion, ciphers } = options;
  // Node tells an absent option from an undefined one.
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
  };
}

/** Keeps what the check of the name said: the socket keeps its code only. */
class IdentityCheck {
  refusal: Error | undefined;

  readonly check = (host: string, certificate: PeerCertificate): Error | undefined => {
    this.refusal = checkServerIdentity(host, certificate);
    return this.refusal;
  };
}

function connectionOptions(
  plain: Duplex,
  host: string,
  options: DialTls,
  identity: IdentityCheck,
): ConnectionOptions {
  const { session, pskCallback, alpn } = options;
  const servername = options.servername ?? (isIP(host) === 0 ? host : undefined);
  return {
    socket: plain,
    // What the certificate is checked for when there is no server name: the address itself.
    host,
    secureContext: options.secureContext ?? secureContextOf(options),
    checkServerIdentity: identity.check,
    // Judged by `secure`, after the caller has had its look.
    rejectUnauthorized: false,
    ...(servername === undefined ? {} : { servername }),
    ...(session === undefined ? {} : { session }),
    ...(pskCallback === undefined ? {} : { pskCallback }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
  };
}

/** Why the chain was not accepted. `authorizationError` is typed as an Error, but node puts the code there. */
function refusalOf(socket: TLSSocket): Error {
  const code = String(socket.authorizationError ?? "CERT_REJECTED");
  return Object.assign(new Error(code.toLowerCase().replaceAll("_", " ")), { code });
}

function handshakeOf(socket: TLSSocket, host: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      socket.off("secureConnect", onSecure);
      socket.off("error", onError);
      socket.off("close", onClose);
      signal.removeEventListener("abort", onAbort);
    };
    const onSecure = (): void => {
      leave();
      resolve();
    };
    const onError = (error: Error): void => {
      leave();
      reject(error);
    };
    const onClose = (): void => onError(closedInHandshake(host));
    const onAbort = (): void => onError(signal.reason);
    socket.on("secureConnect", onSecure);
    socket.on("error", onError);
    socket.on("close", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

function destroy(socket: Duplex | undefined): void {
  if (socket === undefined) return;
  // What it still reports has no reader.
  socket.on("error", () => undefined);
  socket.destroy();
}

export function tlsReportOf(socket: Socket): TlsReport | undefined {
  const tls = socket as TLSSocket;
  if (tls.encrypted !== true) return undefined;
  const { servername } = tls as { servername?: string | false };
  return {
    version: tls.getProtocol() ?? "unknown",
    cipher: tls.getCipher().name,
    alpn: typeof tls.alpnProtocol === "string" ? tls.alpnProtocol : undefined,
    servername: typeof servername === "string" ? servername : undefined,
    authorized: tls.authorized,
    // Typed as an Error, but node puts the code there.
    authorizationError: tls.authorizationError ? String(tls.authorizationError) : undefined,
  };
}
