/**
 * What a response says about one question: does it belong to it, and where do its aliases lead.
 */
import { CLASS_IN, RCODE, TYPE } from "./codes.ts";
import type { DnsMessage, DnsRecord, Question } from "./message.ts";
import { nameKey } from "./name.ts";

/**
 * It answers this question and no other (RFC 5452 §9.1: id, name, type and class). Some servers leave the
 * question out when they refuse: an error without any record is taken without it.
 */
export function belongsTo(message: DnsMessage, id: number, name: string, type: number): boolean {
  if (!message.isResponse || message.id !== id) return false;
  const question: Question | undefined = message.questions[0];
  if (question === undefined) return message.rcode !== RCODE.NOERROR && message.answers.length === 0;
  return (
    message.questions.length === 1 &&
    question.type === type &&
    question.class === CLASS_IN &&
    nameKey(question.name) === nameKey(name)
  );
}

export interface Found {
  /** From the name asked for, without it, to the last alias known. */
  readonly aliases: readonly string[];
  /** The name at which the aliases end: the name asked for without any. */
  readonly end: string;
  readonly records: readonly { readonly address: string; readonly ttlSeconds: number }[];
  /** The aliases lead back to a name they had been at. */
  readonly loop: boolean;
}

/** Follows the aliases of an answer section from `name` to addresses of `type` (RFC 1034 §3.6.2). */
export function followAliases(answers: readonly DnsRecord[], name: string, type: number): Found {
  const internet = answers.filter((record) => record.class === CLASS_IN);
  const aliases: string[] = [];
  const seen = new Set([nameKey(name)]);
  for (let end = name; ; ) {
    const here = internet.filter((record) => nameKey(record.name) === nameKey(end));
    const records = here.flatMap(({ type: recordType, data, ttlSeconds }) =>
      recordType === type && data.kind === "address" ? [{ address: data.address, ttlSeconds }] : [],
    );
    const alias = here.find(({ data }) => data.kind === "alias")?.data;
    if (records.length > 0 || alias?.kind !== "alias") return { aliases, end, records, loop: false };
    if (seen.has(nameKey(alias.target))) return { aliases, end, records: [], loop: true };
    seen.add(nameKey(alias.target));
    aliases.push(alias.target);
    end = alias.target;
  }
}

/** For how many seconds "no" may be remembered (RFC 2308 §5); undefined when the response does not say. */
export function negativeTtlSeconds(message: DnsMessage): number | undefined {
  const record = message.authorities.find(({ type }) => type === TYPE.SOA);
  return record?.data.kind === "authority"
    ? Math.min(record.ttlSeconds, record.data.minimumSeconds)
    : undefined;
}
