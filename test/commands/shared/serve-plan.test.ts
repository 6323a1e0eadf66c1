import { describe, expect, test } from "vitest";
import Serve from "../../../src/commands/serve.ts";
import { buildServePlan, parseAdmin, type ServeSettings } from "../../../src/commands/shared/serve-plan.ts";
import { NetkitError } from "../../../src/core/errors.ts";
import { MAX_WAITING_CONNECTIONS, servePlan } from "../../../src/engine/serve/plan.ts";

function refusal(settings: ServeSettings): NetkitError {
  try {
    buildServePlan(settings);
  } catch (error) {
    expect(error).toBeInstanceOf(NetkitError);
    expect((error as NetkitError).exitCode).toBe(2);
    return error as NetkitError;
  }
  return expect.unreachable();
}

describe("serve settings to plan", () => {
  test("defaults are one HTTP listener and the admin listener, both on loopback", () => {
    const plan = buildServePlan({});
    expect(plan.listeners.map(({ endpoint }) => endpoint.origin)).toEqual(["http://127.0.0.1:8080"]);
    expect(plan.admin).toEqual({ host: "127.0.0.1", port: 9090 });
    expect(plan).toMatchObject({ limits: servePlan([]).limits, drainMs: 10_000, threads: 1 });
  });

  test("every limit can be set", () => {
    const plan = buildServePlan({
      "max-connections": 1,
      "max-in-flight": 2,
      "max-frame": 3,
      "max-header": 4,
      "header-timeout": 5,
      "idle-timeout": 6,
      "max-body": 7,
      drain: 8,
      threads: 9,
    });
    expect(plan).toMatchObject({
      limits: {
        maxConnections: 1,
        maxInFlight: 2,
        maxFrameBytes: 3,
        maxHeaderBytes: 4,
        headerTimeoutMs: 5,
        idleTimeoutMs: 6,
        maxBodyBytes: 7,
        maxHeaders: servePlan([]).limits.maxHeaders,
      },
      drainMs: 8,
      threads: 9,
    });
  });

  test("TLS listeners, and only they, get the certificate", () => {
    const plan = buildServePlan({
      url: ["http://127.0.0.1:0", "https://127.0.0.1:0", "framed+tls://127.0.0.1:7000"],
      "self-signed": true,
      "client-ca": "ca.pem",
    });
    expect(plan.listeners.map(({ tls }) => tls?.certificate.kind)).toEqual([
      undefined,
      "self-signed",
      "self-signed",
    ]);
    expect(plan.listeners[1]!.tls?.clientCa).toBe("ca.pem");
  });

  test("a TLS listener without a certificate, and a certificate without one, are refused", () => {
    expect(refusal({ url: ["https://127.0.0.1:8443"] }).next).toContain("--self-signed");
    expect(refusal({ url: ["https://127.0.0.1:8443"], cert: "c" }).next).toBe("add --key");
    expect(refusal({ cert: "c", key: "k" }).message).toBe("--cert is given, but no listener uses TLS");
    expect(refusal({ "self-signed": true }).subject).toBe("--self-signed");
    expect(refusal({ "client-ca": "ca" }).subject).toBe("--client-ca");
  });

  test("two listeners on one address are refused, two on port 0 are not", () => {
    expect(refusal({ url: ["http://127.0.0.1:8080", "tcp://127.0.0.1:8080"] }).message).toContain(
      "are the same address",
    );
    expect(buildServePlan({ url: ["http://127.0.0.1:0", "tcp://127.0.0.1:0"] }).listeners).toHaveLength(2);
  });

  test("a unix socket takes the place of the one listener's address", () => {
    const own = buildServePlan({ "unix-socket": "/tmp/a.sock" }).listeners;
    expect(own).toMatchObject([{ endpoint: { scheme: "http" }, unixSocket: "/tmp/a.sock" }]);
    const secure = buildServePlan({
      url: ["framed+tls://localhost:1"],
      "unix-socket": "a.sock",
      "self-signed": true,
    });
    expect(secure.listeners).toMatchObject([{ endpoint: { tls: true }, unixSocket: "a.sock", tls: {} }]);
    expect(buildServePlan({}).listeners[0]).not.toHaveProperty("unixSocket");
    const two = { url: ["http://127.0.0.1:0", "tcp://127.0.0.1:0"], "unix-socket": "/tmp/a.sock" };
    expect(refusal(two).message).toBe("one unix socket cannot serve 2 URLs");
    for (const path of ["", `/${"a".repeat(107)}`, `/${"ä".repeat(60)}`]) {
      expect(refusal({ "unix-socket": path }).subject).toBe("--unix-socket");
    }
  });

  test("the help says how many connections can wait beyond --max-connections", () => {
    expect(Serve.flags["max-connections"].summary).toContain(`${MAX_WAITING_CONNECTIONS} more`);
  });

  test("the admin address takes a host and port, or a port alone on loopback", () => {
    expect(parseAdmin("0.0.0.0:9000")).toEqual({ host: "0.0.0.0", port: 9000 });
    expect(parseAdmin("[::1]:9000")).toEqual({ host: "::1", port: 9000 });
    expect(parseAdmin(":0")).toEqual({ host: "127.0.0.1", port: 0 });
    expect(parseAdmin("9000")).toEqual({ host: "127.0.0.1", port: 9000 });
    expect(parseAdmin("http://localhost:9000/")).toEqual({ host: "localhost", port: 9000 });
    for (const text of ["", "localhost", "1:2:3", "localhost:99999", "localhost:x"]) {
      expect(() => parseAdmin(text), text).toThrow("is not an address and a port");
    }
    expect(buildServePlan({ "no-admin": true }).admin).toBeUndefined();
  });
});
