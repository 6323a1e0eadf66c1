// What RFC 9113 asks of a server, as data: frames in hex after preface and SETTINGS, and what must come of them.

export type Expected =
  | { readonly kind: "connection"; readonly code: number }
  | { readonly kind: "stream"; readonly code: number }
  | { readonly kind: "answered" };

export interface Case {
  readonly name: string;
  readonly section: string;
  readonly hex: string;
  readonly expected: Expected;
}

const connection = (code: number): Expected => ({ kind: "connection", code });
const stream = (code: number): Expected => ({ kind: "stream", code });
const answered: Expected = { kind: "answered" };
const head = (flags: number, block: string, id = 1): string =>
  `${(block.length / 2).toString(16).padStart(6, "0")}01${flags.toString(16).padStart(2, "0")}${id.toString(16).padStart(8, "0")}${block}`;
/** :method GET, :scheme http, :path / */
const GET = "828684";
const field = (name: string, value: string): string =>
  [name, value]
    .map((text) => text.length.toString(16).padStart(2, "0") + Buffer.from(text).toString("hex"))
    .join("");
const literal = (name: string, value: string): string => `00${field(name, value)}`;

/** Any frame. */
const frame = (type: string, flags: string, id: number, payload = ""): string => {
  const octets = payload.replaceAll(" ", "");
  return `${(octets.length / 2).toString(16).padStart(6, "0")}${type}${flags}${id.toString(16).padStart(8, "0")}${octets}`;
};
const DATA = "00";
const PRIORITY = "02";
const RST = "03";
const SETTINGS = "04";
const PING = "06";
const WINDOW_UPDATE = "08";
const CONTINUATION = "09";
/** To a path that takes a body. */
const POST = `83860405${Buffer.from("/echo").toString("hex")}`;
const NO_ERROR = "00000000";
const CANCEL = "00000008";

const BASIC: readonly Case[] = [
  { name: "a request", section: "8.1", hex: head(5, GET), expected: answered },
  {
    name: "a padded request with priority",
    section: "6.2",
    hex: `00000b012d00000001 02 00000000ff ${GET} 0000`,
    expected: answered,
  },
  {
    name: "HEADERS with 4 octets of priority",
    section: "4.2",
    hex: "000004012500000001 00000000",
    expected: connection(6),
  },
  {
    name: "padded HEADERS with 4 octets of priority",
    section: "4.2",
    hex: "000005012d00000001 00 00000000",
    expected: connection(6),
  },
  {
    name: "padded HEADERS without a pad length",
    section: "4.2",
    hex: "000000010d00000001",
    expected: connection(6),
  },
  {
    name: "HEADERS whose padding reaches into the priority part",
    section: "6.2",
    hex: "000007012d00000001 02 0000000000 82",
    expected: connection(1),
  },
  {
    name: "CONTINUATION",
    section: "6.10",
    hex: `${head(1, "82")}000002090400000001 8684`,
    expected: answered,
  },
  {
    name: "padded DATA",
    section: "6.1",
    hex: `${head(4, `83${GET.slice(2)}`)}000006000900000001 02 616263 0000`,
    expected: answered,
  },
  {
    name: "an unknown frame type",
    section: "5.5",
    hex: `000001ff0000000000 00${head(5, GET)}`,
    expected: answered,
  },
  {
    name: "PRIORITY on an idle stream",
    section: "6.3",
    hex: `000005020000000009 0000000000${head(5, GET)}`,
    expected: answered,
  },
  { name: "trailers", section: "8.1", hex: head(4, GET) + head(5, literal("x-t", "1")), expected: answered },
  { name: "DATA on stream 0", section: "6.1", hex: "000001000100000000 61", expected: connection(1) },
  { name: "DATA on an idle stream", section: "5.1", hex: "000001000100000001 61", expected: connection(1) },
  {
    name: "DATA padded beyond its end",
    section: "6.1",
    hex: `${head(4, GET)}000002000900000001 0561`,
    expected: connection(1),
  },
  { name: "HEADERS on stream 0", section: "6.2", hex: head(5, GET, 0), expected: connection(1) },
  { name: "HEADERS on an even stream", section: "5.1.1", hex: head(5, GET, 2), expected: connection(1) },
  {
    name: "a frame inside a header block",
    section: "6.10",
    hex: `${head(1, GET)}000008060000000000 0000000000000000`,
    expected: connection(1),
  },
  {
    name: "CONTINUATION without HEADERS",
    section: "6.10",
    hex: "000000090400000001",
    expected: connection(1),
  },
  { name: "a broken header block", section: "4.3", hex: head(5, "80"), expected: connection(9) },
  { name: "a frame that is too long", section: "4.2", hex: "004001000000000001", expected: connection(6) },
  {
    name: "DATA after END_STREAM",
    section: "5.1",
    hex: `${head(5, GET)}000001000100000001 61`,
    expected: stream(5),
  },
  {
    name: "RST_STREAM on stream 0",
    section: "6.4",
    hex: "000004030000000000 00000008",
    expected: connection(1),
  },
  {
    name: "RST_STREAM on an idle stream",
    section: "6.4",
    hex: "000004030000000001 00000008",
    expected: connection(1),
  },
  {
    name: "RST_STREAM of 3 octets",
    section: "6.4",
    hex: "000003030000000001 000000",
    expected: connection(6),
  },
  { name: "SETTINGS on a stream", section: "6.5", hex: "000000040000000001", expected: connection(1) },
  {
    name: "SETTINGS ACK with a payload",
    section: "6.5",
    hex: "000006040100000000 000300000001",
    expected: connection(6),
  },
  { name: "SETTINGS of 3 octets", section: "6.5", hex: "000003040000000000 000300", expected: connection(6) },
  {
    name: "ENABLE_PUSH of 2",
    section: "6.5.2",
    hex: "000006040000000000 000200000002",
    expected: connection(1),
  },
  {
    name: "INITIAL_WINDOW_SIZE of 2^31",
    section: "6.5.2",
    hex: "000006040000000000 000480000000",
    expected: connection(3),
  },
  {
    name: "MAX_FRAME_SIZE of 16383",
    section: "6.5.2",
    hex: "000006040000000000 000500003fff",
    expected: connection(1),
  },
  { name: "PUSH_PROMISE", section: "8.4", hex: "000004050400000001 00000002", expected: connection(1) },
  {
    name: "PING on a stream",
    section: "6.7",
    hex: "000008060000000001 0000000000000000",
    expected: connection(1),
  },
  {
    name: "PING of 6 octets",
    section: "6.7",
    hex: "000006060000000000 000000000000",
    expected: connection(6),
  },
  {
    name: "GOAWAY on a stream",
    section: "6.8",
    hex: "000008070000000001 0000000000000000",
    expected: connection(1),
  },
  {
    name: "WINDOW_UPDATE of nothing",
    section: "6.9",
    hex: "000004080000000000 00000000",
    expected: connection(1),
  },
  {
    name: "WINDOW_UPDATE of nothing on a stream",
    section: "6.9",
    hex: `${head(4, GET)}000004080000000001 00000000`,
    expected: stream(1),
  },
  {
    name: "WINDOW_UPDATE of 3 octets",
    section: "6.9",
    hex: "000003080000000000 000000",
    expected: connection(6),
  },
  {
    name: "a connection window above 2^31-1",
    section: "6.9.1",
    hex: "000004080000000000 7fffffff",
    expected: connection(3),
  },
  {
    name: "a stream window above 2^31-1",
    section: "6.9.1",
    hex: `${head(4, GET)}000004080000000001 7fffffff`,
    expected: stream(3),
  },
  {
    name: "an upper-case field name",
    section: "8.2.1",
    hex: head(5, GET + literal("X-A", "1")),
    expected: stream(1),
  },
  {
    name: "a connection-specific field",
    section: "8.2.2",
    hex: head(5, GET + literal("connection", "close")),
    expected: stream(1),
  },
  {
    name: "te other than trailers",
    section: "8.2.2",
    hex: head(5, GET + literal("te", "gzip")),
    expected: stream(1),
  },
  {
    name: "an unknown pseudo-header",
    section: "8.3",
    hex: head(5, GET + literal(":x", "1")),
    expected: stream(1),
  },
  { name: "a response's pseudo-header", section: "8.3", hex: head(5, `${GET}88`), expected: stream(1) },
  {
    name: "a pseudo-header after a field",
    section: "8.3",
    hex: head(5, `8286${literal("a", "b")}84`),
    expected: stream(1),
  },
  { name: "a pseudo-header twice", section: "8.3", hex: head(5, `${GET}82`), expected: stream(1) },
  { name: "no :path", section: "8.3.1", hex: head(5, "8286"), expected: stream(1) },
  {
    name: "content below content-length",
    section: "8.1.1",
    hex: `${head(4, GET + literal("content-length", "9"))}000001000100000001 61`,
    expected: stream(1),
  },
];

/** Frames on streams whose state does not allow them (section 5.1). */
const STATES: readonly Case[] = [
  {
    name: "WINDOW_UPDATE on an idle stream",
    section: "5.1",
    hex: frame(WINDOW_UPDATE, "00", 1, "00000064"),
    expected: connection(1),
  },
  {
    name: "CONTINUATION on an idle stream",
    section: "5.1",
    hex: frame(CONTINUATION, "04", 1, GET),
    expected: connection(1),
  },
  {
    name: "HEADERS after END_STREAM",
    section: "5.1",
    hex: head(5, GET) + head(5, GET),
    expected: stream(5),
  },
  {
    name: "CONTINUATION after END_STREAM",
    section: "5.1",
    hex: head(5, GET) + frame(CONTINUATION, "04", 1, GET),
    expected: connection(1),
  },
  {
    name: "CONTINUATION after a reset",
    section: "5.1",
    hex: head(4, GET) + frame(RST, "00", 1, CANCEL) + frame(CONTINUATION, "04", 1, GET),
    expected: connection(1),
  },
  {
    name: "DATA after a reset",
    section: "5.1",
    hex: head(4, GET) + frame(RST, "00", 1, CANCEL) + frame(DATA, "00", 1, "61"),
    expected: connection(5),
  },
  {
    name: "HEADERS after a reset",
    section: "5.1",
    hex: head(4, GET) + frame(RST, "00", 1, CANCEL) + head(5, GET),
    expected: connection(5),
  },
  {
    name: "PRIORITY, WINDOW_UPDATE and RST_STREAM after a reset",
    section: "5.1",
    hex:
      head(4, GET) +
      frame(RST, "00", 1, CANCEL) +
      frame(PRIORITY, "00", 1, "0000000010") +
      frame(WINDOW_UPDATE, "00", 1, "00000064") +
      frame(RST, "00", 1, CANCEL) +
      head(5, GET, 3),
    expected: answered,
  },
  {
    name: "a stream below the last one",
    section: "5.1.1",
    hex: head(5, GET, 5) + head(5, GET, 3),
    expected: connection(5),
  },
];

const FRAMES: readonly Case[] = [
  {
    name: "PING with flags that mean nothing",
    section: "4.1",
    hex: frame(PING, "16", 0, "0".repeat(16)) + head(5, GET),
    expected: answered,
  },
  {
    name: "PING with the reserved bit",
    section: "4.1",
    hex: frame(PING, "00", 2 ** 31, "0".repeat(16)) + head(5, GET),
    expected: answered,
  },
  {
    name: "PING with ACK that nobody asked for",
    section: "6.7",
    hex: frame(PING, "01", 0, "0".repeat(16)) + head(5, GET),
    expected: answered,
  },
  {
    name: "DATA of 2^14 octets",
    section: "4.2",
    hex: head(4, POST) + frame(DATA, "01", 1, "61".repeat(16_384)),
    expected: answered,
  },
  {
    name: "DATA of more",
    section: "4.2",
    hex: `${head(4, POST)}00400100010000000161`,
    expected: connection(6),
  },
  {
    name: "HEADERS of more than 2^14 octets",
    section: "4.2",
    hex: "004001010500000001",
    expected: connection(6),
  },
  {
    name: "PRIORITY inside a header block",
    section: "4.3",
    hex: head(1, GET) + frame(PRIORITY, "00", 1, "0000000010"),
    expected: connection(1),
  },
  {
    name: "HEADERS of another stream inside a header block",
    section: "4.3",
    hex: head(1, GET) + head(5, GET, 3),
    expected: connection(1),
  },
  {
    name: "CONTINUATION of another stream",
    section: "6.10",
    hex: head(1, "82") + frame(CONTINUATION, "04", 3, "8684"),
    expected: connection(1),
  },
  {
    name: "an unknown frame inside a header block",
    section: "5.5",
    hex: head(1, GET) + frame("ff", "00", 1, "00"),
    expected: connection(1),
  },
  {
    name: "padded DATA without a pad length",
    section: "4.2",
    hex: head(4, POST) + frame(DATA, "08", 1),
    expected: connection(6),
  },
  {
    name: "HEADERS padded beyond their end",
    section: "6.2",
    hex: frame("01", "0d", 1, `08${GET}`),
    expected: connection(1),
  },
  {
    name: "PRIORITY on stream 0",
    section: "6.3",
    hex: frame(PRIORITY, "00", 0, "0000000010"),
    expected: connection(1),
  },
  {
    name: "PRIORITY of 4 octets",
    section: "6.3",
    hex: head(4, POST) + frame(PRIORITY, "00", 1, "00000000"),
    expected: stream(6),
  },
  {
    name: "a SETTING that nobody knows",
    section: "6.5.2",
    hex: frame(SETTINGS, "00", 0, "00ff00000001") + head(5, GET),
    expected: answered,
  },
  {
    name: "a SETTING twice",
    section: "6.5.3",
    hex: frame(SETTINGS, "00", 0, "000400000064000400000001") + head(5, GET),
    expected: answered,
  },
  {
    name: "MAX_FRAME_SIZE of 2^24",
    section: "6.5.2",
    hex: frame(SETTINGS, "00", 0, "000501000000"),
    expected: connection(1),
  },
  {
    name: "GOAWAY of 4 octets",
    section: "6.8",
    hex: frame("07", "00", 0, NO_ERROR),
    expected: connection(6),
  },
  {
    name: "CONTINUATIONs",
    section: "6.10",
    hex: head(1, "82") + frame(CONTINUATION, "00", 1, "86") + frame(CONTINUATION, "04", 1, "84"),
    expected: answered,
  },
  {
    name: "CONTINUATION on stream 0",
    section: "6.10",
    hex: head(1, GET) + frame(CONTINUATION, "04", 0, GET),
    expected: connection(1),
  },
  {
    name: "CONTINUATION after END_HEADERS",
    section: "6.10",
    hex: head(4, POST) + frame(CONTINUATION, "04", 1, GET),
    expected: connection(1),
  },
  {
    name: "CONTINUATION after CONTINUATION with END_HEADERS",
    section: "6.10",
    hex: head(0, "83") + frame(CONTINUATION, "04", 1, "8684") + frame(CONTINUATION, "04", 1, GET),
    expected: connection(1),
  },
  {
    name: "DATA inside a header block",
    section: "6.10",
    hex: head(0, POST) + frame(DATA, "01", 1, "61"),
    expected: connection(1),
  },
  {
    name: "empty HEADERS and an empty CONTINUATION around the block",
    section: "6.10",
    hex: head(1, "") + frame(CONTINUATION, "00", 1, GET) + frame(CONTINUATION, "04", 1),
    expected: answered,
  },
];

const MESSAGES: readonly Case[] = [
  {
    name: "a second head that does not end the stream",
    section: "8.1",
    hex: head(4, POST) + head(4, literal("x-t", "1")),
    expected: stream(1),
  },
  {
    name: "a pseudo-header in trailers",
    section: "8.1",
    hex: head(4, POST) + head(5, "84"),
    expected: stream(1),
  },
  {
    name: "an upper-case name in trailers",
    section: "8.2.1",
    hex: head(4, POST) + head(5, literal("X", "1")),
    expected: stream(1),
  },
  {
    name: "a space in a field name",
    section: "8.2.1",
    hex: head(5, GET + literal("a b", "1")),
    expected: stream(1),
  },
  {
    name: "a colon in a field name",
    section: "8.2.1",
    hex: head(5, GET + literal("a:b", "1")),
    expected: stream(1),
  },
  {
    name: "an octet above 0x7e in a field name",
    section: "8.2.1",
    hex: head(5, `${GET}0002c3a90131`),
    expected: stream(1),
  },
  { name: "an empty field name", section: "8.2.1", hex: head(5, `${GET}00000131`), expected: stream(1) },
  {
    name: "CR in a field value",
    section: "8.2.1",
    hex: head(5, GET + literal("a", "b\rc")),
    expected: stream(1),
  },
  {
    name: "LF in a field value",
    section: "8.2.1",
    hex: head(5, GET + literal("a", "b\nc")),
    expected: stream(1),
  },
  {
    name: "NUL in a field value",
    section: "8.2.1",
    hex: head(5, GET + literal("a", "b\0c")),
    expected: stream(1),
  },
  {
    name: "space before a field value",
    section: "8.2.1",
    hex: head(5, GET + literal("a", " b")),
    expected: stream(1),
  },
  {
    name: "space after a field value",
    section: "8.2.1",
    hex: head(5, GET + literal("a", "b ")),
    expected: stream(1),
  },
  ...["keep-alive", "proxy-connection", "transfer-encoding", "upgrade"].map(
    (name): Case => ({
      name: `the field ${name}`,
      section: "8.2.2",
      hex: head(5, GET + literal(name, "x")),
      expected: stream(1),
    }),
  ),
  {
    name: "te: trailers",
    section: "8.2.2",
    hex: head(5, GET + literal("te", "trailers")),
    expected: answered,
  },
  { name: "no :method", section: "8.3.1", hex: head(5, "8684"), expected: stream(1) },
  { name: "no :scheme", section: "8.3.1", hex: head(5, "8284"), expected: stream(1) },
  { name: "an empty :path", section: "8.3.1", hex: head(5, `8286${"0400"}`), expected: stream(1) },
  { name: ":scheme twice", section: "8.3", hex: head(5, `${GET}86`), expected: stream(1) },
  { name: ":path twice", section: "8.3", hex: head(5, `${GET}84`), expected: stream(1) },
  {
    name: "CONNECT with a :path",
    section: "8.5",
    hex: head(5, `${literal(":method", "CONNECT")}84`),
    expected: stream(1),
  },
  {
    name: "content above content-length",
    section: "8.1.1",
    hex: head(4, POST + literal("content-length", "1")) + frame(DATA, "01", 1, "6161"),
    expected: stream(1),
  },
  {
    name: "several DATA above content-length",
    section: "8.1.1",
    hex:
      head(4, POST + literal("content-length", "1")) +
      frame(DATA, "00", 1, "61") +
      frame(DATA, "01", 1, "61"),
    expected: stream(1),
  },
  {
    name: "no content below content-length",
    section: "8.1.1",
    hex: head(5, POST + literal("content-length", "1")),
    expected: stream(1),
  },
  {
    name: "two content-lengths that differ",
    section: "8.1.1",
    hex: head(5, GET + literal("content-length", "0") + literal("content-length", "1")),
    expected: stream(1),
  },
  {
    name: "cookies in pieces",
    section: "8.2.3",
    hex: head(5, GET + literal("cookie", "a=b") + literal("cookie", "c=d")),
    expected: answered,
  },
];

/** RFC 7541. */
const COMPRESSION: readonly Case[] = [
  {
    name: "an index beyond the tables",
    section: "7541 2.3.3",
    hex: head(5, `${GET}be`),
    expected: connection(9),
  },
  {
    name: "a name's index beyond the tables",
    section: "7541 2.3.3",
    hex: head(5, `${GET}7e0161`),
    expected: connection(9),
  },
  {
    name: "a table size update after a field",
    section: "7541 4.2",
    hex: head(5, `${GET}20`),
    expected: connection(9),
  },
  {
    name: "a table size above the limit",
    section: "7541 6.3",
    hex: head(5, `3fe21f${GET}`),
    expected: connection(9),
  },
  {
    name: "table size updates first",
    section: "7541 4.2",
    hex: head(5, `203fe11f${GET}`),
    expected: answered,
  },
  {
    name: "Huffman padding above 7 bits",
    section: "7541 5.2",
    hex: head(5, `${GET}000161821fff`),
    expected: connection(9),
  },
  {
    name: "Huffman padding of zeros",
    section: "7541 5.2",
    hex: head(5, `${GET}0001618118`),
    expected: connection(9),
  },
  {
    name: "EOS in a Huffman string",
    section: "7541 5.2",
    hex: head(5, `${GET}00016184ffffffff`),
    expected: connection(9),
  },
  {
    name: "a string that is cut off",
    section: "7541 5.2",
    hex: head(5, `${GET}000161057a`),
    expected: connection(9),
  },
  {
    name: "an integer that is cut off",
    section: "7541 5.1",
    hex: head(5, `${GET}ff`),
    expected: connection(9),
  },
  {
    name: "an integer that is too long",
    section: "7541 5.1",
    hex: head(5, `${GET}ffffffffffffff`),
    expected: connection(9),
  },
];

export const CASES: readonly Case[] = [...BASIC, ...STATES, ...FRAMES, ...MESSAGES, ...COMPRESSION];
