// A scan behind STARTTLS finds what it finds without, in every protocol; sslscan, where it can, agrees.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { peerTest } from "../support/peers.ts";
import { Folder } from "../support/program.ts";
import { type SslscanReport, sslscan } from "../support/sslscan.ts";
import { type Protocol, WILLING } from "../support/starttls-scripts.ts";
import { scanLocal } from "../support/tls-scan.ts";
import { type KeyPairFiles, selfSigned } from "../support/tls-servers.ts";

let certificates: Folder;
let rsa: KeyPairFiles;

beforeAll(async () => {
  certificates = await Folder.create();
  rsa = await selfSigned(certificates, "rsa");
});

afterAll(async () => {
  await certificates[Symbol.asyncDispose]();
});

/** The scripted dialogue, then node's TLS on the same socket. */
async function start(protocol: Protocol): Promise<AsyncDisposable & { readonly port: number }> {
  const tls = createTlsServer(
    { cert: readFileSync(rsa.cert), key: readFileSync(rsa.key), minVersion: "TLSv1.2" },
    (socket) => socket.on("error", () => undefined).end(),
  );
  tls.on("tlsClientError", () => undefined);
  const script = WILLING[protocol]((socket, rest) => {
    socket.pause();
    if (rest.length > 0) socket.unshift(rest);
    tls.emit("connection", socket);
  });
  const server: Server = createServer((socket) =>
    script(
      socket.on("error", () => undefined),
      0,
    ),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

/** Its option for the protocol. With IMAP, LDAP and XMPP it talks more than these servers understand. */
const SSLSCAN: Partial<Record<Protocol, string>> = {
  smtp: "--starttls-smtp",
  pop3: "--starttls-pop3",
  ftp: "--starttls-ftp",
  postgres: "--starttls-psql",
  mysql: "--starttls-mysql",
};

describe.each(Object.keys(WILLING) as Protocol[])("%s", (protocol) => {
  peerTest(["openssl", "sslscan"], "is scanned like any other server", async () => {
    await using server = await start(protocol);
    const ours = await scanLocal(server.port, { upgrade: protocol });
    expect(ours.unreachable).toBeUndefined();
    expect(ours.chains.map(({ keyType }) => keyType)).toEqual(["rsa"]);
    const offered = ours.protocols.filter(({ answer }) => answer.kind === "offered");
    expect(offered.map(({ version }) => version)).toEqual(["TLSv1.2", "TLSv1.3"]);
    expect(offered.every(({ complete }) => complete)).toBe(true);
    const option = SSLSCAN[protocol];
    if (option === undefined) return;
    const theirs: SslscanReport = await sslscan(server.port, [option]);
    for (const { version, suites } of offered) {
      expect([version, [...suites].sort()]).toEqual([
        version,
        [...(theirs.suites.get(version) ?? [])].sort(),
      ]);
    }
  });
});
