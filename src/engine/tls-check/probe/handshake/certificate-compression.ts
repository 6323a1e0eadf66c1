/**
 * Compressed certificates (RFC 8879), taken apart within the size that is announced, which itself is bounded.
 */
import { brotliDecompressSync, inflateSync } from "node:zlib";
import { DEFAULT_MAX_MESSAGE_BYTES } from "../../../../core/framing/tls/handshake.ts";
import type { CompressedCertificate } from "../../../../core/framing/tls/server-messages.ts";
import { type TlsViolation, violation } from "../../../../core/framing/tls/violation.ts";

const ZLIB = 1;
const BROTLI = 2;

/** What may be offered; zstd (3) is not in every node that this program runs on. */
export const COMPRESSIONS: readonly number[] = [ZLIB, BROTLI];

const SECTION = "RFC 8879 §4";

/** The body of the Certificate message. */
export function decompressCertificate(message: CompressedCertificate): Buffer | TlsViolation {
  const { algorithm, uncompressedBytes, compressed } = message;
  if (uncompressedBytes > DEFAULT_MAX_MESSAGE_BYTES) {
    return violation(`a certificate message of ${uncompressedBytes} bytes, compressed`, SECTION);
  }
  if (!COMPRESSIONS.includes(algorithm)) {
    return violation(`compression ${algorithm}, which was not offered`, SECTION);
  }
  // One byte more than announced is enough to see that it is not as announced.
  const options = { maxOutputLength: uncompressedBytes + 1 };
  let body: Buffer;
  try {
    body = algorithm === ZLIB ? inflateSync(compressed, options) : brotliDecompressSync(compressed, options);
  } catch {
    return violation("a compressed certificate that does not decompress", SECTION);
  }
  if (body.length === uncompressedBytes) return body;
  return violation("a compressed certificate of another size than announced", SECTION);
}
