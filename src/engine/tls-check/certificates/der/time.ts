/**
 * UTCTime and GeneralizedTime as milliseconds since 1970. RFC 5280 §4.1.2.5 wants seconds, `Z`, no
 * fraction, and UTCTime up to 2049; other forms that BER allows are read and noted.
 */
import { DerFault, type Element, TAG } from "./element.ts";
import { harmless } from "./text.ts";

type Digits = [number, number, number, number, number];

/** After the year: month, day, hour, minute; seconds, fraction, zone. */
const FORM = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,](\d+))?(Z|[+-]\d{4})?$/;

/** Longest sensible text: year with four digits, fraction of 9, offset. */
const MAX_LENGTH = 32;

/** @param profile false where RFC 5280 §4.1.2.5 does not hold (OCSP: GeneralizedTime always). */
export function time(element: Element, profile = true): number {
  const utc = element.tag === TAG.utcTime;
  if ((!utc && element.tag !== TAG.generalizedTime) || element.length > MAX_LENGTH) {
    throw new DerFault("no time", element.start);
  }
  const text = Buffer.from(element.body).toString("latin1");
  const yearDigits = utc ? 2 : 4;
  const year = text.slice(0, yearDigits);
  const match = FORM.exec(text.slice(yearDigits));
  if (match === null || !/^\d+$/.test(year)) {
    throw new DerFault(`"${harmless(text)}" is no time`, element.start);
  }
  const [month, day, hour, minute, second] = match.slice(1, 6).map((digits) => Number(digits ?? 0)) as Digits;
  const [seconds, fraction, zone] = match.slice(5) as [string?, string?, string?];
  // UTCTime's two digits mean 1950 to 2049 (RFC 5280 §4.1.2.5.1).
  const fullYear = Number(year) + (utc ? (Number(year) < 50 ? 2000 : 1900) : 0);
  const moment = new Date(0);
  moment.setUTCFullYear(fullYear, month - 1, day);
  moment.setUTCHours(hour, minute, second, Math.floor(Number(`0.${fraction ?? 0}`) * 1000));
  const exists = moment.getUTCMonth() === month - 1 && moment.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 60) {
    throw new DerFault(`"${harmless(text)}" is no time that exists`, element.start);
  }
  if (seconds === undefined) element.note("time without seconds");
  if (fraction !== undefined && profile) element.note("time with a fraction of a second");
  if (zone !== "Z") element.note(zone === undefined ? "time without Z" : "time with an offset instead of Z");
  if (profile && !utc && fullYear < 2050 && fullYear >= 1950) {
    element.note("GeneralizedTime for a year before 2050, where UTCTime is due");
  }
  return moment.getTime() - offsetMs(zone);
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5));
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}
