/**
 * Reads whatever a certificate file may hold, by its contents and not by its name: PEM with text around it, DER,
 * base64, PKCS#7, PKCS#12, Java key stores. Everything found is an item with its place in the file; what cannot
 * be read is an item too and says why.
 */

import { foreignFormat } from "./containers/foreign.ts";
import { javaStoreKind, readJavaStore } from "./containers/jks.ts";
import { bareBase64, looksLikePem, readPem } from "./containers/pem.ts";
import type { FileFacts, Item } from "./model.ts";
import {
  type Found,
  MAX_ITEMS,
  readBlock,
  readDerFile,
  readStoredCertificate,
  tooMany,
} from "./read-item.ts";
import { RoundBudget } from "./secrets/derive.ts";
import type { Secret } from "./secrets/private-key.ts";
import { unreadable } from "./unreadable.ts";

/** Beyond this no certificate file goes; the biggest revocation lists have some 60 MB. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;

export interface ReadOptions {
  readonly path: string;
  /** For locked keys, PKCS#12 and Java stores. */
  readonly password?: string | undefined;
}

export function readItems(bytes: Uint8Array, options: ReadOptions): FileFacts {
  const secret: Secret = { password: options.password, budget: new RoundBudget() };
  const { format, items } = read(bytes, secret);
  return {
    kind: "file",
    path: options.path,
    format,
    items: items.map(({ content, where }): Item => ({ ...content, where })),
  };
}

interface Contents {
  readonly format: string;
  readonly items: readonly Found[];
}

function read(bytes: Uint8Array, secret: Secret): Contents {
  if (bytes.length === 0) return { format: "empty", items: [] };
  if (bytes.length > MAX_FILE_BYTES)
    return nothingKnown("too large", "the file is larger than any certificate file");
  const store = javaStoreKind(bytes);
  if (store !== undefined) {
    const items = readJavaStore(bytes, secret).map(({ where, content }) => ({
      where,
      content: readStoredCertificate(content),
    }));
    return { format: store, items };
  }
  if (bytes[0] === 0x30) {
    const der = readDerFile(bytes, secret);
    if (der !== undefined) return der;
  }
  const text = decodeText(bytes);
  if (looksLikePem(text)) return readPemFile(text, secret);
  const base64 = bareBase64(text);
  const bare = base64 === undefined ? undefined : readDerFile(base64, secret);
  if (bare !== undefined) return { ...bare, format: `base64 of ${bare.format}` };
  if (text.trim() === "") return { format: "empty", items: [] };
  const foreign = foreignFormat(bytes, text);
  return nothingKnown(foreign.format, foreign.why, foreign.next);
}

function readPemFile(text: string, secret: Secret): Contents {
  const blocks = readPem(text);
  if (blocks.length === 0) {
    const why = "a BEGIN stands in it, but not on a line of its own";
    return nothingKnown("PEM", why, "line ends may have been lost or written as \\n: copy the file again");
  }
  const items = blocks.slice(0, MAX_ITEMS).flatMap((block, index) => readBlock(block, index, secret));
  const rest = blocks.length > MAX_ITEMS ? [tooMany(`PEM block ${MAX_ITEMS + 1}`)] : [];
  return { format: "PEM", items: [...items, ...rest] };
}

function nothingKnown(format: string, why: string, next?: string): Contents {
  return { format, items: [{ where: "the file", content: unreadable("a certificate or key", why, next) }] };
}

/** Windows tools write PEM as UTF-16; everything else of PEM is ASCII. */
function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return Buffer.from(bytes).toString("utf16le");
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString("utf16le");
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/, "");
}
