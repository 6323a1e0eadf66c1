/**
 * What a generator is made of: each part one small interface, so that load model, stop rule, protocol and
 * target are composed and never copied into one loop each.
 */
import type { Clock } from "../../core/clock.ts";
import type { DriverFactory } from "./dialer.ts";
import type { FloodPlan } from "./plan.ts";
import type { Recorder } from "./recorder.ts";
import type { Schedule } from "./schedule.ts";
import type { Source } from "./source.ts";

export interface GeneratorParts {
  readonly plan: FloodPlan;
  /** Connections of this thread. */
  readonly connections: number;
  readonly schedule: Schedule;
  readonly source: Source;
  readonly recorder: Recorder;
  readonly connect: DriverFactory;
  readonly clock: Clock;
  /** Asks for a call of `pump` at an instant; Infinity = for none. */
  readonly arm: (dueUs: number) => void;
  /** Calls back when the events at hand have been handled: at the end of this turn of the event loop. */
  readonly endOfTurn: (callback: () => void) => void;
  /** Called when second 0, 1, … of measuring is over, before anything of the next second is recorded. */
  readonly onSecond: (second: number) => void;
}
