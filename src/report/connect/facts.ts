/** What stands at the other end, as rows of any report: connection, TLS with its chain, and what the probe of the scheme learned. */
import { formatBytes, formatMicros } from "../../core/units.ts";
import type { PathResult, ProbeFacts, TlsResult } from "../../engine/connect/result.ts";

/** An empty label goes on with the row above. Text of a peer is as it came. */
export type FactRow = readonly [label: string, text: string, ink?: "good" | "warn" | "bad"];

export function factRows(path: PathResult): readonly FactRow[] {
  return [...wayRows(path), ...tlsRows(path.tls), ...probeRows(path.probe)];
}

function wayRows({ remote, local, proxy }: PathResult): FactRow[] {
  const rows: FactRow[] = [];
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

function tlsRows(tls: TlsResult | null): FactRow[] {
  if (tls === null) return [];
  const words = [tls.version, tls.cipher];
  if (tls.group !== null) words.push(tls.group);
  if (tls.alpn !== null) words.push(`ALPN ${tls.alpn}`);
  words.push(tls.resumed ? "resumed" : "full handshake");
  const rows: FactRow[] = [["TLS", words.join(", ")]];
  const [leaf, ...rest] = tls.chain;
  if (leaf !== undefined) {
    const days = leaf.daysLeft;
    const left =
      days < 0
        ? `expired ${-days} ${-days === 1 ? "day" : "days"} ago`
        : `${days} ${days === 1 ? "day" : "days"} left`;
    const ink = days < 0 ? "bad" : days < 14 ? "warn" : undefined;
    const row: FactRow = ["certificate", `${leaf.subject}, ${leaf.key}, by ${leaf.issuer}, ${left}`];
    rows.push(ink === undefined ? row : [row[0], row[1], ink]);
    if (rest.length > 0) rows.push(["chain", rest.map(({ subject }) => subject).join(" → ")]);
  }
  if (!tls.authorized) {
    rows.push(["", `not trusted: ${tls.authorizationError ?? "no reason given"}`, "warn"]);
  }
  return rows;
}

function probeRows(probe: ProbeFacts | null): FactRow[] {
  if (probe === null) return [];
  switch (probe.kind) {
    case "http": {
      const ink = probe.status >= 500 ? "bad" : probe.status >= 400 ? "warn" : "good";
      const reason = probe.reason === "" ? "" : ` ${probe.reason}`;
      const rows: FactRow[] = [
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
