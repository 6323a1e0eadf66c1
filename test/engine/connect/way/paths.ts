// What the tests of paths share: a plan, and the promises that hold for every path.
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { expect, onTestFinished } from "vitest";
import { generateSelfSigned } from "../../../../src/core/tls/self-signed.ts";
import { type PathOptions, PathRun } from "../../../../src/engine/connect/path.ts";
import type { ConnectPlan } from "../../../../src/engine/connect/plan.ts";
import type { PathResult } from "../../../../src/engine/connect/result.ts";
import { plainServer } from "../../../core/lifecycle/support.ts";
import { planFor } from "../plan.ts";

/** The certificate of the servers here, for localhost. */
export const local = await generateSelfSigned();
export const TRUSTED = { tls: { ca: local.cert } };

/** One path, gone and closed. */
export async function factsOf(
  url: string,
  changes: Partial<ConnectPlan> = {},
  options: PathOptions = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<PathResult> {
  await using run = await PathRun.run(planFor(url, changes), options, signal);
  expectSound(run.result);
  return run.result;
}

/** `dns connect tls!`: in order, the failed one marked. */
export function phasesOf({ phases }: PathResult): string {
  return phases.map(({ name, failed }) => `${name}${failed ? "!" : ""}`).join(" ");
}

/** One after the other without a gap, from the start to the total; only the last can have failed. */
export function expectSound({ phases, totalUs, error }: PathResult): void {
  let endUs = 0;
  for (const { startUs, durationUs } of phases) {
    expect(startUs).toBeCloseTo(endUs, 3);
    expect(durationUs).toBeGreaterThanOrEqual(0);
    endUs = startUs + durationUs;
  }
  expect(endUs).toBeCloseTo(totalUs, 3);
  expect(new Set(phases.map(({ name }) => name)).size).toBe(phases.length);
  const failed = phases.filter((phase) => phase.failed);
  if (phases.length > 0) expect(failed).toEqual(error === null ? [] : [phases.at(-1)]);
}

/** Listens on a free port of loopback until the test is over. @returns the port */
export async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

export const answering = (): Server => createHttpServer((_request, response) => void response.end("hello"));
export const answeringTls = (): Server =>
  createHttpsServer({ cert: local.cert, key: local.key }, (_request, response) => void response.end("hello"));

/** A server that says these lines, one to each that comes; `<TLS>` begins TLS behind the line. */
export function dialogue(greeting: string | undefined, answers: Readonly<Record<string, string>>) {
  const speak = (socket: Socket, greet: boolean): void => {
    socket.on("error", () => undefined).on("end", () => socket.end());
    if (greet && greeting !== undefined) socket.write(greeting);
    socket.on("data", (bytes) => {
      const word = bytes.toString("latin1").split(/[ \r]/)[0]!;
      const answer = answers[word] ?? answers["*"];
      if (answer === undefined) return;
      const [text, tls] = answer.split("<TLS>");
      if (tls === undefined) {
        socket.write(answer);
        return;
      }
      socket.removeAllListeners("data");
      socket.write(text!);
      const secured = new TLSSocket(socket, { isServer: true, cert: local.cert, key: local.key });
      speak(secured, false);
    });
  };
  return plainServer((socket) => speak(socket, true));
}
