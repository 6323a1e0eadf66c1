// Each way that `netkit connect` can be told to go, as the server at its end saw it: nginx tells where a request came
// from, by which name and certificate; microsocks and tinyproxy stand between.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { Connector, header } from "../support/connector.ts";
import { peerTest } from "../support/peers.ts";
import { accepts, Folder, freePort, Program, startNginx } from "../support/program.ts";
import { type KeyPairFiles, selfSigned } from "../support/tls-servers.ts";

let folder: Folder;
let pair: KeyPairFiles;
let client: KeyPairFiles;
let connector: Connector;

beforeAll(async () => {
  folder = await Folder.create();
  pair = await selfSigned(folder, "rsa");
  client = await selfSigned(folder, "p256");
  connector = await Connector.create(pair.cert);
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

interface Nginx extends AsyncDisposable {
  readonly port: number;
  readonly securedPort: number;
  readonly socket: string;
}

async function start(): Promise<Nginx> {
  const [port, securedPort] = [await freePort(), await freePort()];
  const socket = join(folder.path, `nginx-${port}.socket`);
  const program = await startNginx(
    folder,
    port,
    `listen 127.0.0.1:${port};
     listen [::1]:${port};
     listen unix:${socket};
     listen 127.0.0.1:${securedPort} ssl;
     ssl_certificate ${pair.cert}; ssl_certificate_key ${pair.key};
     ssl_verify_client optional_no_ca;
     add_header X-Seen "$remote_addr|$server_addr|$host|$ssl_server_name|$ssl_client_s_dn" always;
     location / { return 200 "hello"; }`,
  );
  return { port, securedPort, socket, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

/** Where from, where to, `Host`, SNI, the client's certificate. */
async function seen(url: string, ...args: string[]): Promise<readonly string[]> {
  return header(await connector.reached("http", url, ...args), "x-seen")!.split("|");
}

describe("nginx sees", () => {
  peerTest("nginx", "the address that was asked for", async () => {
    await using nginx = await start();
    const { port, socket } = nginx;
    const to = (host: string): string => `http://${host}:${port}/`;
    // From, to, and for whom; the rest is TLS's.
    const way = async (...args: [url: string, ...string[]]): Promise<string> =>
      (await seen(...args)).slice(0, 3).join(" ");
    expect(await way(to("localhost"), "-4")).toBe("127.0.0.1 127.0.0.1 localhost");
    expect(await way(to("localhost"), "-6", "--resolve", `localhost:${port}:::1`)).toBe("::1 ::1 localhost");
    expect(await way(to("127.0.0.1"), "--local-address", "127.0.0.9")).toBe("127.0.0.9 127.0.0.1 127.0.0.1");
    expect(await way(to("no.such.name"), "--resolve", `no.such.name:${port}:127.0.0.1`)).toBe(
      "127.0.0.1 127.0.0.1 no.such.name",
    );
    expect(await way("http://service/", "--unix-socket", socket)).toBe(`unix: unix:${socket} service`);
  });

  peerTest("nginx", "the name and the certificate that were given to TLS", async () => {
    await using nginx = await start();
    const url = `https://127.0.0.1:${nginx.securedPort}/`;
    expect((await seen(url)).slice(2)).toEqual(["127.0.0.1", "", ""]);
    expect((await seen(url, "--sni", "localhost")).slice(2)).toEqual(["127.0.0.1", "localhost", ""]);
    expect((await seen(url, "--cert", client.cert, "--key", client.key)).slice(2)).toEqual([
      "127.0.0.1",
      "",
      "CN=localhost",
    ]);
    const wrong = await connector.turnedAway(url, "--sni", "other.example");
    expect(wrong.code).toBe("NK_TLS_NAME_MISMATCH");
  });
});

describe("a real proxy", () => {
  peerTest(["nginx", "microsocks"], "microsocks opens its tunnel to who has the password", async () => {
    await using nginx = await start();
    const port = await freePort();
    await using _socks = new Program("microsocks", [
      "-i",
      "127.0.0.1",
      "-p",
      `${port}`,
      "-u",
      "joe",
      "-P",
      "s3cret",
    ]);
    await accepts(port);
    const url = `https://localhost:${nginx.securedPort}/`;
    const path = await connector.reached("http", url, "--proxy", `socks5://joe:s3cret@127.0.0.1:${port}`);
    expect(path.proxy).toMatchObject({ url: `socks5://127.0.0.1:${port}` });
    expect(path.phases.map(({ name }) => name)).toContain("proxy");
    expect(JSON.stringify(path)).not.toContain("s3cret");
    const wrong = await connector.turnedAway(url, "--proxy", `socks5://joe:wrong@127.0.0.1:${port}`);
    expect(wrong.code).toMatch(/^NK_PROXY_/);
    const nobody = `http://127.0.0.1:${await freePort()}/`;
    const behind = await connector.turnedAway(nobody, "--proxy", `socks5://joe:s3cret@127.0.0.1:${port}`);
    expect(behind).toMatchObject({
      code: expect.stringMatching(/^NK_PROXY_/),
      why: expect.stringContaining("refused"),
    });
  });

  peerTest(["nginx", "tinyproxy"], "tinyproxy opens its tunnel where its rules allow", async () => {
    await using nginx = await start();
    const port = await freePort();
    const config = await folder.write(
      "tinyproxy.conf",
      `Port ${port}\nListen 127.0.0.1\nAllow 127.0.0.1\nMaxClients 10\nConnectPort ${nginx.securedPort}\n`,
    );
    await using _proxy = new Program("tinyproxy", ["-d", "-c", config]);
    await accepts(port);
    const proxied = ["--proxy", `http://127.0.0.1:${port}`];
    const path = await connector.reached("http", `https://localhost:${nginx.securedPort}/`, ...proxied);
    expect(path.tls?.authorized).toBe(true);
    const forbidden = await connector.turnedAway(`http://127.0.0.1:${nginx.port}/`, ...proxied);
    expect(forbidden.why).toContain("403");
  });
});
