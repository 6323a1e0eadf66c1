/**
 * PostgreSQL: SSLRequest as `sslmode` in the URL says, then a StartupMessage up to the question for a password, which
 * is not answered: whoever asks has been reached. Where nothing is asked (trust), the server tells its version.
 */
import type { ProbeFacts } from "../result.ts";
import { type DatabaseUrl, readDatabaseUrl } from "./database-url.ts";
import {
  authenticationAsked,
  type BackendMessage,
  checkFirst,
  type ErrorFields,
  parameterStatus,
  readErrorFields,
  readMessage,
  readRest,
  SSL_REQUEST,
  startupMessage,
  TERMINATE,
} from "./postgres-messages.ts";
import type { Probe, ProbePlan, ProbeWire } from "./probe.ts";
import { broken, notTheProtocol, type Peer, peek, peerOf, refused, silent } from "./unexpected.ts";

type TlsOutcome = Extract<ProbeFacts, { kind: "postgres" }>["tls"];

/** Parameters, notices and the rest: a dozen and a half usually. */
const MAX_MESSAGES = 256;

export const postgres: Probe = {
  id: "postgres",
  protocol: "postgres",
  greets: false,
  // A session is started once.
  reusable: false,
  async run(wire, plan) {
    const peer = peerOf(wire, plan, "PostgreSQL");
    const url = readDatabaseUrl(plan);
    const tls = await askForTls(wire, url, peer);
    const { username = "postgres" } = plan.endpoint;
    const startup = startupMessage({
      user: username,
      database: url.database ?? username,
      application_name: "netkit",
      client_encoding: "UTF8",
    });
    await wire.write(startup, "StartupMessage");
    wire.sent();
    checkFirst(peer, await peek(wire, peer, "answer"));
    const { method, serverVersion } = await readUntilAsked(wire, plan, peer);
    await wire.write(TERMINATE, "Terminate");
    return { kind: "postgres", tls, authentication: method, serverVersion };
  },
};

async function askForTls(wire: ProbeWire, url: DatabaseUrl, peer: Peer): Promise<TlsOutcome> {
  if (url.tls === "never" || wire.secured) return "not-asked";
  await wire.write(SSL_REQUEST, "SSLRequest");
  const bytes = await wire.read("answer to SSLRequest");
  if (bytes === undefined) throw silent(peer);
  const answer = String.fromCharCode(bytes[0]!);
  if (answer === "E") {
    wire.unread(bytes.subarray(1));
    throw saysNo(readErrorFields((await readRest(wire, peer, "E")).body), peer);
  }
  if (answer !== "S" && answer !== "N") throw notTheProtocol(peer, bytes);
  // Bytes that came with the answer would be taken for the server's within TLS (CVE-2021-23222).
  if (bytes.length > 1) {
    const foreign = notTheProtocol(peer, bytes);
    throw foreign.code === "NK_PROTOCOL_OTHER"
      ? foreign
      : broken(peer, "bytes behind the answer to SSLRequest");
  }
  if (answer === "S") {
    await wire.secure();
    return "accepted";
  }
  if (url.tls === "always") {
    throw refused(
      peer,
      "TLS_",
      "does not do TLS, which sslmode asks for",
      undefined,
      "turn ssl on in postgresql.conf, or use sslmode=prefer",
    );
  }
  return "refused";
}

async function readUntilAsked(
  wire: ProbeWire,
  plan: ProbePlan,
  peer: Peer,
): Promise<{ readonly method: string; readonly serverVersion: string | null }> {
  let method: string | undefined;
  let serverVersion: string | null = null;
  for (let count = 0; count < MAX_MESSAGES; count++) {
    const message: BackendMessage = await readMessage(wire, peer);
    switch (message.type) {
      case "R": {
        const asked = authenticationAsked(message.body);
        method = asked.method;
        if (!asked.done) return { method, serverVersion };
        break;
      }
      case "S": {
        const { name, value } = parameterStatus(message.body);
        if (name === "server_version") serverVersion = value;
        break;
      }
      case "E":
        throw saysNo(readErrorFields(message.body), peer, plan);
      case "Z":
        if (method === undefined) throw broken(peer, "it is ready before it said anything of authentication");
        return { method, serverVersion };
      default:
        break;
    }
  }
  throw broken(peer, `${MAX_MESSAGES} messages, and it is not ready`);
}

/** SQLSTATE class 28 is about who we are; 53, 57P03 and 3D000 about everything else that happens here. */
function saysNo({ severity, code, message, hint }: ErrorFields, peer: Peer, plan?: ProbePlan): Error {
  const words = `${severity} ${code}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
  if (code.startsWith("28")) {
    const name = plan?.endpoint.username ?? "postgres";
    return refused(
      peer,
      "AUTH_",
      `does not let ${name} in`,
      words,
      "check the user in the URL and pg_hba.conf on the server",
    );
  }
  const next = NEXT[code] ?? NEXT[code.slice(0, 2)] ?? "look at the server's log";
  return refused(peer, "", "answered with an error", words, next);
}

const NEXT: Readonly<Record<string, string>> = {
  "53": "close connections, or raise max_connections on the server",
  "57": "wait until the server has started or been restarted",
  "3D": "name a database that exists: postgres://user@host/database",
  "08": "check that a PostgreSQL server listens there, and not a pooler for another protocol",
};
