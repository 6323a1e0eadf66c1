/**
 * What the URL of a database says besides its host: the database, and how much TLS is wanted. `sslmode` is libpq's
 * name of it, `ssl-mode` MySQL's.
 *
 *   disable          never          prefer (default)   where the server takes it
 *   require          or not at all  verify-ca, verify-full, VERIFY_IDENTITY: as require
 *
 * Unlike theirs, every TLS of netkit verifies the certificate, unless the plan says `insecure`.
 */
import { usageError } from "../../../core/errors.ts";
import type { ProbePlan } from "./probe.ts";

export type TlsWish = "never" | "where-offered" | "always";

const WISHES: Readonly<Record<string, TlsWish>> = {
  disable: "never",
  disabled: "never",
  // Plain text first is libpq's "allow": which is what a reached server gets.
  allow: "never",
  prefer: "where-offered",
  preferred: "where-offered",
  require: "always",
  required: "always",
  "verify-ca": "always",
  "verify-full": "always",
  "verify-identity": "always",
};

export interface DatabaseUrl {
  readonly database: string | undefined;
  readonly tls: TlsWish;
}

/** @throws NetkitError `NK_USAGE` for a mode that nobody knows */
export function readDatabaseUrl({ endpoint }: ProbePlan): DatabaseUrl {
  const [path = "", query = ""] = endpoint.path.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const mode = parameters.get("sslmode") ?? parameters.get("ssl-mode") ?? "prefer";
  const tls = WISHES[mode.toLowerCase().replaceAll("_", "-")];
  if (tls === undefined) {
    throw usageError(
      `"${mode}" is not an sslmode`,
      "use one of disable, prefer, require, verify-full",
      endpoint.display,
    );
  }
  let database = path.slice(1);
  try {
    database = decodeURIComponent(database);
  } catch {
    // A stray per cent sign stands for itself.
  }
  return { database: database === "" ? undefined : database, tls };
}
