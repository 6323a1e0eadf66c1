// The five paddings of ROBOT, byte by byte.
import { describe, expect, test } from "vitest";
import {
  ROBOT_VECTORS,
  robotBlock,
} from "../../../../../src/engine/tls-check/probe/vulnerabilities/robot-vectors.ts";

const ones = (bytes: number): Buffer => Buffer.alloc(bytes, 0x11);

describe("robotBlock", () => {
  test("the right one is PKCS#1 v1.5 around the version and 46 bytes", () => {
    const block = robotBlock("right", 1024, 0x0303, ones);
    expect(block.toString("hex")).toBe(`0002${"11".repeat(77)}00${"0303"}${"11".repeat(46)}`);
  });

  test("the others differ from it in what they are named after", () => {
    const hex = (vector: (typeof ROBOT_VECTORS)[number]): string =>
      robotBlock(vector, 1024, 0x0303, ones).toString("hex");
    expect(hex("wrong-start")).toBe(`4117${"11".repeat(77)}00${"0303"}${"11".repeat(46)}`);
    expect(hex("misplaced-zero")).toBe(`0002${"11".repeat(124)}0011`);
    expect(hex("no-zero")).toBe(`0002${"11".repeat(78)}0303${"11".repeat(46)}`);
    expect(hex("wrong-version")).toBe(`0002${"11".repeat(77)}00${"0202"}${"11".repeat(46)}`);
  });

  test.each([512, 1023, 1024, 2047, 2048, 3072, 4096])("a block for %i bits is below the modulus", (bits) => {
    // The least modulus of that many bits.
    const modulus = 1n << BigInt(bits - 1);
    for (const vector of ROBOT_VECTORS) {
      const block = robotBlock(vector, bits, 0x0303, (bytes) => Buffer.alloc(bytes, 0xff));
      expect(block).toHaveLength(Math.ceil(bits / 8));
      expect(BigInt(`0x${block.toString("hex")}`) < modulus).toBe(true);
    }
  });
});
