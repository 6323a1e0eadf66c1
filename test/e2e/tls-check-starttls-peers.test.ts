// STARTTLS against the servers that Debian ships, as openssl sees them: versions, suites and certificate; what a
// server without TLS, without room or without the name asked for is told as; and that scans are not a burden.
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { AddressDocument, CheckDocument } from "../../src/engine/tls-check/document/model.ts";
import { startFtp } from "../support/ftp-server.ts";
import { startLdap } from "../support/ldap-server.ts";
import { EXIM, type MailOptions, startDovecot, startExim } from "../support/mail-servers.ts";
import { MARIADB_PROGRAMS, startMariadb } from "../support/mariadb-server.ts";
import { type Finished, netkit } from "../support/netkit.ts";
import { type Peer, peerTest } from "../support/peers.ts";
import { POSTGRES_PROGRAMS, startPostgres } from "../support/postgres-server.ts";
import { Folder, runProgram } from "../support/program.ts";
import { S_CLIENT_VERSIONS, sClient, sClientSuites } from "../support/s-client.ts";
import type { Protocol } from "../support/starttls-scripts.ts";
import type { KeyPairFiles, RunningServer } from "../support/tls-servers.ts";
import { startXmpp } from "../support/xmpp-server.ts";

let folder: Folder;
let tls: KeyPairFiles;

beforeAll(async () => {
  folder = await Folder.create();
  tls = await serverCertificate();
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

/** RSA, so that old suites have a key to work with; and no authority, so that nothing is found fault with. */
async function serverCertificate(): Promise<KeyPairFiles> {
  const config = await folder.write(
    "leaf.cnf",
    `[req]
distinguished_name = name
x509_extensions = leaf
prompt = no
[name]
CN = localhost
[leaf]
subjectAltName = DNS:localhost,IP:127.0.0.1
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth
`,
  );
  const [cert, key] = [`${folder.path}/leaf.pem`, `${folder.path}/leaf.key`];
  const args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "60", "-config", config];
  const { code, output } = await runProgram("openssl", [...args, "-keyout", key, "-out", cert]);
  if (code !== 0) throw new Error(output);
  return { cert, key };
}

async function dovecot(protocol: "imap" | "pop3", options: MailOptions): Promise<RunningServer> {
  const server = await startDovecot(options);
  return {
    port: protocol === "imap" ? server.imapPort : server.pop3Port,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

interface RealServer {
  readonly peers: readonly Peer[];
  readonly start: (options: { readonly tls?: KeyPairFiles | undefined }) => Promise<RunningServer>;
  readonly exitCode: 0 | 1;
  /** Suites that the server takes and openssl's client cannot get. */
  readonly beyondOpenssl?: RegExp;
}

const SERVERS: Record<Protocol, RealServer> = {
  smtp: {
    peers: [EXIM],
    // Its usual 20 at once are soon too few, since its processes outlive our connections; see below.
    start: ({ tls }) => startExim({ tls, settings: ["smtp_accept_max = 200"] }),
    // GnuTLS as Debian has it speaks TLS 1.0.
    exitCode: 1,
  },
  imap: {
    peers: ["dovecot"],
    start: (options) => dovecot("imap", options),
    exitCode: 0,
  },
  pop3: {
    peers: ["dovecot"],
    // The same program as above, with a short list: it is the server's list that is found.
    start: ({ tls }) => dovecot("pop3", { tls, settings: ["ssl_cipher_list = ECDHE+AESGCM"] }),
    exitCode: 0,
  },
  ftp: { peers: ["vsftpd"], start: startFtp, exitCode: 0 },
  ldap: {
    peers: ["slapd"],
    start: startLdap,
    exitCode: 1,
    // GnuTLS without parameters takes groups of RFC 7919 alone; OpenSSL 3.0 offers them in TLS 1.3 alone.
    beyondOpenssl: /^DHE-/,
  },
  xmpp: { peers: ["prosody"], start: startXmpp, exitCode: 0 },
  postgres: { peers: POSTGRES_PROGRAMS, start: startPostgres, exitCode: 0 },
  mysql: { peers: MARIADB_PROGRAMS, start: startMariadb, exitCode: 0 },
};

const PROTOCOLS = Object.keys(SERVERS) as readonly Protocol[];

async function check(...args: string[]): Promise<Finished & { addresses: readonly AddressDocument[] }> {
  const finished = await netkit("tls-check", "--json", "--cacert", tls.cert, ...args);
  try {
    const { targets } = JSON.parse(finished.stdout) as CheckDocument;
    return { ...finished, addresses: targets.flatMap(({ endpoint }) => endpoint?.addresses ?? []) };
  } catch {
    throw new Error(`no JSON document (exit ${finished.code}):\n${finished.stdout}\n${finished.stderr}`);
  }
}

describe.each(PROTOCOLS)("%s", (protocol) => {
  const { peers, start, exitCode, beyondOpenssl } = SERVERS[protocol];

  peerTest([...peers, "openssl"], "of a real server is seen as openssl sees it", async () => {
    await using server = await start({ tls });
    const target = { port: server.port, starttls: protocol };
    // At the same time: a scan of ours spends much of its own in waiting before it tries again.
    const [ours, theirs, ...lists] = await Promise.all([
      check(`${protocol}://127.0.0.1:${server.port}`, "--sni", "localhost"),
      sClient(target),
      ...S_CLIENT_VERSIONS.map((version) => sClientSuites(target, version)),
    ]);
    expect(ours.code, ours.stderr).toBe(exitCode);
    const address = ours.addresses[0]!;
    expect(address.unreachable).toBeNull();
    expect(address.chains.map(({ certificates }) => certificates[0])).toEqual([theirs?.leafSha256]);

    for (const [index, version] of S_CLIENT_VERSIONS.entries()) {
      const known = lists[index]!;
      const { answer, suites, complete } = address.protocols.find((one) => one.version === version)!;
      if (known.length === 0) {
        // Dovecot and slapd say so by closing the connection.
        expect([version, answer.kind]).toEqual([version, "refused"]);
        continue;
      }
      const names = suites.map(({ openssl }) => openssl ?? "");
      const comparable = names.filter((name) => known.includes(name) || !beyondOpenssl?.test(name));
      expect([version, answer.kind, comparable.sort()]).toEqual([version, "offered", [...known].sort()]);
      expect(complete, version).toBe(true);
    }
    // The suite that openssl comes to by itself is among ours, in the version that it comes to.
    const agreed = address.protocols.find(({ version }) => version === theirs?.version);
    expect(agreed?.suites.map(({ openssl }) => openssl)).toContain(theirs?.suite);

    expect(address.effort.connections).toBeLessThanOrEqual(200);
    expect(address.effort.seconds).toBeLessThan(10);
  });
});

peerTest(
  ["slapd", "gnutls-cli"],
  "ldap: the DHE suites that openssl cannot get are there for gnutls",
  async () => {
    await using server = await startLdap({ tls });
    const { output } = await runProgram("gnutls-cli", [
      ...["--starttls-proto=ldap", "--insecure", "-p", String(server.port), "127.0.0.1"],
      "--priority=NORMAL:-KX-ALL:+DHE-RSA:-VERS-ALL:+VERS-TLS1.2",
    ]);
    expect(output).toMatch(/TLS1\.2.*DHE-FFDHE2048/);
  },
);

describe("a real server that does not come to TLS", () => {
  peerTest(
    Object.values(SERVERS).flatMap(({ peers }) => peers),
    "because it is not configured says so after one connection, in every protocol",
    async () => {
      const servers = await Promise.all(PROTOCOLS.map((protocol) => SERVERS[protocol].start({})));
      try {
        const urls = PROTOCOLS.map((protocol, index) => `${protocol}://127.0.0.1:${servers[index]!.port}`);
        const { code, addresses } = await check(...urls, "--sni", "localhost");
        expect(code).toBe(3);
        expect(addresses).toHaveLength(PROTOCOLS.length);
        for (const { unreachable, effort } of addresses) {
          expect(unreachable?.code).toBe("NK_STARTTLS_NOT_OFFERED");
          expect(unreachable?.message).toMatch(/the server does not offer STARTTLS/);
          expect(effort.connections).toBe(1);
        }
      } finally {
        await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
      }
    },
  );

  peerTest("prosody", "because it serves other names says which to ask for", async () => {
    await using server = await startXmpp({ tls });
    const { code, addresses } = await check(`xmpp://127.0.0.1:${server.port}`);
    expect(code).toBe(3);
    expect(addresses[0]!.unreachable).toMatchObject({
      code: "NK_STARTTLS_NAME",
      message: expect.stringContaining('does not serve the name "127.0.0.1"'),
      next: expect.stringContaining("--sni"),
    });
    expect(addresses[0]!.effort.connections).toBe(1);
  });

  peerTest(MARIADB_PROGRAMS, "because it does not admit this host is not asked again", async () => {
    await using server = await startMariadb({ tls });
    await server.query("DELETE FROM global_priv WHERE Host <> 'localhost'; FLUSH PRIVILEGES");
    const { code, addresses } = await check(`mysql://127.0.0.1:${server.port}`);
    expect(code).toBe(3);
    expect(addresses[0]!.unreachable).toMatchObject({
      code: "NK_STARTTLS_DENIED",
      message: expect.stringContaining("is not allowed to connect"),
    });
    expect(addresses[0]!.effort.connections).toBe(1);
  });
});

describe("a real server with little room", () => {
  peerTest([EXIM], "for connections of one host is never taken for one that refuses", async () => {
    await using server = await startExim({ tls, settings: ["smtp_accept_max_per_host = 2"] });
    const budget = ["--max-connections", "40"];
    const { addresses, seconds } = await check(`smtp://127.0.0.1:${server.port}`, ...budget);
    const [address] = addresses;
    expect(address!.effort.retries).toBeGreaterThan(0);
    expect(address!.effort.connections).toBeLessThanOrEqual(40);
    // It takes them all when it has room.
    for (const { version, answer } of address!.protocols) {
      if (/^TLS/.test(version)) expect([version, answer.kind]).not.toEqual([version, "refused"]);
    }
    expect(seconds).toBeLessThan(20);
  });

  peerTest("vsftpd", "gives no answer, or the true one", async () => {
    await using server = await startFtp({ tls, settings: { max_per_ip: 2 } });
    const { code, addresses } = await check(`ftp://127.0.0.1:${server.port}`, "--concurrency", "2");
    // What was turned away to the end is open, and how much that is depends on how busy the machine is.
    expect([0, 3]).toContain(code);
    for (const { version, answer } of addresses[0]!.protocols) {
      const truth = version === "TLSv1.2" || version === "TLSv1.3" ? "offered" : "refused";
      expect([version, answer.kind]).toBeOneOf([
        [version, truth],
        [version, "inconclusive"],
      ]);
    }
  });
});

describe("a database of a test", () => {
  peerTest(
    POSTGRES_PROGRAMS,
    "postgres takes settings, asks for its password, and leaves nothing",
    async () => {
      const server = await startPostgres({ password: "s3cret'", settings: { max_connections: 7 } });
      expect(await server.query("SHOW max_connections")).toBe("7");
      const over = (password: string) =>
        runProgram("psql", [
          "-XAtc",
          "SELECT 1",
          `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${server.port}/postgres`,
        ]);
      expect(await over("s3cret'")).toEqual({ code: 0, output: "1\n" });
      expect((await over("wrong")).code).not.toBe(0);
      await server.stop();
      await server.stop();
      expect(existsSync(server.socketDir)).toBe(false);
    },
  );

  peerTest(
    MARIADB_PROGRAMS,
    "mariadb takes settings, asks for its password, and leaves nothing",
    async () => {
      const server = await startMariadb({ password: "s3cret'", settings: { max_connections: 17 } });
      expect(await server.query("SELECT @@max_connections")).toBe("17");
      const over = (password: string) =>
        runProgram("mariadb", [
          ...["--no-defaults", "-h", "127.0.0.1", "-P", String(server.port), "-u", "root"],
          ...[`--password=${password}`, "-BNe", "SELECT 1"],
        ]);
      expect(await over("s3cret'")).toEqual({ code: 0, output: "1\n" });
      expect((await over("wrong")).code).not.toBe(0);
      await server.stop();
      expect(existsSync(server.socketDir)).toBe(false);
    },
  );
});
