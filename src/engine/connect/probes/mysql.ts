/**
 * MySQL and MariaDB: the greeting, TLS where it is offered and `ssl-mode` in the URL does not say otherwise, and a
 * login. The login is made even without credentials, and its refusal then counts as reached: a server counts the
 * handshakes that end early, and blocks a host after max_connect_errors of them.
 */
import { type DatabaseUrl, readDatabaseUrl } from "./database-url.ts";
import {
  CLIENT,
  type Greeting,
  loginHead,
  loginPayload,
  type Packet,
  packet,
  proofOf,
  QUIT,
  readAuthSwitch,
  readError,
  readFirstPacket,
  readGreeting,
  readPacket,
  type ServerError,
  zeroEnded,
} from "./mysql-packets.ts";
import type { Probe, ProbePlan, ProbeWire } from "./probe.ts";
import { broken, notTheProtocol, type Peer, peerOf, refused } from "./unexpected.ts";

/** A name of nobody's, which the server's log shows. */
const NOBODY = "netkit";
/** A login takes three at most. */
const MAX_PACKETS = 8;
const [OK, AUTH_MORE, AUTH_SWITCH] = [0x00, 0x01, 0xfe];
const [FAST_AUTH_DONE, FULL_AUTH] = [3, 4];
/** Access denied, to a database, by the socket's owner, or for want of a plugin: about the login alone. */
const LOGIN_REFUSED: ReadonlySet<number> = new Set([1044, 1045, 1251, 1524, 1698, 1862, 3118, 3159, 4151]);

export const mysql: Probe = {
  id: "mysql",
  protocol: "mysql",
  greets: true,
  reusable: false,
  async run(wire, plan) {
    const peer = peerOf(wire, plan, "MySQL");
    const url = readDatabaseUrl(plan);
    const greeting = await greeted(wire, peer);
    const offered = (greeting.capabilities & CLIENT.ssl) !== 0;
    const secure = offered && url.tls !== "never" && !wire.secured;
    if (url.tls === "always" && !offered) {
      throw refused(
        peer,
        "TLS_",
        "does not do TLS, which ssl-mode asks for",
        undefined,
        "give the server a certificate (ssl_cert, ssl_key), or use ssl-mode=PREFERRED",
      );
    }
    const capabilities = wished(greeting, url, secure);
    if (secure) {
      await wire.write(packet(1, loginHead(capabilities)), "SSLRequest");
      await wire.secure();
    }
    const authentication = await logIn(wire, plan, peer, { greeting, url, capabilities, secure });
    return { kind: "mysql", serverVersion: greeting.serverVersion, authentication, tls: offered };
  },
};

async function greeted(wire: ProbeWire, peer: Peer): Promise<Greeting> {
  const { payload } = await readFirstPacket(wire, peer);
  const error = readError(payload);
  if (error !== undefined) throw saysNo(error, peer);
  const greeting = readGreeting(payload);
  if (greeting === undefined) throw notTheProtocol(peer, payload);
  return greeting;
}

function wished(greeting: Greeting, url: DatabaseUrl, secure: boolean): number {
  const wanted =
    CLIENT.protocol41 |
    CLIENT.secureConnection |
    CLIENT.pluginAuth |
    (url.database === undefined ? 0 : CLIENT.connectWithDb);
  return (wanted & greeting.capabilities) | (secure ? CLIENT.ssl : 0);
}

interface Agreed {
  readonly greeting: Greeting;
  readonly url: DatabaseUrl;
  readonly capabilities: number;
  readonly secure: boolean;
}

/** The plugin that was asked for in the end. */
async function logIn(wire: ProbeWire, plan: ProbePlan, peer: Peer, agreed: Agreed): Promise<string> {
  const { username, password } = plan.endpoint;
  const { greeting, url, capabilities, secure } = agreed;
  let { plugin } = greeting;
  const proof = proofOf(plugin, password, greeting.challenge);
  const login = { capabilities, username: username ?? NOBODY, proof, database: url.database, plugin };
  await wire.write(packet(secure ? 2 : 1, loginPayload(login)), "HandshakeResponse");
  wire.sent();

  for (let count = 0; count < MAX_PACKETS; count++) {
    const { sequence, payload }: Packet = await readPacket(wire, peer, "answer to the login");
    const error = readError(payload);
    if (error !== undefined) {
      if (username === undefined && LOGIN_REFUSED.has(error.number)) return plugin;
      throw saysNo(error, peer);
    }
    const next = (answer: Uint8Array): Buffer => packet((sequence + 1) & 0xff, answer);
    if (payload[0] === OK) {
      await wire.write(QUIT, "COM_QUIT");
      return plugin;
    }
    if (payload[0] === AUTH_SWITCH) {
      const asked = readAuthSwitch(payload);
      plugin = asked.plugin;
      await wire.write(next(proofOf(plugin, password, asked.challenge)), `proof for ${plugin}`);
    } else if (payload[0] === AUTH_MORE && payload[1] === FULL_AUTH) {
      // It wants the password itself, which only TLS may carry.
      if (!wire.secured || password === undefined) {
        wire.note("the server wants the password itself, which is not sent without TLS");
        return plugin;
      }
      await wire.write(next(zeroEnded(password)), "password");
    } else if (payload[0] !== AUTH_MORE || payload[1] !== FAST_AUTH_DONE) {
      throw broken(peer, `an answer to the login that begins with 0x${payload.toString("hex", 0, 1)}`);
    }
  }
  throw broken(peer, `${MAX_PACKETS} packets, and the login is not over`);
}

function saysNo({ number, message }: ServerError, peer: Peer): Error {
  const words = `${number}: ${message}`;
  if (LOGIN_REFUSED.has(number)) {
    return refused(peer, "AUTH_", "refused the login", words, "check the name and the password in the URL");
  }
  return refused(peer, "", "answered with an error", words, NEXT[number] ?? "look at the server's log");
}

const NEXT: Readonly<Record<number, string>> = {
  1040: "close connections, or raise max_connections on the server",
  1049: "name a database that exists: mysql://user@host/database",
  1129: "run FLUSH HOSTS on the server: it has seen too many connections break off",
  1130: "grant the user access from this host",
  1203: "close connections of this user, or raise max_user_connections",
  1226: "wait: a limit of this user is used up",
};
