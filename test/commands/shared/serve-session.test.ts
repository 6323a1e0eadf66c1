import { EventEmitter } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { explainListening, runUntilSignal } from "../../../src/commands/shared/serve-session.ts";
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import { NetkitError } from "../../../src/core/errors.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";
import { servePlan } from "../../../src/engine/serve/plan.ts";
import type { ServerEvent } from "../../../src/engine/serve/running.ts";
import { startServer } from "../../../src/engine/serve/server.ts";
import { renderEvent } from "../../../src/report/text/serve.ts";

const PLAIN = { color: 0, width: 400 } as const;

describe("SIGHUP", () => {
  const unhandled = vi.fn();
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "netkit-session-"));
    process.on("unhandledRejection", unhandled);
  });
  afterEach(async () => {
    process.off("unhandledRejection", unhandled);
    await rm(folder, { recursive: true });
  });

  test("a reload that fails as a whole is told in words, and the server goes on", async () => {
    const source = new EventEmitter();
    const told: ServerEvent[] = [];
    let reloads = 0;
    const server = {
      async reload(): Promise<readonly ServerEvent[]> {
        if (reloads++ === 0) throw new Error("the disk is on fire");
        return [{ kind: "certificate-reloaded", listener: "https://a:1", fingerprint: "AA" }];
      },
      drain: async () => ({ finished: 0, cut: 0, idleClosed: 0, seconds: 0 }),
    };
    const events = { onDrain: () => {}, onReloaded: (some: readonly ServerEvent[]) => told.push(...some) };
    const ended = runUntilSignal(server, events, source);
    source.emit("SIGHUP", "SIGHUP");
    await vi.waitFor(() => expect(told).toHaveLength(1));
    const text = renderEvent(told[0]!, PLAIN);
    expect(text).toContain("the certificate stays as it was");
    expect(text).toContain("the disk is on fire");
    source.emit("SIGHUP", "SIGHUP");
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ kind: "certificate-reloaded" }));
    source.emit("SIGTERM", "SIGTERM");
    await ended;
    expect(unhandled).not.toHaveBeenCalled();
  });

  test("a bad certificate file is told in words, and the old certificate stays", async () => {
    const { cert, key, fingerprint256 } = await generateSelfSigned();
    const other = await generateSelfSigned();
    const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
    await writeFile(files.cert, cert);
    await writeFile(files.key, key);
    const source = new EventEmitter();
    const told: string[] = [];
    const tell = (event: ServerEvent) => told.push(renderEvent(event, PLAIN));
    const endpoint = parseEndpoint("https://127.0.0.1:0", "serve");
    const tls = { certificate: { kind: "files", ...files, watch: false } } as const;
    await using server = await startServer(servePlan([{ endpoint, tls }]), { onEvent: tell });
    const ended = runUntilSignal(
      server,
      { onDrain: () => {}, onReloaded: (events) => void events.map(tell) },
      source,
    );
    const bad = [
      ["this is no certificate", "there is no PEM text in it"],
      ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be parsed"],
      [other.cert, "is not the private key of"],
      [undefined, "no such file"],
    ] as const;
    for (const [text, words] of bad) {
      if (text === undefined) await rm(files.cert);
      else await writeFile(files.cert, text);
      told.length = 0;
      source.emit("SIGHUP", "SIGHUP");
      await vi.waitFor(() => expect(told).toHaveLength(1));
      expect(told[0]).toContain("the certificate stays as it was");
      expect(told[0]).toContain(words);
      expect(server.listeners[0]!.fingerprint).toBe(fingerprint256);
    }
    source.emit("SIGTERM", "SIGTERM");
    await ended;
    expect(unhandled).not.toHaveBeenCalled();
  });
});

test("a unix socket whose file is there is told apart from a port in use", async () => {
  const folder = await mkdtemp(join(tmpdir(), "netkit-session-"));
  const path = join(folder, "a.sock");
  const endpoint = parseEndpoint("http://127.0.0.1", "serve");
  const plan = servePlan([{ endpoint, unixSocket: path }]);
  {
    await using _first = await startServer(plan);
    const refused = await startServer(plan).catch((error: unknown) => explainListening(error, plan));
    expect(refused).toMatchObject({ code: "NK_LISTEN_IN_USE", subject: path, exitCode: 3 });
    expect((refused as NetkitError).why).toContain("another server listens on it, or one that was killed");
    expect((refused as NetkitError).next).not.toContain("port");
  }
  const nowhere = servePlan([{ endpoint, unixSocket: join(folder, "none", "a.sock") }]);
  const refused = await startServer(nowhere).catch((error: unknown) => explainListening(error, nowhere));
  expect((refused as NetkitError).why).toContain("its folder does not exist");
  // The first one removed its file: the path is free again.
  await using _again = await startServer(plan);
  const other = new NetkitError("resource", "NK_LISTEN_IN_USE", "x", { subject: "127.0.0.1:1" });
  expect(explainListening(other, plan)).toBe(other);
  await rm(folder, { recursive: true });
});
