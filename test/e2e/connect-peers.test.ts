// `netkit connect` against the servers that Debian ships: each is reached, its document fits the schema, and what is
// told of it is what the server itself, or its own client, says.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Connector, header, phaseNames, type Reached } from "../support/connector.ts";
import { EXIM, startDovecot, startExim } from "../support/mail-servers.ts";
import { MARIADB_PROGRAMS, startMariadb } from "../support/mariadb-server.ts";
import { serve } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { POSTGRES_PROGRAMS, startPostgres } from "../support/postgres-server.ts";
import { accepts, Folder, freePort, Program, startNginx } from "../support/program.ts";
import { REDIS_PROGRAMS, startRedis } from "../support/redis-server.ts";
import { haproxy, type KeyPairFiles, selfSigned } from "../support/tls-servers.ts";
import { startXmpp } from "../support/xmpp-server.ts";

let folder: Folder;
let pair: KeyPairFiles;
let connector: Connector;

beforeAll(async () => {
  folder = await Folder.create();
  pair = await selfSigned(folder, "rsa");
  connector = await Connector.create(pair.cert);
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

describe("nginx", () => {
  interface Listening extends AsyncDisposable {
    readonly port: Readonly<Record<"http" | "https" | "h2" | "h2c", number>>;
  }

  async function start(): Promise<Listening> {
    const port = {
      http: await freePort(),
      https: await freePort(),
      h2: await freePort(),
      h2c: await freePort(),
    };
    const program = await startNginx(
      folder,
      port.http,
      `listen 127.0.0.1:${port.http};
       listen 127.0.0.1:${port.https} ssl;
       listen 127.0.0.1:${port.h2} ssl http2;
       listen 127.0.0.1:${port.h2c} http2;
       ssl_certificate ${pair.cert}; ssl_certificate_key ${pair.key};
       ssl_protocols TLSv1.2 TLSv1.3;
       # A field of HTTP/2 does not end in a space: what may be empty stands within.
       add_header X-Seen "$server_protocol $ssl_protocol $ssl_cipher $ssl_alpn_protocol $ssl_server_name ." always;
       add_header X-Client "$remote_port $http_x_word $request_method" always;
       location / { return 200 "hello, nginx"; }
       location /gone { return 410 "gone"; }`,
    );
    return { port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
  }

  peerTest(
    "nginx",
    "is told by version, status, TLS and ALPN as it tells itself, in every HTTP it speaks",
    async () => {
      await using server = await start();
      const { port } = server;
      const cases = [
        ["HTTP/1.1", "1.1", `http://127.0.0.1:${port.http}/`, []],
        ["HTTP/1.1", "1.1", `https://localhost:${port.https}/`, []],
        ["HTTP/1.1", "1.1", `https://localhost:${port.https}/`, ["--tls-max", "TLSv1.2"]],
        ["HTTP/2.0", "2", `https://localhost:${port.h2}/`, []],
        ["HTTP/1.1", "1.1", `https://localhost:${port.h2}/`, ["--http", "1.1"]],
        ["HTTP/2.0", "2", `h2c://127.0.0.1:${port.h2c}/`, []],
      ] as const;
      for (const [protocol, version, url, args] of cases) {
        const path = await connector.reached("http", url, "-4", ...args);
        const label = `${url} ${args.join(" ")}`;
        expect([path.probe.version, path.probe.status, path.probe.bodyBytes], label).toEqual([
          version,
          200,
          12,
        ]);
        const { tls } = path;
        expect(header(path, "x-seen")?.split(/ +/), label).toEqual([
          protocol,
          ...connector.agreed(path),
          ".",
        ]);
        expect(path.remote, label).toMatchObject({ address: "127.0.0.1", port: Number(new URL(url).port) });
        expect(header(path, "x-client"), label).toMatch(new RegExp(`^${path.local!.port} +GET$`));
        const secured = tls === null ? [] : ["tls"];
        const named = url.includes("localhost") ? ["dns"] : [];
        expect(phaseNames(path), label).toEqual([
          ...named,
          "connect",
          ...secured,
          "request",
          "firstByte",
          "transfer",
        ]);
        if (tls !== null) {
          expect([tls.authorized, tls.resumed, tls.chain[0]?.names], label).toEqual([
            true,
            false,
            ["localhost", "127.0.0.1"],
          ]);
          expect(tls.daysLeft, label).toBe(29);
        }
      }

      const gone = await connector.reached(
        "http",
        `http://127.0.0.1:${port.http}/gone`,
        "-X",
        "HEAD",
        "-H",
        "X-Word: word",
      );
      expect([gone.probe.status, gone.probe.reason, gone.probe.bodyBytes]).toEqual([410, "Gone", 0]);
      expect(header(gone, "x-client")).toBe(`${gone.local!.port} word HEAD`);

      const refused = await connector.turnedAway(`https://localhost:${port.https}/`, "--http", "2");
      expect(refused.code).toMatch(/^NK_(TLS|PROTOCOL)_/);
      expect((await connector.turnedAway(`http://127.0.0.1:${port.https}/`)).code).toBe(
        "NK_PROTOCOL_TLS_EXPECTED",
      );
    },
  );

  peerTest("nginx", "gives tickets, and says itself that they were taken", async () => {
    await using server = await start();
    for (const version of ["TLSv1.2", "TLSv1.3"]) {
      const { code, result } = await connector.run(
        `https://localhost:${server.port.https}/`,
        ...["--compare", "cold,warm,resumed", "--tls-min", version, "--tls-max", version],
      );
      expect(code).toBe(0);
      const [cold, warm, resumed] = result.paths as readonly Reached<"http">[];
      expect([cold!.tls?.resumed, resumed!.tls?.resumed], version).toEqual([false, true]);
      // The same connection, by its port.
      expect(header(warm!, "x-client")).toBe(header(cold!, "x-client"));
      expect(header(resumed!, "x-client")).not.toBe(header(cold!, "x-client"));
    }
  });
});

peerTest("haproxy", "haproxy agrees on HTTP/2 and 1.1, and sees the TLS that is told", async () => {
  const seen = "%[ssl_fc_protocol] %[ssl_fc_cipher] %[ssl_fc_alpn] %[ssl_fc_sni]";
  await using server = await haproxy(
    folder,
    [pair],
    `alpn h2,http/1.1\n  http-after-response set-header x-seen "${seen}"`,
  );
  const url = `https://localhost:${server.port}/`;
  for (const [version, args] of [
    ["2", []],
    ["1.1", ["--http", "1.1"]],
    ["2", ["--tls-max", "TLSv1.2"]],
  ] as const) {
    const path = await connector.reached("http", url, ...args);
    expect([path.probe.version, path.probe.status]).toEqual([version, 200]);
    expect(header(path, "x-seen")).toBe(connector.agreed(path).join(" "));
  }
});

describe("redis", () => {
  peerTest(REDIS_PROGRAMS, "answers PING, and INFO with its version, plain and over TLS", async () => {
    await using server = await startRedis({ tls: pair });
    const version = /redis_version:(\S+)/.exec(await server.command("INFO", "server"))![1]!;
    const plain = await connector.reached("redis", `redis://127.0.0.1:${server.port}`);
    expect(plain.probe).toEqual({ kind: "redis", reply: "PONG", version });
    expect(phaseNames(plain)).toEqual(["connect", "request", "firstByte", "transfer"]);
    const secured = await connector.reached("redis", `rediss://localhost:${server.tlsPort}`);
    expect(secured.probe).toEqual({ kind: "redis", reply: "PONG", version });
    expect([secured.tls?.version, secured.tls?.authorized]).toEqual(["TLSv1.3", true]);
  });

  peerTest(
    REDIS_PROGRAMS,
    "with requirepass is reached without a password, let in by the right one",
    async () => {
      await using server = await startRedis({ password: "s3cret" });
      const { probe } = await connector.reached("redis", `redis://127.0.0.1:${server.port}`);
      expect([probe.reply, probe.version]).toEqual([expect.stringMatching(/^NOAUTH /), null]);
      for (const who of [":s3cret", "default:s3cret"]) {
        const inside = await connector.reached("redis", `redis://${who}@127.0.0.1:${server.port}`);
        expect([inside.probe.reply, inside.probe.version]).toEqual([
          "PONG",
          expect.stringMatching(/^\d+\.\d+\.\d+$/),
        ]);
        expect(JSON.stringify(inside)).not.toContain("s3cret");
      }
      const error = await connector.turnedAway(`redis://:wrong@127.0.0.1:${server.port}`);
      expect(error.code).toBe("NK_PROTOCOL_AUTH_REFUSED");
      expect(JSON.stringify(error)).toContain("WRONGPASS");
    },
  );
});

describe("postgres", () => {
  peerTest(POSTGRES_PROGRAMS, "that trusts tells its version, and the TLS that it logs", async () => {
    await using server = await startPostgres({ tls: pair, settings: { log_connections: "on" } });
    const serverVersion = await server.query("SHOW server_version");
    const url = `postgres://postgres@localhost:${server.port}/postgres`;
    const path = await connector.reached("postgres", url, "-4");
    expect(path.probe).toEqual({
      kind: "postgres",
      tls: "accepted",
      authentication: "none (trust)",
      serverVersion,
    });
    const [version, cipher] = connector.agreed(path);
    expect(server.log()).toContain(`SSL enabled (protocol=${version}, cipher=${cipher}`);
    expect(phaseNames(path)).toEqual([
      ...["dns", "connect", "upgrade", "tls", "request", "firstByte", "transfer"],
    ]);
    const plain = await connector.reached("postgres", `${url}?sslmode=disable`, "-4");
    expect([plain.probe.tls, plain.probe.serverVersion, plain.tls]).toEqual([
      "not-asked",
      serverVersion,
      null,
    ]);
    const nobody = await connector.turnedAway(`postgres://nobody@localhost:${server.port}/postgres`, "-4");
    expect([nobody.code, JSON.stringify(nobody)]).toEqual([
      "NK_PROTOCOL_AUTH_REFUSED",
      expect.stringContaining("28000"),
    ]);
    // Goodbyes are said: none of these is a connection that broke off.
    expect(server.log()).not.toMatch(/unexpected EOF|could not receive|Connection reset/);
  });

  peerTest(POSTGRES_PROGRAMS, "that asks for a password is reached, with TLS and without", async () => {
    const password = "s3cret";
    await using secured = await startPostgres({
      tls: pair,
      password,
      settings: { ssl_max_protocol_version: "TLSv1.2" },
    });
    await using plain = await startPostgres({ password });
    const first = await connector.reached("postgres", `postgres://localhost:${secured.port}`, "-4");
    expect(first.probe).toEqual({
      kind: "postgres",
      tls: "accepted",
      authentication: "SASL (SCRAM-SHA-256-PLUS, SCRAM-SHA-256)",
      serverVersion: null,
    });
    expect(first.tls?.version).toBe("TLSv1.2");
    const second = await connector.reached("postgres", `postgres://localhost:${plain.port}`, "-4");
    expect([second.probe.tls, second.probe.authentication, second.tls]).toEqual([
      ...["refused", "SASL (SCRAM-SHA-256)", null],
    ]);
    const wanted = await connector.turnedAway(`postgres://localhost:${plain.port}?sslmode=require`, "-4");
    expect(wanted.code).toBe("NK_PROTOCOL_TLS_REFUSED");
    for (const { log } of [secured, plain]) {
      expect(log()).not.toMatch(/unexpected EOF|could not receive|Connection reset|SSL error/);
    }
  });
});

peerTest(
  MARIADB_PROGRAMS,
  "mariadb greets with its version, and is reached by nobody, by its user, and without TLS",
  async () => {
    const settings = { log_warnings: 4 };
    await using server = await startMariadb({ tls: pair, password: "s3cret", settings });
    const serverVersion = await server.query("SELECT VERSION()");
    const nobody = await connector.reached("mysql", `mysql://localhost:${server.port}`, "-4");
    expect(nobody.probe).toEqual({
      kind: "mysql",
      serverVersion,
      authentication: "mysql_native_password",
      tls: true,
    });
    expect([nobody.tls?.version, nobody.tls?.authorized]).toEqual(["TLSv1.3", true]);
    expect(phaseNames(nobody).slice(0, 5)).toEqual(["dns", "connect", "greeting", "upgrade", "tls"]);

    const root = `root:s3cret@127.0.0.1:${server.port}`;
    const inside = await connector.reached("mysql", `mysql://${root}/mysql`, "--tls-max", "TLSv1.2");
    expect([inside.tls?.version, inside.probe.serverVersion]).toEqual(["TLSv1.2", serverVersion]);
    const plain = await connector.reached("mysql", `mysql://${root}?ssl-mode=DISABLED`);
    expect([plain.tls, plain.probe.tls]).toEqual([null, true]);
    const wrong = await connector.turnedAway(`mysql://root:wrong@127.0.0.1:${server.port}`);
    expect([wrong.code, JSON.stringify(wrong)]).toEqual([
      "NK_PROTOCOL_AUTH_REFUSED",
      expect.stringContaining("1045"),
    ]);
    const nowhere = await connector.turnedAway(`mysql://${root}/nowhere`);
    expect(JSON.stringify(nowhere)).toContain("1049");
    // Denied it logs, broken off it must not.
    expect(server.log()).toMatch(/Access denied for user 'netkit'/);
    expect(server.log()).not.toMatch(/Got (an error|timeout) (reading|writing)|Aborted connection/);
  },
);

describe("mail", () => {
  peerTest([EXIM], "exim offers STARTTLS, which is used, or has none", async () => {
    await using server = await startExim({ tls: pair });
    const secured = await connector.reached("mail", `smtp://localhost:${server.port}`, "-4");
    expect(secured.probe.greeting).toMatch(/^mail\.test ESMTP Exim /);
    expect(secured.probe.starttls).toBe("used");
    // Behind TLS it is not offered again (RFC 3207 section 4.2).
    expect(secured.probe.capabilities).not.toContain("STARTTLS");
    expect(secured.probe.capabilities).toContain("8BITMIME");
    expect([secured.tls?.version, secured.tls?.authorized]).toEqual(["TLSv1.3", true]);
    expect(phaseNames(secured).slice(0, 5)).toEqual(["dns", "connect", "greeting", "upgrade", "tls"]);

    await using bare = await startExim();
    const plain = await connector.reached("mail", `smtp://localhost:${bare.port}`, "-4");
    expect([plain.probe.starttls, plain.tls]).toEqual(["not-offered", null]);
    expect(phaseNames(plain)).toEqual([
      ...["dns", "connect", "greeting", "request", "firstByte", "transfer"],
    ]);
  });

  peerTest("aiosmtpd", "aiosmtpd offers STARTTLS, which is used", async () => {
    const port = await freePort();
    await using server = new Program("aiosmtpd", [
      ...["-n", "-l", `127.0.0.1:${port}`, "-c", "aiosmtpd.handlers.Sink"],
      ...["--tlscert", pair.cert, "--tlskey", pair.key],
    ]);
    await accepts(port);
    const path = await connector.reached("mail", `smtp://localhost:${port}`, "-4");
    expect(path.probe.greeting, server.output).toMatch(/Python SMTP/);
    expect([path.probe.starttls, path.tls?.version, path.tls?.authorized]).toEqual(["used", "TLSv1.3", true]);
    expect(path.probe.capabilities).toContain("8BITMIME");
  });

  peerTest("dovecot", "dovecot over IMAP and POP3 offers STARTTLS, which is used, or has none", async () => {
    await using secured = await startDovecot({ tls: pair, settings: ["ssl_min_protocol = TLSv1.2"] });
    await using plain = await startDovecot();
    for (const [scheme, port, known] of [
      ["imap", secured.imapPort, "IMAP4rev1"],
      ["pop3", secured.pop3Port, "UIDL"],
    ] as const) {
      const url = `${scheme}://localhost:${port}`;
      const newest = await connector.reached("mail", url, "-4");
      expect([newest.probe.starttls, newest.tls?.version, newest.tls?.authorized]).toEqual([
        ...["used", "TLSv1.3", true],
      ]);
      expect(newest.probe.greeting).toContain("Dovecot");
      expect(newest.probe.capabilities).toContain(known);
      expect(phaseNames(newest)).toEqual([
        ...["dns", "connect", "greeting", "upgrade", "tls", "request", "firstByte", "transfer"],
      ]);
      const older = await connector.reached("mail", url, "-4", "--tls-max", "TLSv1.2");
      expect(older.tls?.version).toBe("TLSv1.2");
    }
    for (const [scheme, port] of [
      ["imap", plain.imapPort],
      ["pop3", plain.pop3Port],
    ] as const) {
      const bare = await connector.reached("mail", `${scheme}://localhost:${port}`, "-4");
      expect([bare.probe.starttls, bare.tls]).toEqual(["not-offered", null]);
    }
  });
});

peerTest("prosody", "prosody upgrades to WebSocket, and answers the ping, plain and over TLS", async () => {
  const [http, https] = [await freePort(), await freePort()];
  const settings = [
    `modules_enabled = { "websocket" }`,
    ...[`http_ports = { ${http} }`, `https_ports = { ${https} }`, 'http_interfaces = { "127.0.0.1" }'],
    ...['https_interfaces = { "127.0.0.1" }', "consider_websocket_secure = true"],
  ];
  await using _server = await startXmpp({ tls: pair, settings });
  await accepts(http);
  const asked = ["-H", "Sec-WebSocket-Protocol: xmpp"];
  for (const url of [`ws://localhost:${http}/xmpp-websocket`, `wss://localhost:${https}/xmpp-websocket`]) {
    const { probe, tls } = await connector.reached("websocket", url, "-4", ...asked);
    expect([probe.subprotocol, probe.extensions], url).toEqual(["xmpp", null]);
    expect(probe.pingUs, url).toBeGreaterThan(0);
    expect(tls?.version, url).toBe(url.startsWith("wss") ? "TLSv1.3" : undefined);
  }
  const elsewhere = await connector.turnedAway(`ws://localhost:${http}/nothing`, "-4", ...asked);
  expect(elsewhere.code).toBe("NK_PROTOCOL_UPGRADE_REFUSED");
});

describe("netkit serve", () => {
  test("echoes what tcp, tls, framed and framed+tls send, and its silence is an answer", async () => {
    const schemes = ["tcp", "tls", "framed", "framed+tls"] as const;
    await using server = await serve(
      ...schemes.map((scheme) => `${scheme}://127.0.0.1:0`),
      ...["--cert", pair.cert, "--key", pair.key, "--no-admin"],
    );
    for (const { scheme, url } of server.ready.listeners) {
      const secured = scheme.includes("tls");
      if (scheme.startsWith("framed")) {
        const { probe, tls } = await connector.reached("echo", url, "--body", "x".repeat(70_000));
        expect(probe).toEqual({ kind: "echo", sentBytes: 70_000, receivedBytes: 70_000, equal: true });
        expect(tls?.version, scheme).toBe(secured ? "TLSv1.3" : undefined);
        continue;
      }
      const silent = await connector.reached("banner", url);
      expect(silent.probe, scheme).toEqual({ kind: "banner", text: null, bytes: 0 });
      expect(phaseNames(silent), scheme).toEqual(secured ? ["connect", "tls"] : ["connect"]);
      const { probe, tls } = await connector.reached("banner", url, "--body", "hello");
      expect(probe, scheme).toEqual({ kind: "banner", text: "hello", bytes: 5 });
      expect(tls?.version, scheme).toBe(secured ? "TLSv1.3" : undefined);
    }
  });
});
