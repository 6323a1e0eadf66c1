import { describe, expect, it } from "vitest";
import { errorRecord, NetkitError, revivedError } from "../../src/core/errors.ts";

describe("an error between threads and processes", () => {
  it("says after the journey what it said before", () => {
    const error = new NetkitError("tls", "NK_TLS_KEY_MISMATCH", "could not load a.pem", {
      subject: "a.pem",
      why: "the key is of another certificate",
      next: "pass the key that belongs to it",
      cause: new Error("deep"),
    });
    for (const travelled of [
      structuredClone(errorRecord(error)),
      JSON.parse(JSON.stringify(errorRecord(error))),
    ]) {
      const revived = revivedError(travelled);
      expect(revived).toBeInstanceOf(NetkitError);
      const { stage, code, message, subject, why, next, exitCode, cause } = revived;
      expect({ stage, code, message, subject, why, next, exitCode }).toEqual({
        stage: "tls",
        code: "NK_TLS_KEY_MISMATCH",
        message: "could not load a.pem",
        subject: "a.pem",
        why: "the key is of another certificate",
        next: "pass the key that belongs to it",
        exitCode: 3,
      });
      expect(cause).toBeUndefined();
    }
  });

  it("that is none of ours is told as a bug", () => {
    expect(errorRecord(new TypeError("x is not a function"))).toMatchObject({
      stage: "internal",
      code: "NK_INTERNAL",
      message: "x is not a function",
    });
    expect(errorRecord("thrown").message).toBe("thrown");
  });
});
