/**
 * The client's TLS handshake over a connected socket, bounded in time.
 *
 * Guarantees: resolves with a TLSSocket that has finished its handshake and has no listener of ours, or
 * throws a NetkitError and has destroyed the socket. Certificates are verified unless told otherwise.
 */
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { closedInHandshake, handshakeTimeout, translateTlsError } from "../tls/errors.ts";
import { Deadline } from "./deadline.ts";
import type { DialTls, TlsReport } from "./dial-types.ts";

/** @param onSocket told of the socket before its handshake: for events that come during it (`session`) */
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
    // Throws at once for a certificate, key or suite list that OpenSSL does not take.
    socket = connect(connectionOptions(plain, host, options));
    onSocket?.(socket);
    await handshakeOf(socket, host, deadline.signal);
    return socket;
  } catch (error) {
    destroy(socket);
    destroy(plain);
    throw deadline.outcome === "aborted" ? error : translateTlsError(error, options.servername ?? host);
  }
}

function connectionOptions(plain: Duplex, host: string, options: DialTls): ConnectionOptions {
  const servername = options.servername ?? (isIP(host) === 0 ? host : undefined);
  const given: ConnectionOptions = {
    ca: options.ca,
    cert: options.cert,
    key: options.key,
    minVersion: options.minVersion,
    maxVersion: options.maxVersion,
    ciphers: options.ciphers,
    session: options.session,
    pskCallback: options.pskCallback,
    servername,
    ...(options.alpn === undefined ? {} : { ALPNProtocols: [...options.alpn] }),
  };
  for (const name of Object.keys(given) as (keyof ConnectionOptions)[]) {
    // Node tells an absent option from an undefined one.
    if (given[name] === undefined) delete given[name];
  }
  // `host` is what the certificate is checked for when there is no server name: the address itself.
  return { ...given, socket: plain as Socket, host, rejectUnauthorized: options.insecure !== true };
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
