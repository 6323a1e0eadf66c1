/**
 * One DNS server as a transport: over UDP, and over TCP when the answer was cut (RFC 7766 section 5).
 */
import type { Asked, DnsTransport, Exchanged } from "./exchange.ts";
import { exchangeByTcp } from "./tcp.ts";
import { exchangeByUdp, type UdpOptions } from "./udp.ts";

export function dnsServer(address: string, port: number, timeoutMs: number): DnsTransport {
  const label = serverLabel(address, port);
  const options: UdpOptions = { address, port, label, timeoutMs };
  return {
    label,
    async exchange(asked: Asked, signal: AbortSignal): Promise<Exchanged> {
      const result = await exchangeByUdp(options, asked, signal);
      if (result.kind === "message" && result.message.truncated) return exchangeByTcp(options, asked, signal);
      return { ...result, transport: "udp" };
    },
    // Nothing outlives an exchange.
    close: () => undefined,
  };
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function serverLabel(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
