import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import { renderDrained, renderDraining, renderEvent, renderReady } from "../../../src/report/text/serve.ts";
import { displayWidth } from "../../../src/report/text/style.ts";

const PLAIN = { width: 80, color: 0 } as const;
const FINGERPRINT = Array.from({ length: 32 }, (_, i) =>
  (i * 7).toString(16).padStart(2, "0").toUpperCase(),
).join(":");
const SERVER = {
  listeners: [
    { scheme: "http", url: "http://127.0.0.1:8080", address: "127.0.0.1", port: 8080 },
    {
      scheme: "https",
      url: "https://127.0.0.1:8443",
      address: "127.0.0.1",
      port: 8443,
      fingerprint: FINGERPRINT,
    },
    { scheme: "framed", url: "framed://127.0.0.1:7000", address: "127.0.0.1", port: 7000 },
  ],
  admin: { url: "http://127.0.0.1:9090", address: "127.0.0.1", port: 9090 },
} as const;

describe("what serve says", () => {
  test("the banner names every listener, the fingerprint, the admin address and a command to try", () => {
    const text = renderReady(SERVER, 10_000, PLAIN);
    expect(text).toContain("http://127.0.0.1:8080    HTTP/1.1");
    expect(text).toContain("https://127.0.0.1:8443   HTTP/2 and HTTP/1.1 over TLS");
    expect(text).toContain("framed://127.0.0.1:7000  length-prefixed frames, echoed");
    expect(text.replace(/\s+/g, "")).toContain(FINGERPRINT);
    expect(text).toContain("http://127.0.0.1:9090    admin");
    expect(text).toContain("curl http://127.0.0.1:8080/headers");
    expect(text).toContain("netkit flood http://127.0.0.1:8080");
    expect(text).toContain("at most 10 s");
    for (const line of text.split("\n")) expect(displayWidth(line), line).toBeLessThanOrEqual(80);
  });

  test("without HTTP and admin there is nothing to try and no admin line", () => {
    const text = renderReady({ listeners: [SERVER.listeners[2]], admin: undefined }, 500, PLAIN);
    expect(text).not.toMatch(/curl|admin/);
  });

  test("a TLS listener alone is tried without checking its certificate", () => {
    const text = renderReady({ listeners: [SERVER.listeners[1]], admin: undefined }, 500, PLAIN);
    expect(text).toContain("curl -k https://127.0.0.1:8443/headers");
    expect(text).toContain("netkit flood https://127.0.0.1:8443 --insecure");
  });

  test("the last line says how many finished and how many were cut", () => {
    expect(renderDrained({ finished: 1_204, cut: 2, idleClosed: 40, seconds: 1.25 }, PLAIN)).toBe(
      " drained in 1.25 s: 1,204 finished, 2 cut",
    );
    expect(renderDraining(10_000, PLAIN)).toContain("has 10 s to finish");
  });

  test("every event has a sentence", () => {
    const error = new NetkitError("tls", "NK_X", "could not load cert.pem", { why: "the key does not fit" });
    const listener = "https://127.0.0.1:8443";
    const text = (
      [
        { kind: "certificate-warning", text: "it expires in 3 days", fingerprint: "AA" },
        { kind: "certificate-reloaded", listener, fingerprint: "AA:BB" },
        { kind: "certificate-kept", listener, error },
        { kind: "accept-failed", listener, error },
        { kind: "worker-died", worker: 2, code: null, signal: "SIGKILL", restarted: true },
        { kind: "worker-died", worker: 2, code: 1, signal: null, restarted: false },
      ] as const
    ).map((event) => renderEvent(event, PLAIN).replace(/\s+/g, " "));
    expect(text).toEqual([
      " certificate: it expires in 3 days",
      " https://127.0.0.1:8443: certificate loaded, sha256 AA:BB",
      " https://127.0.0.1:8443: the certificate stays as it was, could not load cert.pem: the key does not fit",
      " https://127.0.0.1:8443: could not load cert.pem: the key does not fit",
      " worker 2 ended with SIGKILL; a new one takes its place",
      " worker 2 ended with code 1; it is not replaced",
    ]);
  });
});
