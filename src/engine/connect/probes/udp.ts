/**
 * One datagram out, one back. Silence is the wire's time-out: a datagram that nobody answers tells nothing more.
 */
import { Buffer } from "node:buffer";
import type { Probe } from "./probe.ts";
import { peerOf, silent } from "./unexpected.ts";

const HELLO = Buffer.from("netkit connect");

export const udp: Probe = {
  id: "udp",
  protocol: "udp",
  greets: false,
  reusable: true,
  async run(wire, plan) {
    const payload = plan.request.body ?? HELLO;
    await wire.write(payload, `datagram of ${payload.length} bytes`);
    wire.sent();
    const answer = await wire.read("datagram");
    if (answer === undefined) throw silent(peerOf(wire, plan, "UDP"));
    return {
      kind: "echo",
      sentBytes: payload.length,
      receivedBytes: answer.length,
      equal: Buffer.from(payload).equals(answer),
    };
  },
};
