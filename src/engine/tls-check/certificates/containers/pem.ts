/**
 * PEM (RFC 7468, and RFC 1421 headers of old keys): blocks between other text, in any line ending, each with
 * the line it begins on. One pass; a block that does not end, or whose base64 is broken, is told with its line.
 */
import { harmless } from "../der/text.ts";

export interface PemBlock {
  readonly kind: "block";
  readonly label: string;
  /** Of its BEGIN, from 1. */
  readonly line: number;
  readonly der: Uint8Array;
  /** `Proc-Type`, `DEK-Info`, … as written. */
  readonly headers: ReadonlyMap<string, string>;
  /** What END says when it does not say the same. */
  readonly endLabel: string | undefined;
}

export interface BrokenPemBlock {
  readonly kind: "broken";
  readonly label: string;
  readonly line: number;
  readonly why: string;
}

const BEGIN = /^-{5}BEGIN ([^\r\n-](?:[^\r\n-]|-(?!-))*)-{5}\s*$/;
const END = /^-{5}END ([^\r\n]*?)-{5}\s*$/;
const HEADER = /^([A-Za-z][A-Za-z0-9-]*):\s*(.*)$/;
const NOT_BASE64 = /[^A-Za-z0-9+/=]/;

export function looksLikePem(text: string): boolean {
  return text.includes("-----BEGIN ");
}

export function readPem(text: string): (PemBlock | BrokenPemBlock)[] {
  const lines = text.split(/\r\n|\n|\r/);
  const blocks: (PemBlock | BrokenPemBlock)[] = [];
  for (let at = 0; at < lines.length; at++) {
    const begin = BEGIN.exec(trimmed(lines[at]!))?.[1];
    if (begin === undefined) continue;
    const label = harmless(begin);
    const end = findEnd(lines, at + 1);
    if (end.kind === "none") {
      blocks.push({ kind: "broken", label, line: at + 1, why: end.why });
      at = end.line - 1;
      continue;
    }
    blocks.push(readBlock(label, at, lines.slice(at + 1, end.line), end.label));
    at = end.line;
  }
  return blocks;
}

/** Lines end anywhere between two spaces and a byte order mark in files that people have edited. */
function trimmed(line: string): string {
  return line.replace(/^[\ufeff\s]+/, "").trimEnd();
}

type BlockEnd =
  | { readonly kind: "end"; readonly line: number; readonly label: string }
  /** `line` is where reading goes on. */
  | { readonly kind: "none"; readonly line: number; readonly why: string };

function findEnd(lines: readonly string[], from: number): BlockEnd {
  for (let at = from; at < lines.length; at++) {
    const line = trimmed(lines[at]!);
    if (!line.startsWith("-----")) continue;
    const label = END.exec(line)?.[1];
    if (label !== undefined) return { kind: "end", line: at, label: harmless(label) };
    if (BEGIN.test(line))
      return { kind: "none", line: at, why: "the next block begins before this one ends" };
  }
  return { kind: "none", line: lines.length, why: "there is no END line: the file was cut off" };
}

function readBlock(
  label: string,
  begin: number,
  body: readonly string[],
  end: string,
): PemBlock | BrokenPemBlock {
  const line = begin + 1;
  const headers = new Map<string, string>();
  const parts: string[] = [];
  let name: string | undefined;
  for (const [index, raw] of body.entries()) {
    const text = raw.trim();
    const header = parts.length === 0 ? HEADER.exec(text) : null;
    if (header !== null) {
      name = header[1]!;
      headers.set(name, header[2]!);
    } else if (parts.length === 0 && name !== undefined && /^\s/.test(raw) && text !== "") {
      headers.set(name, headers.get(name)! + text);
    } else if (NOT_BASE64.test(text.replace(/\s+/g, ""))) {
      return { kind: "broken", label, line, why: `line ${line + 1 + index} is not base64` };
    } else if (text !== "") {
      parts.push(text);
    }
  }
  const joined = parts.join("").replace(/\s+/g, "");
  if (joined === "") return { kind: "broken", label, line, why: "the block is empty" };
  const padding = joined.indexOf("=");
  if (
    (padding >= 0 && !/^={1,2}$/.test(joined.slice(padding))) ||
    joined.replace(/=+$/, "").length % 4 === 1
  ) {
    return { kind: "broken", label, line, why: "its base64 is cut off or has padding in the middle" };
  }
  const endLabel = end.trim() === label ? undefined : end.trim();
  return { kind: "block", label, line, der: Buffer.from(joined, "base64"), headers, endLabel };
}

/** The bytes of a file that is base64 from end to end, without BEGIN and END; undefined when it is not. */
export function bareBase64(text: string): Uint8Array | undefined {
  const joined = text.replace(/[\ufeff\s]+/g, "");
  if (joined.length < 64 || !/^[A-Za-z0-9+/]+={0,2}$/.test(joined)) return undefined;
  const bytes = Buffer.from(joined, "base64");
  // Every structure read here is a SEQUENCE.
  return bytes[0] === 0x30 ? bytes : undefined;
}
