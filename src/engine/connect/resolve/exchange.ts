/**
 * One question to one server, by whatever way, and what comes back: the contract of the transports.
 */
import { belongsTo } from "../../../core/framing/dns/answer.ts";
import { TYPE } from "../../../core/framing/dns/codes.ts";
import { type DnsMessage, readMessage } from "../../../core/framing/dns/message.ts";
import type { Failure, RecordType, Transport } from "./asker.ts";
import { malformed } from "./failures.ts";

export interface Asked {
  readonly name: string;
  readonly type: RecordType;
  /** Without it for servers that do not know EDNS (RFC 6891 section 6.2.2). */
  readonly edns: boolean;
}

export type Exchanged =
  | { readonly kind: "message"; readonly message: DnsMessage; readonly transport: Transport }
  | { readonly kind: "failed"; readonly failure: Failure; readonly transport: Transport };

export interface DnsTransport {
  /** `192.0.2.1:53`, or the URL. */
  readonly label: string;
  /** Never rejects. When the signal aborts, it fails with `NK_DNS_TIMEOUT` at once. */
  exchange(asked: Asked, signal: AbortSignal): Promise<Exchanged>;
  close(): void;
}

export function typeNumber(type: RecordType): number {
  return TYPE[type];
}

/** Reads what came over a connection, where nothing but the answer may come. */
export function readOnly(bytes: Buffer, id: number, asked: Asked, label: string): DnsMessage | Failure {
  const message = readMessage(bytes);
  if (message.kind === "violation") {
    return malformed(label, `a broken answer: ${message.what} (${message.section})`);
  }
  if (belongsTo(message, id, asked.name, typeNumber(asked.type))) return message;
  return malformed(label, "an answer to another question");
}

export function isMessage(read: DnsMessage | Failure): read is DnsMessage {
  return "kind" in read;
}
