/**
 * A session as a file, to be looked at and to be played again: NDJSON, a head and then a line a payload.
 *
 *     {"schema":"netkit.recording/1","url":"tcp://127.0.0.1:7000","startedAt":"2026-11-23T08:00:00.000Z"}
 *     {"at":0,"to":"remote","data":"SGVsbG8K"}          at: microseconds since the start; data: base64
 *     {"at":813,"to":"us","data":"SGVsbG8K"}
 *
 * Payloads are what a user gave or saw: of ws: and framed: the messages, else bytes as they came.
 */

import { Buffer } from "node:buffer";
import { z } from "zod";
import { MAX_TIMER_MS } from "../../../core/backpressure/timers.ts";
import { type Clock, monotonicClock } from "../../../core/clock.ts";
import { NetkitError } from "../../../core/errors.ts";

export type Direction = "remote" | "us";

const headSchema = z.looseObject({ schema: z.literal("netkit.recording/1") });
const lineSchema = z.strictObject({
  at: z.number().min(0),
  to: z.enum(["remote", "us"]),
  data: z.base64(),
});

export interface RecordedPayload {
  readonly atUs: number;
  readonly to: Direction;
  readonly data: Uint8Array;
}

export function recordingHead(url: string, startedAt: Date): string {
  return `${JSON.stringify({ schema: "netkit.recording/1", url, startedAt: startedAt.toISOString() })}\n`;
}

export function recordingLine(atUs: number, to: Direction, data: Uint8Array): string {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
  return `${JSON.stringify({ at: Math.round(atUs), to, data: text })}\n`;
}

/**
 * Reads line by line, so a long session needs no memory.
 * @throws NetkitError of stage `file` that names the line
 */
export async function* readRecording(
  lines: AsyncIterable<string>,
  subject: string,
): AsyncGenerator<RecordedPayload, void, undefined> {
  let number = 0;
  for await (const text of lines) {
    number++;
    if (number > 1 && text.trim() === "") continue;
    const value = parseJson(text);
    if (number === 1) {
      if (!headSchema.safeParse(value).success)
        throw notRecorded(subject, 1, "it is not the head of a recording");
      continue;
    }
    const line = lineSchema.safeParse(value);
    if (!line.success) throw notRecorded(subject, number, "it has no at, to and data");
    yield { atUs: line.data.at, to: line.data.to, data: Buffer.from(line.data.data, "base64") };
  }
  if (number === 0) throw notRecorded(subject, 1, "the file is empty");
}

/**
 * What was sent, at the pace at which it was: payload k leaves `at` after the first call.
 * @param wait resolves after so many milliseconds, or rejects when it is told to stop
 */
export async function* replayed(
  recording: AsyncIterable<RecordedPayload>,
  wait: (ms: number) => Promise<void>,
  clock: Clock = monotonicClock,
): AsyncGenerator<Uint8Array, void, undefined> {
  const startUs = clock.nowUs();
  for await (const { atUs, to, data } of recording) {
    if (to === "us") continue;
    for (;;) {
      const leftMs = (startUs + atUs - clock.nowUs()) / 1000;
      if (leftMs < 1) break;
      await wait(Math.min(leftMs, MAX_TIMER_MS));
    }
    yield data;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notRecorded(subject: string, line: number, why: string): NetkitError {
  return new NetkitError("file", "NK_FILE_NOT_A_RECORDING", `line ${line} of ${subject} cannot be played`, {
    subject,
    why,
    next: "name a file that netkit connect --record wrote",
  });
}
