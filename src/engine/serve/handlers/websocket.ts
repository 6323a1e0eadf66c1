/** The connection becomes a WebSocket (RFC 6455 section 4.2): `/ws` echoes its messages, `/broadcast` tells them to all there. */
import { chooseDeflate } from "../../../core/framing/websocket/deflate.ts";
import { readUpgradeRequest, upgradeResponse, VERSION } from "../../../core/framing/websocket/handshake.ts";
import type { BroadcastGroup } from "../echo/broadcast.ts";
import { WebSocketEcho } from "../echo/websocket.ts";
import { jsonAnswer } from "../http/answer.ts";
import type { Service } from "../service.ts";
import { type Asked, answered, type Handler, type Reply } from "./handler.ts";

/** With every 426 (RFC 9110 section 15.5.22), and named by Connection as Upgrade always is (section 7.8). */
const UPGRADE = [
  ["Connection", "Upgrade"],
  ["Upgrade", "websocket"],
] as const;
/** HTTP/2 has no Upgrade (RFC 9113 section 8.6). */
const OTHER = { kind: "other" } as const;

export const websocket: Handler = {
  id: "ws",
  pattern: "/ws",
  example: "/ws",
  description: "a WebSocket that echoes messages",
  methods: ["GET"],
  reply: (asked) => upgrade(asked),
};

export const broadcast: Handler = {
  id: "broadcast",
  pattern: "/broadcast",
  example: "/broadcast",
  description: "a WebSocket whose messages go to all that are here",
  methods: ["GET"],
  reply: (asked) => upgrade(asked, ({ room }) => room),
};

function upgrade({ head, deflate: mayDeflate }: Asked, roomOf?: (service: Service) => BroadcastGroup): Reply {
  const asked = head.kind === "request" ? readUpgradeRequest(head) : OTHER;
  if (asked.kind === "other") {
    const error = "this path speaks WebSocket only: ask by HTTP/1.1 with Upgrade: websocket";
    return answered(jsonAnswer(426, { error }, UPGRADE));
  }
  if (asked.kind === "refused") {
    const { status, detail, rfc } = asked;
    const fields = status === 426 ? ([...UPGRADE, ["Sec-WebSocket-Version", VERSION]] as const) : [];
    return answered(jsonAnswer(status, { error: detail, rfc }, fields));
  }
  if (head.body.kind !== "length" || head.body.length > 0) {
    const error = "a request that opens a WebSocket has no body";
    return answered(jsonAnswer(400, { error, rfc: "RFC 6455 §4.1" }));
  }
  if (head.headers.get("host") === undefined) {
    return answered(jsonAnswer(400, { error: "no Host", rfc: "RFC 6455 §4.2.1" }));
  }
  // Echo speaks no subprotocol, so none is chosen (section 4.2.2, step 5).
  const deflate = mayDeflate ? chooseDeflate(asked.extensions) : undefined;
  const response = Buffer.from(upgradeResponse(asked.key, undefined, deflate?.answer), "latin1");
  return {
    kind: "live",
    start(exchange) {
      exchange.upgrade(response, (wire) => new WebSocketEcho(wire, deflate, roomOf?.(wire.service)));
      return {};
    },
  };
}
