/** What stands at the other end: connection, TLS with its chain, and what the probe of the scheme learned. */
import { formatBytes, formatMicros } from "../../../core/units.ts";
import type { PathResult, ProbeFacts, TlsResult } from "../../../engine/connect/result.ts";
import { hanging, type Palette, printable } from "../../text/style.ts";

const LABEL = 13;

type Row = readonly [label: string, text: string, ink?: keyof Palette];

export function factsSection(path: PathResult, palette: Palette, width: number): string[] {
  return [...wayRows(path), ...tlsRows(path.tls), ...probeRows(path.probe)].flatMap(([label, text, ink]) => {
    const lines = hanging(` ${label.padEnd(LABEL)}`, printable(text), width);
    return lines.map((line, at) => {
      const body = line.slice(LABEL + 1);
      const coloured = ink === undefined ? body : palette[ink](body);
      return at === 0
        ? ` ${palette.title(label.padEnd(LABEL))}${coloured}`
        : " ".repeat(LABEL + 1) + coloured;
    });
  });
}

function wayRows({ remote, local, proxy }: PathResult): Row[] {
  const rows: Row[] = [];
  if (remote !== null) {
    const from = local === null ? "" : ` from ${at(local.address, local.port)}`;
    rows.push(["peer", `${at(remote.address, remote.port)}${from}`]);
  }
  if (proxy !== null) rows.push(["proxy", `${proxy.url}: ${proxy.answer}`]);
  return rows;
}

function at(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function tlsRows(tls: TlsResult | null): Row[] {
  if (tls === null) return [];
  const words = [tls.version, tls.cipher];
  if (tls.group !== null) words.push(tls.group);
  if (tls.alpn !== null) words.push(`ALPN ${tls.alpn}`);
  words.push(tls.resumed ? "resumed" : "full handshake");
  const rows: Row[] = [["TLS", words.join(", ")]];
  const [leaf, ...rest] = tls.chain;
  if (leaf !== undefined) {
    const days = leaf.daysLeft;
    const left =
      days < 0
        ? `expired ${-days} ${-days === 1 ? "day" : "days"} ago`
        : `${days} ${days === 1 ? "day" : "days"} left`;
    const ink = days < 0 ? "bad" : days < 14 ? "warn" : undefined;
    const row: Row = ["certificate", `${leaf.subject}, ${leaf.key}, by ${leaf.issuer}, ${left}`];
    rows.push(ink === undefined ? row : [row[0], row[1], ink]);
    if (rest.length > 0) rows.push(["chain", rest.map(({ subject }) => subject).join(" → ")]);
  }
  if (!tls.authorized) {
    rows.push(["", `not trusted: ${tls.authorizationError ?? "no reason given"}`, "warn"]);
  }
  return rows;
}

function probeRows(probe: ProbeFacts | null): Row[] {
  if (probe === null) return [];
  switch (probe.kind) {
    case "http": {
      const ink = probe.status >= 500 ? "bad" : probe.status >= 400 ? "warn" : "good";
      const reason = probe.reason === "" ? "" : ` ${probe.reason}`;
      const rows: Row[] = [
        [
          "answer",
          `HTTP/${probe.version} ${probe.status}${reason}, ${formatBytes(probe.bodyBytes)} of body`,
          ink,
        ],
      ];
      for (const name of ["server", "location", "content-type"]) {
        const found = probe.headers.find(([field]) => field.toLowerCase() === name);
        if (found !== undefined) rows.push(["", `${name}: ${found[1]}`]);
      }
      return rows;
    }
    case "websocket":
      return [
        ["answer", `WebSocket open, ping answered in ${formatMicros(probe.pingUs)}`, "good"],
        ...(probe.subprotocol === null ? [] : [["", `subprotocol: ${probe.subprotocol}`] as const]),
        ...(probe.extensions === null ? [] : [["", `extensions: ${probe.extensions}`] as const]),
      ];
    case "echo":
      return [
        probe.equal
          ? ["answer", `echoed ${formatBytes(probe.receivedBytes)}, equal to what was sent`, "good"]
          : [
              "answer",
              `sent ${formatBytes(probe.sentBytes)}, got ${formatBytes(probe.receivedBytes)} that differ`,
              "warn",
            ],
      ];
    case "banner":
      return [
        ["answer", probe.text === null ? "connected; the server waits for us to speak" : `“${probe.text}”`],
      ];
    case "redis":
      return [["answer", `Redis ${probe.version ?? ""} ${probe.reply}`.replaceAll(/ +/g, " "), "good"]];
    case "postgres":
      return [
        [
          "answer",
          `PostgreSQL ${probe.serverVersion ?? ""} asks for ${probe.authentication}; TLS ${probe.tls.replace("-", " ")}`.replaceAll(
            / +/g,
            " ",
          ),
          "good",
        ],
      ];
    case "mysql":
      return [
        [
          "answer",
          `${probe.serverVersion} asks for ${probe.authentication}; TLS ${probe.tls ? "offered" : "not offered"}`,
          "good",
        ],
      ];
    case "mail":
      return [
        ["answer", `“${probe.greeting}”`, "good"],
        ["", `STARTTLS ${probe.starttls.replace("-", " ")}; ${probe.capabilities.join(" ")}`],
      ];
  }
}
