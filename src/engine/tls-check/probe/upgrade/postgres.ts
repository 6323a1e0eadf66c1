/**
 * PostgreSQL: SSLRequest of eight bytes, answered with one byte, S or N (protocol documentation, "SSL
 * Session Encryption").
 */
import type { Link } from "../link.ts";
import { notNow, notOffered, wrongProtocol } from "./refusal.ts";

/** Length 8, then the code 80877103, which no protocol version uses. */
const SSL_REQUEST = Buffer.from("0000000804d2162f", "hex");

export async function postgres(link: Link): Promise<void> {
  link.trace?.("sent", "SSLRequest", SSL_REQUEST);
  link.send(SSL_REQUEST);
  const bytes = await link.read();
  const answer = String.fromCharCode(bytes[0]!);
  link.trace?.("received", answer, bytes);
  if (answer === "N") throw notOffered();
  // An ErrorResponse: too many connections, or still starting up.
  if (answer === "E") throw notNow(bytes.toString("latin1", 5).replaceAll("\0", " "));
  if (answer !== "S") throw wrongProtocol("PostgreSQL", bytes.toString("latin1"));
  link.unread(bytes.subarray(1));
}
