// The key schedule against the values of RFC 8448, and the older pseudo-random functions against known outputs.
import { createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  digest,
  expandLabel,
  finishedMac,
  KeySchedule,
  ticketPsk,
} from "../../../../../src/engine/tls-check/probe/handshake/key-schedule.ts";
import { prf, transcriptHash, verifyData } from "../../../../../src/engine/tls-check/probe/handshake/prf.ts";
import { Transcript } from "../../../../../src/engine/tls-check/probe/handshake/transcript.ts";
import * as trace from "./rfc8448.ts";

describe("key schedule of TLS 1.3, RFC 8448 §3", () => {
  test("X25519 gives the shared secret of the trace", () => {
    const pkcs8 = Buffer.concat([
      Buffer.from("302e020100300506032b656e04220420", "hex"),
      trace.clientPrivate,
    ]);
    const spki = Buffer.concat([Buffer.from("302a300506032b656e032100", "hex"), trace.serverPublic]);
    const secret = diffieHellman({
      privateKey: createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }),
      publicKey: createPublicKey({ key: spki, format: "der", type: "spki" }),
    });
    expect(secret).toEqual(trace.sharedSecret);
  });

  test("every secret of the handshake is that of the trace", () => {
    const transcript = new Transcript();
    const schedule = new KeySchedule("sha256");
    expect(schedule.secret).toEqual(trace.earlySecret);
    transcript.add(trace.clientHello);
    transcript.add(trace.serverHello);
    const handshake = schedule.enterHandshake(trace.sharedSecret, transcript.hash("sha256"));
    expect(schedule.secret).toEqual(trace.handshakeSecret);
    expect(handshake).toEqual({ client: trace.clientHandshake, server: trace.serverHandshake });
    transcript.add(trace.serverFlight);
    const application = schedule.enterMaster(transcript.hash("sha256"));
    expect(schedule.secret).toEqual(trace.masterSecret);
    expect(application).toEqual({ client: trace.clientApplication, server: trace.serverApplication });
    const mac = finishedMac("sha256", handshake.client, transcript.hash("sha256"));
    expect(mac).toEqual(trace.clientFinished);
    transcript.add(Buffer.concat([Buffer.from([20, 0, 0, 32]), mac]));
    expect(schedule.resumptionSecret(transcript.hash("sha256"))).toEqual(trace.resumptionMaster);
  });

  test("the server's Finished covers all before it", () => {
    const before = trace.serverFlight.subarray(0, -36);
    const hash = digest("sha256", trace.clientHello, trace.serverHello, before);
    expect(finishedMac("sha256", trace.serverHandshake, hash)).toEqual(trace.serverFlight.subarray(-32));
  });

  test("keys and IVs come from traffic secrets", () => {
    const empty = Buffer.alloc(0);
    const key = expandLabel("sha256", trace.serverHandshake, "key", empty, 16);
    expect(key.toString("hex")).toBe("3fce516009c21727d0f2e4e86ee403bc");
    expect(expandLabel("sha256", trace.serverHandshake, "iv", empty, 12).toString("hex")).toBe(
      "5d313eb2671276ee13000b30",
    );
  });

  test("a ticket's key and its binder are those of §4", () => {
    const psk = ticketPsk("sha256", trace.resumptionMaster, Buffer.from([0, 0]));
    expect(psk).toEqual(trace.resumptionPsk);
    const schedule = new KeySchedule("sha256", psk);
    expect(schedule.secret).toEqual(trace.pskEarlySecret);
    expect(finishedMac("sha256", schedule.binderKey(), trace.binderHash)).toEqual(trace.binder);
  });

  test("after a HelloRetryRequest the first hello counts by its hash", () => {
    const transcript = new Transcript();
    transcript.add(Buffer.from("first"));
    transcript.foldFirstHello("sha256");
    transcript.add(Buffer.from("retry"));
    const folded = Buffer.concat([Buffer.from([254, 0, 0, 32]), digest("sha256", Buffer.from("first"))]);
    expect(transcript.hash("sha256")).toEqual(digest("sha256", folded, Buffer.from("retry")));
  });
});

describe("pseudo-random functions", () => {
  const label = "test label";

  test("TLS 1.2 with SHA-256", () => {
    const secret = Buffer.from("9bbe436ba940f017b17652849a71db35", "hex");
    const seed = Buffer.from("a0ba9f936cda311827a6f796ffd5198c", "hex");
    expect(prf("sha256", secret, label, seed, 100).toString("hex")).toBe(
      "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66",
    );
  });

  test("TLS 1.2 with SHA-384", () => {
    const secret = Buffer.from("b80b733d6ceefcdc71566ea48e5567df", "hex");
    const seed = Buffer.from("cd665cf6a8447dd6ff8b27555edb7465", "hex");
    const output = prf("sha384", secret, label, seed, 148);
    expect(output).toHaveLength(148);
    expect(output.toString("hex", 0, 32)).toBe(
      "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd",
    );
  });

  // openssl kdf -kdfopt digest:MD5-SHA1 … TLS1-PRF, with a secret of odd length.
  test("TLS 1.0 with MD5 and SHA-1, whose halves share a byte", () => {
    const secret = Buffer.from("000102030405060708090a0b0c0d0e0f101112", "hex");
    const output = prf("md5-sha1", secret, "key expansion", Buffer.from("a0a1a2a3", "hex"), 48);
    expect(output.toString("hex")).toBe(
      "db907b93ff8541b973047c86f4bdd1b26fe3b6645fb107b9906e9352e965addcdc8f9a37942c7051b7519c78476a0ac0",
    );
  });

  test("Finished has twelve bytes, and differs for the two sides and the versions", () => {
    const master = Buffer.alloc(48, 7);
    const messages = [Buffer.from("hello"), Buffer.from("world")];
    const all = (["sha256", "sha384", "md5-sha1"] as const).flatMap((hash) => [
      verifyData(hash, master, "client", messages),
      verifyData(hash, master, "server", messages),
    ]);
    expect(new Set(all.map((data) => data.toString("hex"))).size).toBe(6);
    expect(all.every((data) => data.length === 12)).toBe(true);
    expect(transcriptHash("md5-sha1", messages)).toHaveLength(36);
  });
});
