/**
 * One error out of the answers for both families: the more telling one decides, the other one is named too.
 */
import { NetkitError } from "../../../core/errors.ts";
import type { Answer, DnsCode, RecordType } from "./asker.ts";

export interface Unresolved {
  readonly host: string;
  /** In sentences: `the system's resolver`, `192.0.2.1:53`. */
  readonly server: string;
  readonly answers: ReadonlyMap<RecordType, Answer>;
  /** Of the family that was not asked for, found out afterwards for the error's sake. */
  readonly elsewhere: readonly string[];
}

/** From the most telling down: what a server says of the name before what it says of itself, and silence near the end. */
const TELLING: readonly DnsCode[] = [
  "NK_DNS_NOT_FOUND",
  "NK_DNS_REFUSED",
  "NK_DNS_SERVER_FAILURE",
  "NK_DNS_MALFORMED",
  "NK_DNS_UNTRUSTED",
  "NK_DNS_UNREACHABLE",
  "NK_DNS_UNAVAILABLE",
  "NK_DNS_TIMEOUT",
  "NK_DNS_NO_ADDRESS",
];

interface Explained {
  readonly code: DnsCode;
  readonly why: string;
  readonly next: string;
}

export function resolutionError(unresolved: Unresolved): NetkitError {
  const { host, answers } = unresolved;
  const ranked = [...answers]
    .map(([type, answer]) => ({ type, answer, code: codeOf(answer) }))
    .sort((one, two) => TELLING.indexOf(one.code) - TELLING.indexOf(two.code));
  const winner = ranked[0]!;
  const { code, why, next } = explained(unresolved, winner.answer);
  const others = ranked
    .filter((one) => one.code !== code)
    .map(({ type, answer }) => `; asked for ${type}, it ${shortly(answer)}`);
  const asked = others.length === 0 ? "" : ` when asked for ${winner.type}`;
  return new NetkitError("dns", code, `could not resolve ${host}`, {
    subject: host,
    why: `${why}${asked}${others.join("")}`,
    next,
  });
}

/** What there is has the wrong family; nobody had to be asked. */
export function wrongFamily(host: string, family: 4 | 6, has: readonly string[], from: string): NetkitError {
  return new NetkitError("dns", "NK_DNS_NO_ADDRESS", `could not resolve ${host}`, {
    subject: host,
    why: `${from} gives ${has.join(", ")} and no IPv${family} address`,
    next: `leave out -${family}, or name an IPv${family} address`,
  });
}

function codeOf(answer: Answer): DnsCode {
  if (answer.kind === "failed") return answer.failure.code;
  return answer.kind === "no-such-name" ? "NK_DNS_NOT_FOUND" : "NK_DNS_NO_ADDRESS";
}

function explained(unresolved: Unresolved, answer: Answer): Explained {
  if (answer.kind === "failed") return answer.failure;
  return answer.kind === "no-such-name" ? notFound(unresolved, answer) : noAddress(unresolved, answer);
}

function notFound({ server }: Unresolved, answer: Answer & { readonly kind: "no-such-name" }): Explained {
  const { word, cname, ttlSeconds } = answer;
  const code = "NK_DNS_NOT_FOUND";
  if (word === "not a name") {
    return {
      code,
      why: "it has an empty part, a part of more than 63 characters, or more than 253 in all, so no such name can exist",
      next: "check the spelling of the host name",
    };
  }
  const which = cname.length === 0 ? "no such name exists" : `its alias ${cname.at(-1)} does not exist`;
  const wait = ttlSeconds === undefined ? "" : `; a name made just now may stay unknown for ${ttlSeconds} s`;
  const next =
    cname.length === 0
      ? `check the spelling of the host name${wait}`
      : `correct the alias, or wait for its target to be made${wait}`;
  return { code, why: `${server} says that ${which} (${word})`, next };
}

function noAddress({ server, answers, elsewhere }: Unresolved, { cname }: Answer): Explained {
  const code = "NK_DNS_NO_ADDRESS";
  const types = [...answers].filter(([, answer]) => answer.kind === "no-data").map(([type]) => type);
  const records = types.length > 1 ? "neither an A nor an AAAA record" : `no ${types[0]} record`;
  const name = cname.length === 0 ? "the name" : `its alias ${cname.at(-1)}`;
  const family = types[0] === "A" ? 4 : 6;
  if (elsewhere.length > 0) {
    return {
      code,
      why: `${server} knows ${name} with ${elsewhere.join(", ")} only: it has ${records}`,
      next: `leave out -${family}, or give the name an IPv${family} address`,
    };
  }
  return {
    code,
    why: `${server} knows ${name}, but it has ${records}`,
    next: "check the name's records: a name for mail only, or a zone's own name, often has no address",
  };
}

function shortly(answer: Answer): string {
  if (answer.kind === "no-data") return "knows no such record";
  if (answer.kind !== "failed") return "says that there is no such name";
  const { code, word } = answer.failure;
  if (code === "NK_DNS_TIMEOUT") return "did not answer";
  return word === null ? "failed otherwise" : `failed with ${word}`;
}
