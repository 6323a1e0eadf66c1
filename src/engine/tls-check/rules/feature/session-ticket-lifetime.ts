/** Tickets that live too long. */
import { reached } from "../shared/addresses.ts";
import { TICKET_LINES } from "../shared/configuration.ts";
import { type Draft, defineRule } from "../shared/define.ts";

/** RFC 8446 section 4.6.1: servers MUST NOT use more. */
const WEEK_SECONDS = 604_800;
/** RFC 9325 section 3.4 asks for keys to be changed; a day is what libraries and browsers keep to. */
const DAY_SECONDS = 86_400;

function* judge(
  where: string,
  version: string,
  seconds: number | undefined,
  limit: number,
): Generator<Draft> {
  if (seconds === undefined || seconds <= limit) return;
  yield {
    message: `${version} tickets live longer than ${limit === DAY_SECONDS ? "a day" : "seven days"}`,
    where,
    evidence: [`${seconds} s`],
  };
}

export const sessionTicketLifetime = defineRule(
  {
    id: "session-ticket-lifetime",
    title: "Session tickets live too long",
    severity: "low",
    about: "feature",
    probes: ["sessions"],
    why:
      "A ticket carries the session's keys, encrypted under a key of the server's. Until that key is thrown away there is no " +
      "forward secrecy for any session it covers. TLS 1.3 allows seven days at most.",
    fix: `Shorten the lifetime and change the ticket keys each day.\n${TICKET_LINES}`,
    references: ["RFC 8446 section 4.6.1", "RFC 5077 section 5.6", "RFC 9325 section 3.4"],
  },
  function* (subject) {
    for (const { address, where } of reached(subject)) {
      yield* judge(where, "TLS 1.2", address.sessions?.ticketLifetimeSeconds, DAY_SECONDS);
      yield* judge(where, "TLS 1.3", address.sessions?.pskLifetimeSeconds, WEEK_SECONDS);
    }
  },
);
