/**
 * Redis and what speaks its protocol (RESP): AUTH where the URL has credentials, PING, and INFO for the version, in
 * one piece. A server that asks for authentication has been reached; one that refuses ours has said no.
 */
import { Buffer } from "node:buffer";
import type { Probe, ProbePlan, ProbeWire } from "./probe.ts";
import {
  broken,
  cutShort,
  notTheProtocol,
  type Peer,
  peek,
  peerOf,
  refused,
  tooLarge,
} from "./unexpected.ts";

/** INFO server has about 1 kB. */
const MAX_BULK_BYTES = 64 * 1024;
/** First bytes of the types of RESP2 and RESP3. */
const TYPES = "+-:$*_,#(!=%~>|";
/** Not now, or not to this user; the server lives and speaks. */
const REACHED = /^(NOAUTH|NOPERM|LOADING|BUSY|MASTERDOWN|MISCONF|READONLY|CLUSTERDOWN|MOVED)\b/;

type Reply =
  | { readonly kind: "status"; readonly text: string }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "bulk"; readonly text: string | null };

export const redis: Probe = {
  id: "redis",
  protocol: "redis",
  greets: false,
  reusable: true,
  async run(wire, plan, again) {
    const peer = peerOf(wire, plan, "Redis");
    const credentials = again ? undefined : credentialsOf(plan);
    if (credentials !== undefined) await wire.write(command("AUTH", ...credentials), "AUTH");
    await wire.write(command("PING"), "PING");
    await wire.write(command("INFO", "server"), "INFO server");
    wire.sent();

    const first = await peek(wire, peer, "reply");
    if (!TYPES.includes(String.fromCharCode(first[0]!))) throw notTheProtocol(peer, first);
    if (credentials !== undefined) judgeAuth(await readReply(wire, peer), peer, credentials.length);
    const pong = await readReply(wire, peer);
    if (pong.kind === "error" && !REACHED.test(pong.text)) throw saysNo(pong.text, peer);
    const info = await readReply(wire, peer);
    return { kind: "redis", reply: pong.text ?? "", version: versionOf(info) };
  },
};

function credentialsOf({ endpoint }: ProbePlan): [string] | [string, string] | undefined {
  const { username, password } = endpoint;
  if (password === undefined) return undefined;
  // Without a name it is the default user's password, as servers before 6 have it.
  return username === undefined ? [password] : [username, password];
}

function command(...words: readonly string[]): string {
  const bulk = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${bulk.join("")}`;
}

async function readReply(wire: ProbeWire, peer: Peer): Promise<Reply> {
  const line = await wire.readLine("reply");
  const text = line.slice(1);
  switch (line[0]) {
    case "+":
      return { kind: "status", text };
    case "-":
      return { kind: "error", text };
    case "$":
    case "=":
      return { kind: "bulk", text: await readBulk(wire, peer, text) };
    default:
      throw broken(
        peer,
        `a reply of a type that PING and INFO do not have: ${JSON.stringify(line.slice(0, 40))}`,
      );
  }
}

async function readBulk(wire: ProbeWire, peer: Peer, length: string): Promise<string | null> {
  if (length === "-1") return null;
  if (!/^\d{1,15}$/.test(length))
    throw broken(peer, `${JSON.stringify(length.slice(0, 40))} is no length of a string`);
  if (Number(length) > MAX_BULK_BYTES) throw tooLarge(peer, `a string of ${length} bytes`);
  const bytes = await wire.readExactly(Number(length) + 2, "string");
  const text = Buffer.from(bytes).toString("utf8");
  if (!text.endsWith("\r\n")) throw cutShort(peer, "a string without its end");
  return text.slice(0, -2);
}

function judgeAuth(reply: Reply, peer: Peer, words: number): void {
  if (reply.kind !== "error") return;
  if (/^(ERR|DENIED) ?(max number|.*protected mode)/i.test(reply.text)) throw saysNo(reply.text, peer);
  // Servers without a password complain about being given one.
  const next = /without any password configured/i.test(reply.text)
    ? "leave the password out: the server has none"
    : `check the ${words === 2 ? "name and the password" : "password"} in the URL`;
  throw refused(peer, "AUTH_", "refused the credentials", reply.text, next);
}

function saysNo(text: string, peer: Peer): Error {
  const next = /max number of clients/i.test(text)
    ? "close connections, or raise maxclients on the server"
    : /^DENIED/.test(text)
      ? "set a password, or bind the server to an address: it is in protected mode"
      : "look at what the server says, and at its log";
  return refused(peer, "", "answered PING with an error", text, next);
}

/** Valkey and others keep `redis_version` for compatibility, so theirs goes first. */
function versionOf(info: Reply): string | null {
  if (info.kind !== "bulk" || info.text === null) return null;
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:(\\S+)`, "m").exec(info.text!)?.[1];
  for (const fork of ["valkey", "keydb", "dragonfly"]) {
    const version = field(`${fork}_version`);
    if (version !== undefined) return `${fork} ${version.replace(/^df-v/, "")}`;
  }
  return field("redis_version") ?? null;
}
