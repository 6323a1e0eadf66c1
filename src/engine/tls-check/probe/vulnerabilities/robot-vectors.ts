/**
 * Premaster secrets in PKCS#1 v1.5 padding, right, and wrong in four ways (RFC 8017 §7.2.1; Böck, Somorovsky
 * and Young, "Return Of Bleichenbacher's Oracle Threat", section 4).
 *
 *     right             00 02 | padding without zeros | 00 | version, 46 bytes
 *     wrong start       41 17 | …
 *     misplaced zero    00 02 | padding | 00 two bytes before the end: the message has a wrong length
 *     no zero           00 02 | no zero anywhere
 *     wrong version     00 02 | padding | 00 | another version, 46 bytes
 */
export const ROBOT_VECTORS = ["right", "wrong-start", "misplaced-zero", "no-zero", "wrong-version"] as const;
export type RobotVector = (typeof ROBOT_VECTORS)[number];

const PREMASTER_BYTES = 48;
/** Any that is not the version offered. */
const OTHER_VERSION = 0x0202;
const ZERO_FROM_END = 2;

/**
 * One block, to be encrypted without further padding.
 * @param modulusBits of the server's key, 512 at least
 * @param version that the hello offered
 * @param random gives bytes of which none is zero
 */
export function robotBlock(
  vector: RobotVector,
  modulusBits: number,
  version: number,
  random: (bytes: number) => Buffer,
): Buffer {
  const bytes = Math.ceil(modulusBits / 8);
  const block = Buffer.concat([Buffer.from([0, 2]), random(bytes - 2)]);
  const message = bytes - PREMASTER_BYTES;
  const place = (offered: number): void => {
    block[message - 1] = 0;
    block.writeUInt16BE(offered, message);
  };
  switch (vector) {
    case "right":
      place(version);
      return block;
    case "wrong-start":
      place(version);
      // As a number it stays below the modulus: that has its top bit set, or else the first byte is zero.
      block[0] = modulusBits % 8 === 0 ? 0x41 : 0;
      block[1] = 0x17;
      return block;
    case "misplaced-zero":
      block[bytes - ZERO_FROM_END] = 0;
      return block;
    case "no-zero":
      block.writeUInt16BE(0x0303, message);
      return block;
    case "wrong-version":
      place(OTHER_VERSION);
      return block;
  }
}
