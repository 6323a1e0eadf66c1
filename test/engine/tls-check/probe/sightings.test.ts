// A chain as sent: what can be read, what cannot, and whose certificate it is.
import { expect, test } from "vitest";
import { certificateReaders } from "../../../../src/engine/tls-check/probe/readers.ts";
import { servedChain } from "../../../../src/engine/tls-check/probe/sightings.ts";
import { selfSignedDer } from "./certificates.ts";

const SEEN = {
  version: "TLSv1.2",
  serverName: undefined,
  stapledOcsp: undefined,
  tlsScts: undefined,
} as const;
const JUNK = Buffer.from("30820100aabbcc", "hex");

test("garbage further up is told, and the leaf stays the leaf", async () => {
  const leaf = await selfSignedDer();
  const chain = servedChain(certificateReaders, [leaf, JUNK], SEEN);
  expect(chain.certificates.map(({ der }) => Buffer.from(der).equals(leaf))).toEqual([true]);
  expect(chain.unreadable).toEqual([expect.stringMatching(/^certificate 2 of 2: /)]);
  expect(chain.sent).toEqual([leaf, JUNK]);
});

test("garbage for a leaf makes no other certificate the leaf", async () => {
  const chain = servedChain(certificateReaders, [JUNK, await selfSignedDer()], SEEN);
  expect(chain.certificates).toEqual([]);
  expect(chain.unreadable).toHaveLength(1);
  expect(chain.keyType).toBe("other");
});

test("a list without end is cut, and that is told", async () => {
  const chain = servedChain(
    certificateReaders,
    [await selfSignedDer(), ...Array<Buffer>(20_000).fill(JUNK)],
    SEEN,
  );
  expect(chain.certificates).toHaveLength(1);
  expect(chain.unreadable?.at(-1)).toBe("certificates 101 to 20001: too many to be a chain");
});
