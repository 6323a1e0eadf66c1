/** The work of one checkout from its flags. What the scheme has no use for is refused, naming the schemes that have. */
import { Buffer } from "node:buffer";
import type { WireProtocol } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import type { PoolTestEndpoint, WorkPlan } from "../../engine/pool-test/plan.ts";
import { planRequest, type RequestInputs, type RequestSettings } from "./request-plan.ts";

export interface WorkSettings extends RequestSettings {
  readonly query?: readonly string[] | undefined;
  readonly "query-file"?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly transaction?: boolean | undefined;
  readonly "through-driver"?: boolean | undefined;
  readonly http?: string | undefined;
  readonly admin?: string | undefined;
}

interface Takers {
  readonly protocols: readonly WireProtocol[];
  readonly words: string;
}

const SQL: Takers = { protocols: ["postgres", "mysql"], words: "postgres: and mysql:" };
const HTTP: Takers = { protocols: ["http"], words: "http:, https: and h2c:" };

const MEANT_FOR: Readonly<Record<keyof WorkSettings, Takers>> = {
  query: SQL,
  "query-file": SQL,
  transaction: { protocols: ["postgres", "mysql", "redis"], words: "postgres:, mysql: and redis:" },
  "through-driver": { protocols: ["postgres"], words: "postgres:" },
  command: { protocols: ["redis", "raw", "framed", "ws"], words: "redis:, tcp:, framed: and ws:" },
  http: HTTP,
  method: HTTP,
  header: HTTP,
  body: HTTP,
  "body-file": HTTP,
  "basic-auth": HTTP,
  bearer: HTTP,
  // Databases tell of themselves; of the other servers only netkit's own does.
  admin: {
    protocols: ["http", "raw", "framed", "ws"],
    words: "http:, tcp:, framed: and ws:, and their TLS",
  },
};

/** @throws NetkitError `NK_USAGE` */
export function refuseStrangers(settings: WorkSettings, { protocol, scheme }: PoolTestEndpoint): void {
  for (const name of Object.keys(MEANT_FOR) as (keyof WorkSettings)[]) {
    const { protocols, words } = MEANT_FOR[name];
    if (settings[name] === undefined || settings[name] === false || protocols.includes(protocol)) continue;
    throw usageError(`--${name} is for ${words}, not for ${scheme}:`, `leave --${name} away`, `--${name}`);
  }
}

/** @throws NetkitError `NK_USAGE`, or of a file that cannot be read */
export async function planWork(
  settings: WorkSettings,
  endpoint: PoolTestEndpoint,
  inputs: RequestInputs,
): Promise<WorkPlan> {
  const { query, command, transaction = false } = settings;
  const file = settings["query-file"];
  switch (endpoint.protocol) {
    case "postgres":
    case "mysql": {
      const queries = [...(query ?? []), ...(file === undefined ? [] : [await readQuery(file, inputs)])];
      if (queries.some((text) => text.trim() === "" || text.includes("\0"))) {
        throw usageError("--query holds no SQL", "write it like --query 'SELECT 1'", "--query");
      }
      if (queries.length === 0 && !transaction) return { kind: "default" };
      return { kind: "query", queries: queries.length === 0 ? ["SELECT 1"] : queries, transaction };
    }
    case "redis":
      if (command === undefined && !transaction) return { kind: "default" };
      return { kind: "command", commands: (command ?? ["PING"]).map(words), transaction };
    case "http":
      return { kind: "request", ...(await planRequest(settings, [endpoint], inputs)) };
    default:
      if (command === undefined) return { kind: "default" };
      if (command.length > 1) {
        throw usageError("one message a checkout is sent", "give --command once", "--command");
      }
      if (command[0] === "" && endpoint.protocol === "raw") {
        throw usageError("--command is empty", "write it like --command hello", "--command");
      }
      return { kind: "echo", payload: Buffer.from(command[0]!, "utf8") };
  }
}

/** A command's words: by spaces, `"like this"` as one. @throws NetkitError `NK_USAGE` */
function words(command: string): readonly string[] {
  const found = [...command.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replace(/\\(.)/g, "$1") ?? plain!,
  );
  if (found.length > 0) return found;
  throw usageError("--command is empty", 'write it like --command "GET key"', "--command");
}

async function readQuery(path: string, inputs: RequestInputs): Promise<string> {
  const text = Buffer.from(await inputs.readBytes(path))
    .toString("utf8")
    .trim();
  if (text === "") throw usageError(`${path} holds no query`, "name a file with SQL in it", "--query-file");
  return text;
}
