/**
 * The block of extensions that ends hellos and several other messages (RFC 8446 §4.2).
 */
import type { Buffer } from "node:buffer";
import type { ByteReader } from "./byte-reader.ts";
import { extensionName } from "./extension-types.ts";

/** Type to body, in the order sent. The same type twice is a fault of the reader's message (RFC 8446 §4.2). */
export function readExtensions(reader: ByteReader): Map<number, Buffer> {
  const extensions = new Map<number, Buffer>();
  const length = reader.u16();
  const end = reader.offset + length;
  if (reader.left < length) {
    reader.take(length);
    return extensions;
  }
  while (!reader.failed && reader.offset < end) {
    const type = reader.u16();
    const body = reader.vector16();
    if (reader.failed) break;
    if (reader.offset > end) reader.fail(`${extensionName(type)} goes past the end of its block`);
    if (extensions.has(type)) reader.fail(`${extensionName(type)} is there twice`);
    extensions.set(type, body);
  }
  return extensions;
}
