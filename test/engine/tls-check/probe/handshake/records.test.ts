// Protected records: known ones, round trips, and what must not open.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RECORD, RecordReader, VERSION } from "../../../../../src/core/framing/tls/record.ts";
import { recordNonce } from "../../../../../src/engine/tls-check/probe/handshake/aead.ts";
import { canComplete, cipherSpec } from "../../../../../src/engine/tls-check/probe/handshake/cipher-spec.ts";
import {
  classicCipher,
  keySizes,
  modernCipher,
} from "../../../../../src/engine/tls-check/probe/handshake/ciphers.ts";
import { keyBlock, type WriteKeys } from "../../../../../src/engine/tls-check/probe/handshake/prf.ts";
import type { RecordCipher } from "../../../../../src/engine/tls-check/probe/handshake/record-cipher.ts";
import { SUITES } from "../../../../../src/engine/tls-check/registry/suites.ts";
import * as trace from "./rfc8448.ts";

const TLS_AES_128_GCM_SHA256 = 0x1301;

function openWire(cipher: RecordCipher, wire: Buffer): ReturnType<RecordCipher["open"]> {
  const reader = new RecordReader();
  reader.feed(wire);
  const record = reader.next();
  if (record.kind !== "record") throw new Error("no record");
  return cipher.open(record.type, record.version, record.payload);
}

function keysOf(suite: number, version: number): WriteKeys {
  const random = Buffer.alloc(32, 1);
  return keyBlock("sha256", Buffer.alloc(48, 9), random, random, keySizes(suite, version)).client;
}

const completable = SUITES.map(({ code }) => code).filter(canComplete);
const modern = completable.filter((code) => cipherSpec(code)!.keyExchange === "tls13");
const classic = completable.filter((code) => cipherSpec(code)!.keyExchange !== "tls13");

describe("records of TLS 1.3", () => {
  test("the server's flight of RFC 8448 §3 opens, and seals to the same bytes", () => {
    const opened = openWire(modernCipher(TLS_AES_128_GCM_SHA256, trace.serverHandshake), trace.serverRecord);
    expect(opened).toEqual({ kind: "opened", type: RECORD.handshake, content: trace.serverFlight });
    const sealed = modernCipher(TLS_AES_128_GCM_SHA256, trace.serverHandshake).seal(
      RECORD.handshake,
      trace.serverFlight,
    );
    expect(sealed).toEqual(trace.serverRecord);
  });

  test("the sequence number goes up with each record", () => {
    const cipher = modernCipher(TLS_AES_128_GCM_SHA256, trace.serverApplication);
    cipher.seal(RECORD.handshake, Buffer.alloc(1));
    const data = Buffer.from(Array.from({ length: 50 }, (_, index) => index));
    expect(cipher.seal(RECORD.applicationData, data)).toEqual(trace.serverData);
    expect(cipher.seal(RECORD.alert, Buffer.from([1, 0]))).toEqual(trace.serverAlert);
  });

  test("the nonce is the IV with the sequence number in its low bytes", () => {
    const iv = Buffer.from("a0a1a2a300000000000000ff", "hex");
    expect(recordNonce(iv, 0x0102030405060708n).toString("hex")).toBe("a0a1a2a301020304050607f7");
  });

  test("every suite opens what it sealed, and nothing that was changed", () => {
    expect(modern).toHaveLength(5);
    for (const suite of modern) {
      const secret = Buffer.alloc(48, suite & 0xff);
      const wire = modernCipher(suite, secret).seal(RECORD.alert, Buffer.from([2, 40]));
      const opened = openWire(modernCipher(suite, secret), wire);
      expect(opened).toEqual({ kind: "opened", type: RECORD.alert, content: Buffer.from([2, 40]) });
      for (let at = 5; at < wire.length; at++) {
        const changed = Buffer.from(wire);
        changed[at]! ^= 1;
        expect(openWire(modernCipher(suite, secret), changed).kind).toBe("violation");
      }
    }
  });

  test("padding behind the type is taken off, and nothing but padding is a violation", () => {
    const padded = Buffer.concat([Buffer.from("data"), Buffer.from([RECORD.handshake]), Buffer.alloc(30)]);
    const seal = modernCipher(TLS_AES_128_GCM_SHA256, trace.serverHandshake);
    // Sealed as content of type 0, whose own type byte then is one more zero.
    const opened = openWire(
      modernCipher(TLS_AES_128_GCM_SHA256, trace.serverHandshake),
      seal.seal(0, padded),
    );
    expect(opened).toEqual({ kind: "opened", type: RECORD.handshake, content: Buffer.from("data") });
    const zeros = modernCipher(TLS_AES_128_GCM_SHA256, trace.serverHandshake).seal(0, Buffer.alloc(8));
    expect(openWire(modernCipher(TLS_AES_128_GCM_SHA256, trace.serverHandshake), zeros).kind).toBe(
      "violation",
    );
  });
});

describe("records of TLS 1.0 to 1.2", () => {
  const forms = classic.flatMap((suite) => {
    const cbc = cipherSpec(suite)!.protection.kind === "cbc";
    const versions = cbc ? [VERSION.tls10, VERSION.tls11, VERSION.tls12] : [VERSION.tls12];
    return versions.flatMap((version) =>
      (cbc ? [false, true] : [false]).map((etm) => ({ suite, version, etm })),
    );
  });

  test("every suite opens what it sealed, record after record", () => {
    expect(classic.length).toBeGreaterThan(60);
    for (const { suite, version, etm } of forms) {
      const keys = keysOf(suite, version);
      const [writer, reader] = [
        classicCipher(suite, version, keys, etm),
        classicCipher(suite, version, keys, etm),
      ];
      for (const content of [Buffer.alloc(0), Buffer.from("one"), Buffer.alloc(1000, 7)]) {
        const opened = openWire(reader, writer.seal(RECORD.applicationData, content));
        expect(opened).toEqual({ kind: "opened", type: RECORD.applicationData, content });
      }
    }
  });

  test("nothing opens that was changed, cut or comes twice", () => {
    const some = [0x009c, 0xc013, 0xcca8, 0xc09c].flatMap((suite) =>
      forms.filter((form) => form.suite === suite),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...some),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (form, place, mask) => {
          const { suite, version, etm } = form;
          const keys = keysOf(suite, version);
          const wire = classicCipher(suite, version, keys, etm).seal(
            RECORD.handshake,
            Buffer.from("a message"),
          );
          const changed = Buffer.from(wire);
          changed[5 + (place % (wire.length - 5))]! ^= mask;
          const reader = classicCipher(suite, version, keys, etm);
          expect(openWire(reader, changed).kind).toBe("violation");
          const cut = wire.subarray(5, 5 + (place % (wire.length - 5)));
          expect(classicCipher(suite, version, keys, etm).open(RECORD.handshake, version, cut).kind).toBe(
            "violation",
          );
          const again = classicCipher(suite, version, keys, etm);
          expect(openWire(again, wire).kind).toBe("opened");
          expect(openWire(again, wire).kind).toBe("violation");
        },
      ),
      { numRuns: 300 },
    );
  });

  test("flaws on purpose do not open either", () => {
    for (const { suite, version, etm } of forms.filter(
      (form) => form.suite === 0x002f || form.suite === 0x000a,
    )) {
      const keys = keysOf(suite, version);
      for (const flaws of [{ padding: true }, { mac: true }, { padding: true, mac: true }]) {
        const wire = classicCipher(suite, version, keys, etm).seal(RECORD.handshake, Buffer.alloc(16), flaws);
        expect(openWire(classicCipher(suite, version, keys, etm), wire).kind).toBe("violation");
      }
    }
  });

  test("suites that cannot be completed are known as such", () => {
    const names = new Map(SUITES.map(({ code, name }) => [name, code]));
    for (const name of [
      "TLS_RSA_WITH_RC4_128_SHA",
      "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA",
      "TLS_PSK_WITH_AES_128_CBC_SHA",
    ]) {
      expect(canComplete(names.get(name)!)).toBe(false);
    }
    expect(() =>
      classicCipher(names.get("TLS_RSA_WITH_RC4_128_SHA")!, VERSION.tls12, keysOf(0x2f, 0x303), false),
    ).toThrow(RangeError);
  });
});
