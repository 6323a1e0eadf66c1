/** Which driver a slot gets: a socket with a conversation, or datagrams. What the connections of a thread share is made here. */
import { Buffer } from "node:buffer";
import { Connector } from "./connector.ts";
import type { DriverFactory } from "./dialer.ts";
import { createProtocol } from "./drivers/catalog.ts";
import { DatagramDriver, type DatagramTally } from "./drivers/datagram.ts";
import type { FanOutTally } from "./drivers/fan-out-board.ts";
import { SocketDriver } from "./drivers/socket-driver.ts";
import type { FloodPlan } from "./plan.ts";
import type { Recorder } from "./recorder.ts";

/**
 * @param measureFromUs of the run: what comes before it is counted nowhere
 * @throws NetkitError of stage `tls` for a certificate, key or list of ciphers that cannot be used
 */
export function driverFactory(
  plan: FloodPlan,
  addresses: readonly string[],
  recorder: Recorder,
  measureFromUs: () => number,
): DriverFactory {
  const host = plan.way.unixSocket ?? plan.targets[0].authority;
  if (plan.protocol.kind !== "datagram") {
    const connector = new Connector(plan, addresses);
    const protocol = createProtocol(plan, fanOutTally(recorder, measureFromUs));
    return (slot, events) => new SocketDriver(slot, events, connector, host, protocol);
  }
  const options = {
    address: addresses[0]!,
    port: plan.way.port,
    localAddresses: plan.way.localAddresses,
    payload: Buffer.from(plan.request.body ?? []),
    depth: plan.depth,
    echo: plan.protocol.echo,
    host,
  };
  const tally = tallyOf(recorder, measureFromUs);
  return (slot, events) => new DatagramDriver(slot, events, options, tally);
}

/** A message counts, and every receipt of it, when it was sent in the measured time. */
function fanOutTally(recorder: Recorder, measureFromUs: () => number): FanOutTally {
  return {
    sent(sentUs, listeners) {
      if (sentUs >= measureFromUs()) recorder.counters.deliveriesExpected += listeners;
    },
    heard(sentUs, us, isReordered, isLate) {
      if (sentUs < measureFromUs()) return;
      const { counters } = recorder;
      counters.deliveries++;
      if (isReordered) counters.deliveriesReordered++;
      if (isLate) counters.deliveriesLate++;
      recorder.record("delivery", us);
    },
    duplicate(now) {
      if (now >= measureFromUs()) recorder.counters.deliveriesDuplicated++;
    },
    stray(now) {
      if (now >= measureFromUs()) recorder.counters.deliveriesStray++;
    },
  };
}

function tallyOf(recorder: Recorder, measureFromUs: () => number): DatagramTally {
  return {
    arrived(now, jitterUs, isReordered, isLate) {
      if (now < measureFromUs()) return;
      const { counters } = recorder;
      counters.datagramsArrived++;
      counters.datagramsJitterUs += jitterUs;
      if (isReordered) counters.datagramsReordered++;
      if (isLate) counters.datagramsLate++;
    },
    duplicate(now) {
      if (now >= measureFromUs()) recorder.counters.datagramsDuplicated++;
    },
    stray(now) {
      if (now >= measureFromUs()) recorder.counters.datagramsStray++;
    },
  };
}
