// A Redis server of one test's own: in memory alone, ready when `startRedis` returns.
import { Daemon, onFreePort, runTool, ServerFolder, serverUser } from "./daemon.ts";
import { freePort } from "./program.ts";
import type { KeyPairFiles } from "./tls-servers.ts";

export const REDIS_PROGRAMS = ["redis-server", "redis-cli"] as const;

export interface RedisOptions {
  /** Without it the server has no TLS; with it, a second port. */
  readonly tls?: KeyPairFiles | undefined;
  /** Asked for by `requirepass`, over every port. */
  readonly password?: string | undefined;
  /** Lines of redis.conf. */
  readonly settings?: readonly string[] | undefined;
}

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  /** Undefined without TLS. */
  readonly tlsPort: number | undefined;
  /** One command, by redis-cli over the plain port; its answer as text. */
  command(...words: readonly string[]): Promise<string>;
}

export function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  return onFreePort(async (port) => {
    const { tls, password, settings = [] } = options;
    const tlsPort = tls === undefined ? undefined : await freePort();
    const folder = await ServerFolder.create(serverUser("redis", "nobody"));
    const config = folder.write(
      "redis.conf",
      [
        ...["bind 127.0.0.1", `port ${port}`, `dir ${folder.path}`, "daemonize no", 'save ""'],
        ...(password === undefined ? [] : [`requirepass "${password}"`]),
        ...(tls === undefined ? [] : [`tls-port ${tlsPort}`, ...tlsLines(folder, tls)]),
        ...settings,
        "",
      ].join("\n"),
    );
    const daemon = await Daemon.start({
      program: "redis-server",
      args: [config],
      folder,
      port,
      readyText: /ready to accept connections/i,
    });
    const login = password === undefined ? [] : ["--no-auth-warning", "-a", password];
    return {
      port,
      tlsPort,
      async command(...words) {
        const cli = ["-h", "127.0.0.1", "-p", String(port), ...login];
        return (await runTool(folder, "redis-cli", [...cli, ...words])).trim();
      },
      [Symbol.asyncDispose]: () => daemon.stop(),
    };
  });
}

function tlsLines(folder: ServerFolder, pair: KeyPairFiles): readonly string[] {
  const { cert, key } = folder.copyPair(pair);
  // Otherwise it asks its clients for certificates.
  return [`tls-cert-file ${cert}`, `tls-key-file ${key}`, "tls-auth-clients no"];
}
