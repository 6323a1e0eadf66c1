/**
 * Responses as bytes, and what is to be read from them, by the method that was asked and with or without the
 * end of the connection.
 */
export interface ResponseCase {
  readonly name: string;
  readonly bytes: string;
  readonly expected: readonly string[];
  /** Method of the request. Default GET. */
  readonly method?: string;
  /** The server closes after the bytes. */
  readonly closed?: boolean;
}

const OK = (fields: string, body = "") => `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`;
const EMPTY = OK("Content-Length: 0\r\n");
const OTHER = (line: string) => `${line}\r\nContent-Length: 0\r\n\r\n`;
const BAD = (reason: string) => [`! 400 ${reason}`];
const TE = "Transfer-Encoding: chunked\r\n";

type Options = Pick<ResponseCase, "method" | "closed">;
function response(
  name: string,
  bytes: string,
  expected: readonly string[],
  options: Options = {},
): ResponseCase {
  return { name, bytes, expected, ...options };
}

export const RESPONSES: readonly ResponseCase[] = [
  response("an answer of known length", OK("Content-Length: 2\r\n", "hi"), [
    "200 OK length=2",
    'data "hi"',
    "end",
    "idle",
  ]),
  response("pipelined answers", EMPTY + EMPTY, ["200 OK", "end", "200 OK", "end", "idle"]),
  response("a reason of several words", OTHER("HTTP/1.1 404 Not Found"), ["404 Not Found", "end", "idle"]),
  response("a reason with obs-text and tabs", OTHER("HTTP/1.1 200 \xe4\t!"), ["200 \xe4\t!", "end", "idle"]),
  response("an empty reason", OTHER("HTTP/1.1 200 "), ["200 ", "end", "idle"]),
  response("no reason and no space", OTHER("HTTP/1.1 200"), ["200 ", "end", "idle"]),
  response("a status beyond 599", OTHER("HTTP/1.1 999 x"), ["999 x", "end", "idle"]),
  response("a minor version to come", OTHER("HTTP/1.7 200 OK"), ["200 OK", "end", "idle"]),
  response("HTTP/1.0", OTHER("HTTP/1.0 200 OK"), ["200 OK 1.0 close", "end", "idle"]),
  response("HTTP/1.0 that stays", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", [
    "200 OK 1.0",
    "end",
    "idle",
  ]),
  response("Connection: close", OK("Content-Length: 0\r\nConnection: close\r\n"), [
    "200 OK close",
    "end",
    "idle",
  ]),
  response(
    "a body that ends with the connection",
    OK("", "hello"),
    ["200 OK close until-close", 'data "hello"', "end", "idle"],
    { closed: true },
  ),
  response(
    "an empty body that ends with the connection",
    OK(""),
    ["200 OK close until-close", "end", "idle"],
    { closed: true },
  ),
  response("a body until close that goes on", OK("", "hello"), [
    "200 OK close until-close",
    'data "hello"',
    "waiting",
  ]),
  response("a chunked body", OK(TE, "2\r\nhi\r\n0\r\n\r\n"), ["200 OK chunked", 'data "hi"', "end", "idle"]),
  response("a chunked body with trailers", OK(TE, "2\r\nhi\r\n0\r\nA: b\r\n\r\n"), [
    "200 OK chunked",
    'data "hi"',
    "end with trailers",
    "idle",
  ]),
  response("a chunked body after another coding", OK("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), [
    "200 OK chunked",
    "end",
    "idle",
  ]),
  response(
    "a coding that is not chunked",
    OK("Transfer-Encoding: gzip\r\n", "x"),
    ["200 OK close until-close", 'data "x"', "end", "idle"],
    { closed: true },
  ),
  response(
    "chunked that is not the last coding",
    OK("Transfer-Encoding: chunked, gzip\r\n", "x"),
    ["200 OK close until-close", 'data "x"', "end", "idle"],
    { closed: true },
  ),
  response("a coding with a parameter", OK("Transfer-Encoding: a ;b=c, chunked\r\n", "0\r\n\r\n"), [
    "200 OK chunked",
    "end",
    "idle",
  ]),
  response(
    "a coding beside a length: the coding holds, the connection is not used again",
    OK(`Content-Length: 9\r\n${TE}`, "0\r\n\r\n"),
    ["200 OK close chunked", "end", "idle"],
  ),
  response(
    "a coding from HTTP/1.0: the connection is not used again",
    `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n${TE}\r\n0\r\n\r\n`,
    ["200 OK 1.0 close chunked", "end", "idle"],
  ),
  response("a length given twice alike", OK("Content-Length: 2\r\nContent-Length: 2\r\n", "hi"), [
    "200 OK length=2",
    'data "hi"',
    "end",
    "idle",
  ]),
  response("a length given as a list of equals", OK("Content-Length: 2, 2\r\n", "hi"), [
    "200 OK length=2",
    'data "hi"',
    "end",
    "idle",
  ]),
  response(
    "204 has no body, whatever it says",
    `HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n${EMPTY}`,
    ["204 No Content", "end", "200 OK", "end", "idle"],
  ),
  response("204 has no chunks, whatever it says", `HTTP/1.1 204 No Content\r\n${TE}\r\n${EMPTY}`, [
    "204 No Content",
    "end",
    "200 OK",
    "end",
    "idle",
  ]),
  response(
    "304 has no body, whatever it says",
    `HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n${EMPTY}`,
    ["304 Not Modified", "end", "200 OK", "end", "idle"],
  ),
  response("304 without a length stays open", `HTTP/1.1 304 Not Modified\r\n\r\n${EMPTY}`, [
    "304 Not Modified",
    "end",
    "200 OK",
    "end",
    "idle",
  ]),
  response(
    "an answer to HEAD has no body",
    OK("Content-Length: 5\r\n") + EMPTY,
    ["200 OK", "end", "200 OK", "end", "idle"],
    { method: "HEAD" },
  ),
  response("an answer to HEAD has no chunks", OK(TE) + EMPTY, ["200 OK", "end", "200 OK", "end", "idle"], {
    method: "HEAD",
  }),
  response("an answer to HEAD without a length", OK("") + EMPTY, ["200 OK", "end", "200 OK", "end", "idle"], {
    method: "HEAD",
  }),
  response("an interim answer", `HTTP/1.1 100 Continue\r\n\r\n${EMPTY}`, [
    "100 Continue",
    "end",
    "200 OK",
    "end",
    "idle",
  ]),
  response(
    "several interim answers",
    `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${EMPTY}`,
    ["102 Processing", "end", "103 Early Hints", "end", "200 OK", "end", "idle"],
  ),
  response("an interim answer with a length", `HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n${EMPTY}`, [
    "100 Continue",
    "end",
    "200 OK",
    "end",
    "idle",
  ]),
  response(
    "an interim answer to HEAD",
    `HTTP/1.1 100 Continue\r\n\r\n${OK("Content-Length: 5\r\n")}`,
    ["100 Continue", "end", "200 OK", "end", "idle"],
    { method: "HEAD" },
  ),
  response(
    "101 opens a tunnel",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi",
    ["101 Switching Protocols tunnel upgrade=websocket", 'tunnel "\x81\\u0002hi"'],
  ),
  response("101 with a length opens a tunnel", "HTTP/1.1 101 x\r\nContent-Length: 5\r\n\r\nHTTP/", [
    "101 x tunnel",
    'tunnel "HTTP/"',
  ]),
  response(
    "2xx to CONNECT opens a tunnel",
    OK("Content-Length: 5\r\n", "\x16\x03"),
    ["200 OK tunnel", 'tunnel "\\u0016\\u0003"'],
    { method: "CONNECT" },
  ),
  response("a tunnel may be closed", OK("", "abc"), ["200 OK tunnel", 'tunnel "abc"'], {
    method: "CONNECT",
    closed: true,
  }),
  response(
    "a refusal of CONNECT has a body",
    "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno",
    ["403 No length=2", 'data "no"', "end", "idle"],
    { method: "CONNECT" },
  ),
  response("nothing, and the end", "", ["idle"], { closed: true }),
  response("the end after an answer", EMPTY, ["200 OK", "end", "idle"], { closed: true }),
  response("the end in a head", "HTTP/1.1 200 OK\r\n", BAD("truncated"), { closed: true }),
  response("the end in a status line", "HTTP", BAD("truncated"), { closed: true }),
  response(
    "the end in a body",
    OK("Content-Length: 5\r\n", "hel"),
    ["200 OK length=5", 'data "hel"', "! 400 truncated"],
    { closed: true },
  ),
  response("the end before a body", OK("Content-Length: 5\r\n"), ["200 OK length=5", "! 400 truncated"], {
    closed: true,
  }),
  response("the end in a chunk", OK(TE, "5\r\nhel"), ["200 OK chunked", 'data "hel"', "! 400 truncated"], {
    closed: true,
  }),
  response(
    "the end after a chunk",
    OK(TE, "3\r\nhel\r\n"),
    ["200 OK chunked", 'data "hel"', "! 400 truncated"],
    { closed: true },
  ),
  response("the end in a trailer section", OK(TE, "0\r\nA: b\r\n"), ["200 OK chunked", "! 400 truncated"], {
    closed: true,
  }),
  response("the end before the last CRLF", OK(TE, "0\r\n"), ["200 OK chunked", "! 400 truncated"], {
    closed: true,
  }),
  response("an empty line before an answer", `\r\n${EMPTY}`, BAD("bad-status-line")),
  response("another protocol", "SSH-2.0-OpenSSH_9.2\r\n", BAD("bad-status-line")),
  response("a mail server", "220 mail ESMTP\r\n", BAD("bad-status-line")),
  response("a TLS alert", "\x15\x03\x01\0\x02\x02\x46", BAD("tls")),
  response("HTTP/2.0", OTHER("HTTP/2.0 200 OK"), ["! 505 version"]),
  response("a version in lower case", OTHER("http/1.1 200 OK"), BAD("bad-status-line")),
  response("a version of two digits", OTHER("HTTP/1.10 200 OK"), BAD("bad-status-line")),
  response("a status of two digits", OTHER("HTTP/1.1 20 OK"), BAD("bad-status-line")),
  response("a status of four digits", OTHER("HTTP/1.1 2000 OK"), BAD("bad-status-line")),
  response("a status below 100", OTHER("HTTP/1.1 099 OK"), BAD("bad-status-line")),
  response("a status that is no number", OTHER("HTTP/1.1 abc OK"), BAD("bad-status-line")),
  response("two spaces before the status", OTHER("HTTP/1.1  200 OK"), BAD("bad-status-line")),
  response("no status", OTHER("HTTP/1.1 "), BAD("bad-status-line")),
  response("a status line that ends in LF", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", BAD("bare-lf")),
  response("a bare CR in the reason", OTHER("HTTP/1.1 200 O\rK"), BAD("bare-cr")),
  response("NUL in the reason", OTHER("HTTP/1.1 200 O\0K"), BAD("control-character")),
  response(
    "different lengths",
    OK("Content-Length: 2\r\nContent-Length: 3\r\n", "hi"),
    BAD("conflicting-length"),
  ),
  response("a list of different lengths", OK("Content-Length: 2, 3\r\n", "hi"), BAD("conflicting-length")),
  response("a length that is no number", OK("Content-Length: two\r\n"), BAD("bad-length")),
  response("chunked twice", OK("Transfer-Encoding: chunked, chunked\r\n"), BAD("bad-encoding")),
  response("a coding without a name", OK("Transfer-Encoding: ,\r\n"), BAD("bad-encoding")),
  response("a folded header", OK("A: b\r\n c\r\nContent-Length: 0\r\n"), BAD("obs-fold")),
  response("white space before the colon", OK("Content-Length : 0\r\n"), BAD("space-before-colon")),
  response("a bad chunk size", OK(TE, "x\r\n"), ["200 OK chunked", "! 400 chunk-size"]),
];
