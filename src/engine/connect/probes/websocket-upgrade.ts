/**
 * The way into a WebSocket (RFC 6455 section 4): the request, the answer held against it, and what a refusal means.
 * Frames that came with the answer are unread.
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { ResponseParser } from "../../../core/framing/http1/response-parser.ts";
import type { ResponseHead } from "../../../core/framing/http1/types.ts";
import { keyOf, readUpgradeAnswer, upgradeFields } from "../../../core/framing/websocket/handshake.ts";
import { requestFields, requestHead } from "./http-fields.ts";
import type { ProbePlan, ProbeWire } from "./probe.ts";
import {
  broken,
  cutShort,
  notTheProtocol,
  type Peer,
  refused,
  silent,
  tlsExpected,
  wordsOfTls,
} from "./unexpected.ts";

export interface Upgraded {
  readonly subprotocol: string | null;
  readonly extensions: string | null;
}

const MAX_INTERIM = 16;
/** Those of the handshake are ours to set (section 4.1). */
const OF_THE_HANDSHAKE = /^(connection|upgrade|content-length|sec-websocket-(?!protocol).*)$/i;

/** @throws NetkitError of stage `protocol`, or of stage `request` when the server refuses */
export async function upgrade(wire: ProbeWire, plan: ProbePlan, peer: Peer): Promise<Upgraded> {
  const key = keyOf(randomBytes(16));
  const fields = requestFields(plan).filter(([name]) => !OF_THE_HANDSHAKE.test(name));
  await wire.write(requestHead(plan, "GET", [...fields, ...upgradeFields(key)]), "upgrade request");
  wire.sent();
  const head = await readHead(wire, peer);
  const answer = readUpgradeAnswer(head, { key, subprotocols: asked(plan) });
  switch (answer.kind) {
    case "violation":
      throw broken(peer, answer.detail, answer.rfc);
    case "refused":
      await checkForTls(wire, peer, head);
      throw refused(
        peer,
        "UPGRADE_",
        `refused the upgrade to WebSocket with ${answer.status} ${answer.reason}`.trimEnd(),
        undefined,
        nextAfter(answer.status),
      );
    case "agreed":
      return { subprotocol: answer.subprotocol ?? null, extensions: answer.extensions ?? null };
  }
}

function asked({ request }: ProbePlan): readonly string[] {
  return request.headers
    .filter(([name]) => name.toLowerCase() === "sec-websocket-protocol")
    .flatMap(([, value]) => value.split(",").map((name) => name.trim()));
}

/** @throws NetkitError when a 400 says that the request should have been in TLS: its body tells */
async function checkForTls(wire: ProbeWire, peer: Peer, { status, body }: ResponseHead): Promise<void> {
  const isEmpty = body.kind === "length" && body.length === 0;
  if (wire.secured || status !== 400 || isEmpty) return;
  const text = Buffer.from((await wire.read("body")) ?? []).toString("latin1");
  const words = wordsOfTls(text);
  if (words !== undefined) throw tlsExpected(peer, words);
}

function nextAfter(status: number): string {
  if (status === 401 || status === 403) {
    return "give what the server asks for: -H 'Authorization: …', -H 'Origin: …', or a cookie";
  }
  if (status >= 300 && status < 400) return "use the URL of its Location header";
  return "check the path: WebSockets are often at a path of their own, such as /ws";
}

async function readHead(wire: ProbeWire, peer: Peer): Promise<ResponseHead> {
  const parser = new ResponseParser();
  let first = Buffer.alloc(0);
  for (let interim = 0; ; ) {
    const bytes = await wire.read("upgrade answer");
    if (bytes === undefined) {
      throw first.length === 0 ? silent(peer) : cutShort(peer, `it had sent ${first.length} bytes of a head`);
    }
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (first.length < 256) first = Buffer.concat([first, chunk.subarray(0, 256)]);
    parser.feed(chunk, 0, chunk.length);
    for (let event = parser.next(); event.kind !== "need-more"; event = parser.next()) {
      if (event.kind === "violation") {
        const foreign = event.reason === "tls" || event.reason === "bad-status-line";
        throw foreign ? notTheProtocol(peer, first) : broken(peer, event.detail, event.rfc);
      }
      if (event.kind !== "head") continue;
      if (event.head.status >= 200 || event.head.status === 101) {
        if (parser.restStart < parser.restEnd) wire.unread(chunk.subarray(parser.restStart, parser.restEnd));
        return event.head;
      }
      if (++interim > MAX_INTERIM) throw broken(peer, "more than 16 interim answers");
    }
  }
}
