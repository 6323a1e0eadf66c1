/** The moment a connection stops speaking HTTP (RFC 9110 section 7.8): its wire gets another owner. */
import type { Wire, WireOwner } from "../socket/wire.ts";

/** @param rest bytes that came behind the request: the first of the new protocol */
export function handOver(
  wire: Wire,
  successor: (wire: Wire) => WireOwner,
  rest: Buffer,
  peerEnded: boolean,
): void {
  const owner = successor(wire);
  wire.owner = owner;
  if (wire.service.draining) owner.drain();
  if (rest.length > 0) owner.received(rest, 0, rest.length);
  if (peerEnded && wire.state === "open") owner.peerEnded();
  if (wire.flow === "flowing") wire.resume();
}
