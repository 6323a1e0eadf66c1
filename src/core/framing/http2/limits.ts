/**
 * What a session grants its peer. Sessions know no time: the two budgets are given back by useful work and by
 * `Session.renew`, which the owner of a long-lived connection calls once a second or so.
 */

export interface SessionLimits {
  /** Streams that the peer may have open. 128, as nginx and others grant. */
  readonly maxStreams: number;
  /** Octets of one frame's payload: 16 KiB, the least that RFC 9113 section 4.2 allows. */
  readonly maxFrameBytes: number;
  /** Octets in flight towards us, each stream. */
  readonly streamWindow: number;
  /** And on the whole connection. */
  readonly connectionWindow: number;
  /** Octets of one header block, HEADERS and its CONTINUATIONs together; far above any real head. */
  readonly maxBlockBytes: number;
  /** CONTINUATION frames of one block (the flood of 2024 sends them without end). */
  readonly maxContinuations: number;
  /** What a block may decode to, 32 octets more a field (HPACK bombs). */
  readonly maxListBytes: number;
  /** The dynamic table we keep for the peer; 0 makes its blocks stateless. At least 4096 on a server, since
   * requests may come before our SETTINGS are read. */
  readonly headerTableBytes: number;
  /** Frames that carry nothing (PING, SETTINGS, WINDOW_UPDATE, PRIORITY, empty DATA, unknown), between useful work. */
  readonly maxIdleFrames: number;
  /** Streams that end by a reset, ours for a fault or the peer's, in excess of those that end well (CVE-2023-44487,
   * CVE-2025-8671). */
  readonly maxResets: number;
  /** The owner says by `consume` when it is done with content; otherwise delivery counts. */
  readonly manualFlow: boolean;
}

const COMMON: SessionLimits = {
  maxStreams: 128,
  maxFrameBytes: 16_384,
  streamWindow: 1 << 20,
  connectionWindow: 16 << 20,
  maxBlockBytes: 64 * 1024,
  maxContinuations: 16,
  maxListBytes: 64 * 1024,
  headerTableBytes: 4096,
  maxIdleFrames: 1000,
  maxResets: 200,
  manualFlow: false,
};

export const SERVER_LIMITS: SessionLimits = COMMON;
export const CLIENT_LIMITS: SessionLimits = { ...COMMON, headerTableBytes: 0 };
