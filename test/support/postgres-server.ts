// A PostgreSQL server of one test's own: fresh data, no durability, ready when `startPostgres` returns.
//
// The superuser gets in over the socket without a password, always; over TCP without one too, unless a password is given.
import { Daemon, onFreePort, runTool, ServerFolder, serverUser } from "./daemon.ts";
import type { KeyPairFiles } from "./tls-servers.ts";

export const POSTGRES_PROGRAMS = ["postgres", "initdb", "psql"] as const;

export interface PostgresOptions {
  /** Without it the server has no TLS. */
  readonly tls?: KeyPairFiles | undefined;
  /** As postgresql.conf has them: `{ max_connections: 5 }`. */
  readonly settings?: Readonly<Record<string, string | number>> | undefined;
  /** Asked for over TCP, by SCRAM-SHA-256. */
  readonly password?: string | undefined;
  /** Lines of pg_hba.conf that stand before the usual ones. */
  readonly hba?: readonly string[] | undefined;
}

export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** Holds `.s.PGSQL.PORT`. */
  readonly socketDir: string;
  readonly superuser: string;
  readonly password: string | undefined;
  /** One statement or several as the superuser; rows come as lines, columns divided by `|`. */
  query(sql: string, database?: string): Promise<string>;
  /** What it logged so far. */
  log(): string;
  stop(): Promise<void>;
}

const SUPERUSER = "postgres";

/** Data of a test need not outlive a crash. */
const FAST = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", shared_buffers: "16MB" };

export function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  return onFreePort((port) => startOn(port, options));
}

async function startOn(port: number, options: PostgresOptions): Promise<PostgresServer> {
  const folder = await ServerFolder.create(serverUser("postgres", "nobody"));
  let daemon: Daemon;
  try {
    const data = await initialise(folder, options);
    const settings = {
      ...FAST,
      ...network(folder, port),
      ...tlsSettings(folder, options),
      ...options.settings,
    };
    daemon = await Daemon.start({
      program: "postgres",
      args: ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
      folder,
      port,
      readyText: /database system is ready to accept connections/,
      // Fast shutdown: clients are cut off, shared memory is given back.
      stopSignal: "SIGINT",
    });
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
  const client = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", folder.path, "-p", String(port)];
  return {
    port,
    socketDir: folder.path,
    superuser: SUPERUSER,
    password: options.password,
    async query(sql, database = "postgres") {
      return (await runTool(folder, "psql", [...client, "-U", SUPERUSER, "-d", database, "-c", sql])).trim();
    },
    log: () => daemon.output,
    stop: () => daemon.stop(),
    [Symbol.asyncDispose]: () => daemon.stop(),
  };
}

async function initialise(folder: ServerFolder, { password, hba = [] }: PostgresOptions): Promise<string> {
  const data = `${folder.path}/data`;
  const secret = password === undefined ? [] : [`--pwfile=${folder.write("password", `${password}\n`)}`];
  await runTool(folder, "initdb", [
    ...["-D", data, "-U", SUPERUSER, "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"],
    ...["--auth=trust", ...secret],
  ]);
  const overTcp = password === undefined ? "trust" : "scram-sha-256";
  folder.write(
    "data/pg_hba.conf",
    `${[...hba, "local all all trust", `host all all all ${overTcp}`].join("\n")}\n`,
  );
  return data;
}

function network(folder: ServerFolder, port: number): Record<string, string | number> {
  return { port, listen_addresses: "127.0.0.1", unix_socket_directories: folder.path };
}

function tlsSettings(folder: ServerFolder, { tls }: PostgresOptions): Record<string, string> {
  if (tls === undefined) return { ssl: "off" };
  const { cert, key } = folder.copyPair(tls);
  return { ssl: "on", ssl_cert_file: cert, ssl_key_file: key };
}
