/**
 * The recommended size as the line that a user's own pool reads. Option names are those of each library's
 * documentation: node-postgres (pg.Pool), HikariCP, Go's database/sql and net/http, mysql2, SQLAlchemy's QueuePool,
 * undici, generic-pool.
 */
import type { WireProtocol } from "../../../core/endpoint.ts";
import type { ConfigLine } from "../result.ts";

interface Limits {
  readonly size: number;
  /** Milliseconds a caller waits for a connection; undefined: for ever. */
  readonly acquireTimeoutMs: number | undefined;
}

/** HikariCP takes no shorter one. */
const HIKARI_LEAST_MS = 250;

export function configurationLines(protocol: WireProtocol, limits: Limits): readonly ConfigLine[] {
  return [...ownLines(protocol, limits), genericPool(limits)];
}

function ownLines(protocol: WireProtocol, { size, acquireTimeoutMs }: Limits): readonly ConfigLine[] {
  const wait = (text: (ms: number) => string): string =>
    acquireTimeoutMs === undefined ? "" : text(acquireTimeoutMs);
  // A pool of one size: HikariCP's own advice is to leave minimumIdle at maximumPoolSize.
  const hikari = {
    library: "HikariCP",
    line: `maximumPoolSize=${size}${wait((ms) => ` connectionTimeout=${Math.max(HIKARI_LEAST_MS, ms)}`)}`,
  };
  const go = { library: "database/sql", line: `db.SetMaxOpenConns(${size}); db.SetMaxIdleConns(${size})` };
  const sqlalchemy = {
    library: "SQLAlchemy",
    line: `create_engine(url, pool_size=${size}, max_overflow=0${wait((ms) => `, pool_timeout=${ms / 1000}`)})`,
  };
  switch (protocol) {
    case "postgres": {
      const timeout = wait((ms) => `, connectionTimeoutMillis: ${ms}`);
      return [{ library: "pg", line: `new pg.Pool({ max: ${size}${timeout} })` }, hikari, go, sqlalchemy];
    }
    case "mysql":
      // mysql2 waits for ever: it has no acquire time-out.
      return [
        { library: "mysql2", line: `mysql.createPool({ connectionLimit: ${size} })` },
        hikari,
        go,
        sqlalchemy,
      ];
    case "http":
      return [
        { library: "undici", line: `new Pool(origin, { connections: ${size} })` },
        { library: "net/http", line: `Transport{MaxConnsPerHost: ${size}, MaxIdleConnsPerHost: ${size}}` },
      ];
    default:
      return [];
  }
}

function genericPool({ size, acquireTimeoutMs }: Limits): ConfigLine {
  const wait = acquireTimeoutMs === undefined ? "" : `, acquireTimeoutMillis: ${acquireTimeoutMs}`;
  return { library: "generic-pool", line: `createPool(factory, { max: ${size}${wait} })` };
}
