/**
 * What every upgrade dialogue is, and the ways in which a server can say no.
 */
import { type Link, LinkLost } from "../link.ts";

/** @param injected for the line protocols: text that goes out in one piece with the client's last line */
export type UpgradeDialogue = (link: Link, host: string, injected: string) => Promise<void>;

/** The server will not start TLS on this port, whatever the hello: no probe can be run. */
export class UpgradeRefused extends Error {
  override readonly name = "UpgradeRefused";
  readonly code:
    | "NK_STARTTLS_NOT_OFFERED"
    | "NK_STARTTLS_PROTOCOL"
    | "NK_STARTTLS_NAME"
    | "NK_STARTTLS_DENIED";
  readonly next: string;

  constructor(code: UpgradeRefused["code"], message: string, next: string) {
    super(message);
    this.code = code;
    this.next = next;
  }
}

/** @param said the server's own words, if it used any */
export function notOffered(said?: string): UpgradeRefused {
  const words = said === undefined ? "" : ` (it said ${quoted(said)})`;
  return new UpgradeRefused(
    "NK_STARTTLS_NOT_OFFERED",
    `the server does not offer STARTTLS${words}`,
    "turn TLS on in its configuration, or check a port on which TLS begins at once (tls://host:port)",
  );
}

/** It speaks something else than the scheme says. */
export function wrongProtocol(protocol: string, said: string): UpgradeRefused {
  return new UpgradeRefused(
    "NK_STARTTLS_PROTOCOL",
    `the server does not speak ${protocol}: it sent ${quoted(said)}`,
    "check the port and the scheme; where TLS begins at once, use tls://host:port",
  );
}

/** It may well offer STARTTLS, but not for the name it was asked about. */
export function unknownName(host: string): UpgradeRefused {
  return new UpgradeRefused(
    "NK_STARTTLS_NAME",
    `the server does not serve the name ${quoted(host)}`,
    "ask for a name that it serves (--sni NAME)",
  );
}

/** It turns this client away for good; trying again brings the same. */
export function denied(said: string): UpgradeRefused {
  return new UpgradeRefused(
    "NK_STARTTLS_DENIED",
    `the server admits nobody from here: ${quoted(said)}`,
    "check from a host that it admits, or let it admit this one",
  );
}

/** Too busy, or shutting down: another attempt may do better. */
export function notNow(said: string): LinkLost {
  return new LinkLost("busy", `the server turned the connection away: ${quoted(said)}`);
}

function quoted(text: string): string {
  const shown = text.trim().replace(/[^\x20-\x7e]/g, "?");
  return `"${shown.length > 80 ? `${shown.slice(0, 77)}...` : shown}"`;
}
