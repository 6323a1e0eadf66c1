import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import {
  type ConnectionEvent,
  type ConnectionState,
  next,
} from "../../../src/core/lifecycle/connection-state.ts";

const error = new NetkitError("connect", "NK_CONNECT_RESET", "reset");

const STATES = {
  connecting: { kind: "connecting" },
  securing: { kind: "securing" },
  open: { kind: "open" },
  "half-closed local": { kind: "half-closed", side: "local" },
  "half-closed remote": { kind: "half-closed", side: "remote" },
  "closing clean": { kind: "closing", reason: "clean", error: undefined },
  "closing reset": { kind: "closing", reason: "reset", error },
  "closed clean": { kind: "closed", reason: "clean", error: undefined },
  "closed reset": { kind: "closed", reason: "reset", error },
  "closed reset unasked": { kind: "closed", reason: "reset", error: undefined },
  "closed error unasked": { kind: "closed", reason: "error", error: undefined },
} as const satisfies Record<string, ConnectionState>;

const EVENTS = {
  connected: { kind: "connected", tls: false },
  "connected tls": { kind: "connected", tls: true },
  secured: { kind: "secured" },
  "ended local": { kind: "ended", side: "local" },
  "ended remote": { kind: "ended", side: "remote" },
  leave: { kind: "leave" },
  reset: { kind: "fail", reason: "reset", error },
  gone: { kind: "gone" },
} as const satisfies Record<string, ConnectionEvent>;

type StateName = keyof typeof STATES;
type EventName = keyof typeof EVENTS;

/** Everything that moves a state; what is not written here must leave it as it is. */
const MOVES: Record<StateName, Partial<Record<EventName, StateName>>> = {
  connecting: {
    connected: "open",
    "connected tls": "securing",
    leave: "closing clean",
    reset: "closing reset",
    gone: "closed error unasked",
  },
  securing: { secured: "open", leave: "closing clean", reset: "closing reset", gone: "closed error unasked" },
  open: {
    "ended local": "half-closed local",
    "ended remote": "half-closed remote",
    leave: "closing clean",
    reset: "closing reset",
    gone: "closed reset unasked",
  },
  "half-closed local": {
    "ended remote": "closing clean",
    leave: "closing clean",
    reset: "closing reset",
    gone: "closed reset unasked",
  },
  "half-closed remote": {
    "ended local": "closing clean",
    leave: "closing clean",
    reset: "closing reset",
    gone: "closed reset unasked",
  },
  "closing clean": { gone: "closed clean" },
  "closing reset": { gone: "closed reset" },
  "closed clean": {},
  "closed reset": {},
  "closed reset unasked": {},
  "closed error unasked": {},
};

describe("connection states", () => {
  for (const from of Object.keys(STATES) as StateName[]) {
    for (const event of Object.keys(EVENTS) as EventName[]) {
      const to = MOVES[from][event];
      test(to === undefined ? `${from} ignores ${event}` : `${from}, ${event} → ${to}`, () => {
        const state = next(STATES[from], EVENTS[event]);
        if (to === undefined) expect(state).toBe(STATES[from]);
        else expect(state).toEqual(STATES[to]);
      });
    }
  }
});
