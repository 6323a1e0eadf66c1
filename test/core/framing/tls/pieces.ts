// Ways to cut bytes into chunks, for readers that must not care.
import { Buffer } from "node:buffer";
import fc from "fast-check";

export interface Reader<T> {
  feed(chunk: Buffer): void;
  next(): T | { readonly kind: "need-more" } | { readonly kind: "violation"; readonly what: string };
}

/** All events of the bytes fed in these pieces, each a buffer of its own; a violation ends them. */
export function eventsOf<T extends { readonly kind: string }>(
  reader: Reader<T>,
  pieces: readonly Buffer[],
): (T | { readonly kind: "violation"; readonly what: string })[] {
  const events: (T | { readonly kind: "violation"; readonly what: string })[] = [];
  for (const piece of pieces) {
    reader.feed(Buffer.from(piece));
    for (;;) {
      const event = reader.next();
      if (event.kind === "need-more") break;
      events.push(event as T);
      if (event.kind === "violation") return events;
    }
  }
  return events;
}

export function cutAt(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const edges = [0, ...[...offsets].sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index]!, end));
}

/** In two at every offset, then byte by byte, then whole. */
export function waysToCut(bytes: Buffer): Buffer[][] {
  const inTwo = Array.from({ length: bytes.length + 1 }, (_, offset) => cutAt(bytes, [offset]));
  const single = cutAt(
    bytes,
    Array.from({ length: Math.max(0, bytes.length - 1) }, (_, index) => index + 1),
  );
  return [...inTwo, single, [bytes]];
}

export function cuts(length: number): fc.Arbitrary<number[]> {
  return fc.array(fc.nat(length), { maxLength: 12 });
}

export function bytesOf(maxLength: number, minLength = 0): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
}
