/**
 * Indefinite lengths made definite (X.690 §8.1.3.6): containers from Java, Windows and streaming tools use them.
 * One pass finds the ends, one writes; both linear, both bounded in depth.
 */
import { DerFault, MAX_DEPTH } from "./element.ts";
import { derLength } from "./write.ts";

interface Node {
  readonly identifier: Uint8Array;
  /** Of a constructed element; undefined = primitive, `body` holds it. */
  readonly children: readonly Node[] | undefined;
  readonly body: Uint8Array;
  /** Of the rewritten contents. */
  readonly length: number;
  /** Where the next element begins in the source. */
  readonly end: number;
}

/** The same element with definite lengths; the bytes themselves when there is nothing to do. */
export function toDefinite(source: Uint8Array): Uint8Array {
  if (source.length < 2 || source[1] !== 0x80 || (source[0]! & 0x20) === 0) return source;
  const root = readNode(source, 0, source.length, 0);
  const out = Buffer.allocUnsafe(sizeOf(root));
  writeNode(root, out, 0);
  return out;
}

function readNode(source: Uint8Array, at: number, limit: number, depth: number): Node {
  if (depth > MAX_DEPTH) throw new DerFault("nested too deeply", at);
  let position = at + 1;
  if ((source[at]! & 0x1f) === 0x1f) {
    while (position < limit && source[position]! >= 0x80) position++;
    position++;
  }
  const identifier = source.subarray(at, position);
  const first = source[position++];
  if (first === undefined || position > limit) throw new DerFault("the data end inside an element", at);
  const constructed = (source[at]! & 0x20) !== 0;
  if (first === 0x80) {
    if (!constructed) throw new DerFault("a primitive element of indefinite length", at);
    return readChildren(source, at, position, limit, depth, identifier, true);
  }
  let length = first;
  if (first > 0x80) {
    length = 0;
    for (let octets = first & 0x7f; octets > 0; octets--) {
      length = length * 256 + (source[position++] ?? Number.POSITIVE_INFINITY);
    }
  }
  if (length > limit - position) throw new DerFault("an element longer than the data, truncated", at);
  const end = position + length;
  if (constructed) return readChildren(source, at, position, end, depth, identifier, false);
  return { identifier, children: undefined, body: source.subarray(position, end), length, end };
}

function readChildren(
  source: Uint8Array,
  start: number,
  from: number,
  limit: number,
  depth: number,
  identifier: Uint8Array,
  indefinite: boolean,
): Node {
  const children: Node[] = [];
  let length = 0;
  let at = from;
  while (at < limit) {
    if (indefinite && source[at] === 0 && source[at + 1] === 0) {
      return { identifier, children, body: source.subarray(0, 0), length, end: at + 2 };
    }
    const child = readNode(source, at, limit, depth + 1);
    children.push(child);
    length += sizeOf(child);
    at = child.end;
  }
  if (indefinite) throw new DerFault("an element of indefinite length without its end", start);
  return { identifier, children, body: source.subarray(0, 0), length, end: limit };
}

function sizeOf(node: Node): number {
  return node.identifier.length + derLength(node.length).length + node.length;
}

function writeNode(node: Node, out: Buffer, at: number): number {
  out.set(node.identifier, at);
  const length = derLength(node.length);
  out.set(length, at + node.identifier.length);
  let position = at + node.identifier.length + length.length;
  if (node.children === undefined) {
    out.set(node.body, position);
    return position + node.length;
  }
  for (const child of node.children) position = writeNode(child, out, position);
  return position;
}
