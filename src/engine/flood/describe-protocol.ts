/** What a flood spoke, in words, as far as it decides what is measured: two runs that differ in it are not alike. */
import { Buffer } from "node:buffer";
import { assertNever } from "../../core/exhaustive.ts";
import type { AnswerEndPlan, HttpVersion, ProtocolPlan } from "./plan.ts";
import type { Counters } from "./recorder.ts";

type Connections = Pick<Counters, "connectionsOpened" | "http2Connections">;

export function describeProtocol(protocol: ProtocolPlan, connections: Connections): string {
  switch (protocol.kind) {
    case "http":
      return describeHttp(protocol.version, connections);
    case "websocket":
      return `WebSocket, ${protocol.text ? "text" : "binary"}${protocol.deflate ? ", deflate" : ""}${protocol.fanOut === undefined ? "" : ", fan-out"}${protocol.echo ? ", echo" : ""}`;
    case "framed": {
      const { length, id, echo } = protocol;
      const parts = [
        length.width === "varint" ? "varint length" : `length of ${length.width ?? 4} bytes`,
        ...(length.littleEndian === true ? ["little-endian"] : []),
        ...(length.includesHeader === true ? ["counting itself"] : []),
        ...(id === undefined ? [] : [`id at ${id.offset}:${id.width}`]),
        ...(echo ? ["echo"] : []),
      ];
      return `frames, ${parts.join(", ")}`;
    }
    case "handshake":
      return "connections alone";
    case "stream":
      return `bytes, ${protocol.send ? (protocol.receive ? "both ways" : "sent") : "received"} as fast as they go`;
    case "datagram":
      return `datagrams${protocol.echo ? ", echo" : ""}`;
    case "raw":
      return `bytes, ${describeAnswer(protocol.answer)}${protocol.echo ? ", echo" : ""}`;
    default:
      return assertNever(protocol);
  }
}

function describeHttp(version: HttpVersion, { connectionsOpened, http2Connections }: Connections): string {
  if (version !== "agreed") return version === "2" ? "HTTP/2" : "HTTP/1.1";
  if (connectionsOpened === 0) return "HTTP/2 or HTTP/1.1";
  if (http2Connections === 0) return "HTTP/1.1";
  return http2Connections === connectionsOpened ? "HTTP/2" : "HTTP/2 and HTTP/1.1";
}

function describeAnswer(answer: AnswerEndPlan): string {
  switch (answer.kind) {
    case "bytes":
      return `answers of ${answer.count}`;
    case "until":
      return `answers up to ${JSON.stringify(Buffer.from(answer.terminator).toString("latin1"))}`;
    case "match":
      return `answers that match ${answer.pattern.source}`;
    default:
      return assertNever(answer);
  }
}
