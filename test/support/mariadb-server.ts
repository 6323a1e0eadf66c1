// A MariaDB server of one test's own: fresh data, no durability, ready when `startMariadb` returns.
//
// The superuser gets in over the socket without a password, always; over TCP without one too, unless a password is given.
import { Daemon, onFreePort, runTool, ServerFolder, serverUser } from "./daemon.ts";
import type { KeyPairFiles } from "./tls-servers.ts";

export const MARIADB_PROGRAMS = ["mariadbd", "mariadb-install-db", "mariadb"] as const;

export interface MariadbOptions {
  /** Without it the server has no TLS. */
  readonly tls?: KeyPairFiles | undefined;
  /** As my.cnf has them, true for those without a value: `{ max_connections: 10, skip_name_resolve: true }`. */
  readonly settings?: Readonly<Record<string, string | number | true>> | undefined;
  /** Asked for over TCP, by mysql_native_password. */
  readonly password?: string | undefined;
}

export interface MariadbServer extends AsyncDisposable {
  readonly port: number;
  /** Holds `mariadb.sock`. */
  readonly socketDir: string;
  readonly superuser: string;
  readonly password: string | undefined;
  /** One statement or several as the superuser; rows come as lines, columns divided by tabs. */
  query(sql: string, database?: string): Promise<string>;
  /** What it logged so far. */
  log(): string;
  stop(): Promise<void>;
}

const SUPERUSER = "root";

/** Data of a test need not outlive a crash. */
const FAST = {
  innodb_flush_log_at_trx_commit: 0,
  innodb_flush_method: "nosync",
  innodb_buffer_pool_size: "16M",
  innodb_log_file_size: "8M",
  innodb_fast_shutdown: 2,
};

export function startMariadb(options: MariadbOptions = {}): Promise<MariadbServer> {
  return onFreePort((port) => startOn(port, options));
}

async function startOn(port: number, options: MariadbOptions): Promise<MariadbServer> {
  const folder = await ServerFolder.create(serverUser("mysql", "nobody"));
  const socket = `${folder.path}/mariadb.sock`;
  // Each server clears its folder for temporary tables on starting, so two that start at once must not share /tmp.
  const ownTables = `--tmpdir=${folder.path}`;
  let daemon: Daemon;
  try {
    const data = `${folder.path}/data`;
    await runTool(folder, "mariadb-install-db", [
      ...["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db"],
      ownTables,
      ...Object.entries(FAST).map(asOption),
    ]);
    const settings = {
      ...FAST,
      ...network(folder, port),
      ...tlsSettings(folder, options),
      ...options.settings,
    };
    daemon = await Daemon.start({
      program: "mariadbd",
      // --no-defaults has to be the first.
      args: [
        "--no-defaults",
        `--datadir=${data}`,
        `--socket=${socket}`,
        ownTables,
        ...Object.entries(settings).map(asOption),
      ],
      folder,
      port,
      readyText: /ready for connections/,
    });
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
  const server: MariadbServer = {
    port,
    socketDir: folder.path,
    superuser: SUPERUSER,
    password: options.password,
    async query(sql, database = "mysql") {
      const client = [
        "--no-defaults",
        `--socket=${socket}`,
        "-u",
        SUPERUSER,
        "--batch",
        "--skip-column-names",
      ];
      return (await runTool(folder, "mariadb", [...client, "-e", sql, database])).trim();
    },
    log: () => daemon.output,
    stop: () => daemon.stop(),
    [Symbol.asyncDispose]: () => daemon.stop(),
  };
  if (options.password !== undefined) await setPassword(server, options.password);
  return server;
}

/** Over TCP the user is that of 127.0.0.1, over the socket that of localhost. */
async function setPassword(server: MariadbServer, password: string): Promise<void> {
  try {
    const quoted = `'${password.replace(/[\\']/g, "\\$&")}'`;
    await server.query(`ALTER USER '${SUPERUSER}'@'127.0.0.1' IDENTIFIED BY ${quoted}`);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function network(folder: ServerFolder, port: number): Record<string, string | number | true> {
  const pid = `${folder.path}/mariadbd.pid`;
  // Otherwise it takes 127.0.0.1 for localhost, and asks the name service for everybody else.
  return { port, bind_address: "127.0.0.1", skip_name_resolve: true, pid_file: pid };
}

function tlsSettings(folder: ServerFolder, { tls }: MariadbOptions): Record<string, string> {
  if (tls === undefined) return {};
  const { cert, key } = folder.copyPair(tls);
  return { ssl_cert: cert, ssl_key: key };
}

function asOption([name, value]: readonly [string, string | number | true]): string {
  const option = `--${name.replaceAll("_", "-")}`;
  return value === true ? option : `${option}=${value}`;
}
