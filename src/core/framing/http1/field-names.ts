/**
 * Field names, decoded once. Peers send the same few names over and over, so that looking the bytes up in a
 * small table is several times faster than making a string each time; and the names that decide framing are
 * known by a number from then on. Bounded: a slot holds one name, the last that fell into it.
 */
import type { Buffer } from "node:buffer";

/** Fields that the parsers themselves act on, as bits of a set. 0 is every other field. */
export const ROLE = {
  other: 0,
  contentLength: 1,
  transferEncoding: 2,
  host: 4,
  connection: 8,
  upgrade: 16,
  expect: 32,
} as const;

const ROLES: ReadonlyMap<string, number> = new Map([
  ["content-length", ROLE.contentLength],
  ["transfer-encoding", ROLE.transferEncoding],
  ["host", ROLE.host],
  ["connection", ROLE.connection],
  ["upgrade", ROLE.upgrade],
  ["expect", ROLE.expect],
]);

export interface FieldName {
  /** Lower case. */
  readonly text: string;
  readonly role: number;
}

interface Slot extends FieldName {
  /** The bytes that `text` was made of, upper and lower case as received. */
  readonly bytes: Uint8Array;
}

// More than all names in use on a machine at a time; 64 KiB at the very most.
const SLOTS = 1024;
const MAX_SLOT_BYTES = 64;

const slots: (Slot | undefined)[] = new Array(SLOTS).fill(undefined);

/** The name that stands at `start` to `end` of `bytes`, which must be a token. */
export function fieldName(bytes: Buffer, start: number, end: number): FieldName {
  const length = end - start;
  const index =
    ((length * 37) ^
      (bytes[start]! * 5) ^
      (bytes[end - 1]! * 11) ^
      (bytes[start + (length >> 1)]! * 3) ^
      (bytes[start + (length >> 2)]! * 131)) &
    (SLOTS - 1);
  const slot = slots[index];
  if (slot !== undefined && isSame(slot.bytes, bytes, start, length)) return slot;
  const text = bytes.toString("latin1", start, end).toLowerCase();
  const role = ROLES.get(text) ?? ROLE.other;
  if (length > MAX_SLOT_BYTES) return { text, role };
  // Owned, since the name outlives the chunk.
  const made: Slot = { text, role, bytes: Uint8Array.from(bytes.subarray(start, end)) };
  slots[index] = made;
  return made;
}

function isSame(known: Uint8Array, bytes: Buffer, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
