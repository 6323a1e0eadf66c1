// TLS servers of other people, in the configurations that tests ask for, on loopback; and their certificates.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { createServer, type Server, type TlsOptions } from "node:tls";
import { accepts, type Folder, freePort, Program, runProgram, startNginx } from "./program.ts";

export interface KeyPairFiles {
  readonly cert: string;
  readonly key: string;
}

/** `openssl req` arguments for the kinds of keys. */
const KEYS = {
  rsa: ["rsa:2048"],
  rsa1024: ["rsa:1024"],
  p256: ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
  p384: ["ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"],
  p521: ["ec", "-pkeyopt", "ec_paramgen_curve:secp521r1"],
  ed25519: ["ed25519"],
  ed448: ["ed448"],
  rsapss: ["rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
} as const;

export type KeyKind = keyof typeof KEYS;

/** A self-signed certificate for localhost. */
export async function selfSigned(folder: Folder, kind: KeyKind): Promise<KeyPairFiles> {
  const [cert, key] = [join(folder.path, `${kind}.pem`), join(folder.path, `${kind}.key`)];
  const { code, output } = await runProgram("openssl", [
    ...["req", "-x509", "-newkey", ...KEYS[kind], "-nodes", "-days", "30", "-subj", "/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert],
  ]);
  if (code !== 0) throw new Error(output);
  return { cert, key };
}

/** A server under test, on 127.0.0.1. */
export interface RunningServer extends AsyncDisposable {
  readonly port: number;
}

function running(port: number, program: Program): RunningServer {
  return { port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

export async function nginx(
  folder: Folder,
  pairs: readonly KeyPairFiles[],
  directives = "",
): Promise<RunningServer> {
  const port = await freePort();
  const certificates = pairs.map(({ cert, key }) => `ssl_certificate ${cert}; ssl_certificate_key ${key};`);
  const server = `listen 127.0.0.1:${port} ssl; server_name localhost; ${certificates.join(" ")} ${directives}`;
  return running(port, await startNginx(folder, port, server));
}

export async function haproxy(
  folder: Folder,
  pairs: readonly KeyPairFiles[],
  options = "",
): Promise<RunningServer> {
  const port = await freePort();
  const crt: string[] = [];
  for (const [index, { cert, key }] of pairs.entries()) {
    const both = `${readFileSync(cert, "utf8")}${readFileSync(key, "utf8")}`;
    crt.push(`crt ${await folder.write(`haproxy-${index}.pem`, both)}`);
  }
  const config = await folder.write(
    "haproxy.cfg",
    `global
  maxconn 1000
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend test
  bind 127.0.0.1:${port} ssl ${crt.join(" ")} ${options}
  http-request return status 200
`,
  );
  const program = new Program("haproxy", ["-db", "-f", config]);
  await accepts(port);
  return running(port, program);
}

/** One connection at a time, like all of openssl's. */
export async function sServer(pair: KeyPairFiles, args: readonly string[] = []): Promise<RunningServer> {
  const port = await freePort();
  const program = new Program("openssl", [
    ...["s_server", "-accept", `127.0.0.1:${port}`, "-cert", pair.cert, "-key", pair.key, "-www", "-quiet"],
    ...args,
  ]);
  await accepts(port);
  return running(port, program);
}

/** It has no option for the address: for as long as a test runs, it listens on all of them. */
export async function gnutlsServ(
  pair: KeyPairFiles,
  priority: string,
  args: readonly string[] = [],
): Promise<RunningServer> {
  const port = await freePort();
  const program = new Program("gnutls-serv", [
    ...["--http", "--quiet", "--port", String(port), "--x509certfile", pair.cert, "--x509keyfile", pair.key],
    ...["--priority", priority, ...args],
  ]);
  await accepts(port);
  return running(port, program);
}

export async function nodeTls(pair: KeyPairFiles, options: TlsOptions = {}): Promise<RunningServer> {
  const server: Server = createServer(
    { cert: readFileSync(pair.cert), key: readFileSync(pair.key), ...options },
    (socket) => socket.on("error", () => undefined).end(),
  );
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      // Like a program that is killed: whatever a client left open goes with the server.
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
