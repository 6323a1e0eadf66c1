// The server's side of STARTTLS in eight protocols, as far as a scan needs it, and the place of TLS after it.
import type { Socket } from "node:net";
import type { Upgrade } from "../../src/engine/tls-check/plan.ts";

/** What a server does with a connection; its number counts from 1. */
export type Script = (socket: Socket, number: number) => void;

export type Protocol = Exclude<Upgrade, "none">;

/** Waits for a match (or so many bytes), then says something. */
export type Turn = readonly [awaited: RegExp | number, answer: string | Buffer];

/** Takes over when the dialogue is through; `rest` came behind the client's last word. */
export type Secured = (socket: Socket, rest: Buffer) => void;

/** The place of TLS where there is none: whatever comes goes back. */
export const echo: Secured = (socket, rest) => {
  if (rest.length > 0) socket.write(rest);
  socket.on("data", (bytes) => socket.write(bytes));
};

export function converse(greeting: string | Buffer, turns: readonly Turn[], secured: Secured = echo): Script {
  return (socket) => {
    let turn = 0;
    let unread = Buffer.alloc(0);
    const listen = (bytes: Buffer): void => {
      unread = Buffer.concat([unread, bytes]);
      for (let end = endOf(turns[turn], unread); end > 0; end = endOf(turns[turn], unread)) {
        unread = unread.subarray(end);
        const answer = turns[turn++]![1];
        if (answer.length > 0) socket.write(answer);
        if (turn === turns.length) {
          socket.off("data", listen);
          secured(socket, unread);
          return;
        }
      }
    };
    if (greeting.length > 0) socket.write(greeting);
    socket.on("data", listen);
  };
}

/** Where what is waited for ends; 0 = it has not come. */
function endOf(turn: Turn | undefined, bytes: Buffer): number {
  if (turn === undefined) return 0;
  const [awaited] = turn;
  if (typeof awaited === "number") return bytes.length >= awaited ? awaited : 0;
  const found = awaited.exec(bytes.toString("latin1"));
  return found === null ? 0 : found.index + found[0].length;
}

export const EHLO = /^EHLO \S+\r\n/;

export function mysqlGreeting(capabilities: number): Buffer {
  const flags = Buffer.from([capabilities & 0xff, capabilities >> 8]);
  const rest = Buffer.from("21020000000000", "hex");
  const payload = Buffer.concat([
    Buffer.from("\x0a8.0.36\0"),
    Buffer.from([1, 0, 0, 0]),
    Buffer.alloc(8, 97),
    Buffer.from([0]),
    flags,
    rest,
  ]);
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]);
}

export function ldapResponse(code: number, text = ""): Buffer {
  const inner = Buffer.concat([Buffer.from([0x0a, 1, code, 4, 0, 4, text.length]), Buffer.from(text)]);
  const body = Buffer.concat([Buffer.from([2, 1, 1, 0x78, inner.length]), inner]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

const STREAM =
  "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
export const STREAM_HEAD = /<stream:stream[^>]*>/;
export const XMPP_TLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";

export function xmpp(features: string, answer: string, secured?: Secured): Script {
  return converse(
    "",
    [
      [STREAM_HEAD, `${STREAM}${features}`],
      [/<starttls[^>]*\/>/, answer],
    ],
    secured,
  );
}

/** Bytes that the client sends in one piece. */
const LDAP_REQUEST_BYTES = 31;
const MYSQL_REQUEST_BYTES = 36;

/** A server that is willing, in every protocol. */
export const WILLING: Record<Protocol, (secured?: Secured) => Script> = {
  smtp: (secured) =>
    converse(
      "220-mail\r\n220 ready\r\n",
      [
        [EHLO, "250-mail\r\n250-SIZE 1\r\n250-STARTTLS\r\n250 HELP\r\n"],
        [/^STARTTLS\r\n/, "220 go ahead\r\n"],
      ],
      secured,
    ),
  imap: (secured) =>
    converse("* OK ready\r\n", [[/^a1 STARTTLS\r\n/, "* CAPABILITY IMAP4rev1\r\na1 OK begin\r\n"]], secured),
  pop3: (secured) => converse("+OK ready\r\n", [[/^STLS\r\n/, "+OK begin\r\n"]], secured),
  ftp: (secured) =>
    converse(
      "120 in a minute\r\n220-Welcome\r\n  to this server\r\n220 ready\r\n",
      [[/^AUTH TLS\r\n/, "234 begin\r\n"]],
      secured,
    ),
  ldap: (secured) => converse("", [[LDAP_REQUEST_BYTES, ldapResponse(0)]], secured),
  xmpp: (secured) =>
    xmpp(
      `<stream:features>${XMPP_TLS}</stream:features>`,
      "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
      secured,
    ),
  postgres: (secured) => converse("", [[8, "S"]], secured),
  mysql: (secured) => converse(mysqlGreeting(0xffff), [[MYSQL_REQUEST_BYTES, ""]], secured),
};
