/** What bounds a datagram of a flood. */

/** Octets of the mark and the number in front of each payload. */
export const DATAGRAM_HEAD_BYTES = 8;
/** RFC 768 over IPv4: what a datagram holds at most. */
export const DATAGRAM_MOST_BYTES = 65_507;
