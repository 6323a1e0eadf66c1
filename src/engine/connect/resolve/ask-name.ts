/**
 * From a question to addresses, whatever the transport: follows aliases inside an answer, asks again where they
 * lead out of it, and does without EDNS where a server stumbles over it. Names are asked as they are: no search
 * list is applied.
 */
import { followAliases, negativeTtlSeconds } from "../../../core/framing/dns/answer.ts";
import { RCODE, TYPE } from "../../../core/framing/dns/codes.ts";
import type { DnsMessage } from "../../../core/framing/dns/message.ts";
import { encodeName, nameKey } from "../../../core/framing/dns/name.ts";
import { type Answer, type Asker, failed, type RecordType } from "./asker.ts";
import { type Asked, type DnsTransport, type Exchanged, typeNumber } from "./exchange.ts";
import { malformed, referral, refusedBy } from "./failures.ts";

/** As many as common resolvers follow; a longer chain is a mistake of its owner. */
const MAX_ALIASES = 16;

/** An asker that speaks DNS itself. */
export function dnsAsker(transport: DnsTransport): Asker {
  return {
    label: transport.label,
    spokenLabel: transport.label,
    ask: (host, type, signal) => askName(transport, host, type, signal),
    close: () => transport.close(),
  };
}

/** Never rejects. */
export async function askName(
  transport: DnsTransport,
  host: string,
  type: RecordType,
  signal: AbortSignal,
): Promise<Answer> {
  if (!Buffer.isBuffer(encodeName(host))) {
    // Nobody needs to be asked for what cannot be a name (RFC 1035 section 2.3.4).
    return { kind: "no-such-name", word: "not a name", ttlSeconds: undefined, cname: [], transport: null };
  }
  const { label } = transport;
  const cname: string[] = [];
  const seen = new Set([nameKey(host)]);
  for (let name = host; ; ) {
    const result = await exchangeWithEdns(transport, { name, type, edns: true }, signal);
    if (result.kind === "failed") return failed(result.failure, result.transport, cname);
    const { message, transport: by } = result;
    const found = followAliases(message.answers, name, typeNumber(type));
    cname.push(...found.aliases);
    if (found.loop || found.aliases.some((alias) => seen.has(nameKey(alias)))) {
      return failed(malformed(label, `aliases that go in a circle (${circle(host, cname)})`), by, cname);
    }
    if (cname.length > MAX_ALIASES) {
      return failed(malformed(label, `more than ${MAX_ALIASES} aliases in a row`), by, cname);
    }
    if (message.rcode === RCODE.NXDOMAIN) {
      const ttlSeconds = negativeTtlSeconds(message);
      return { kind: "no-such-name", word: "NXDOMAIN", ttlSeconds, cname, transport: by };
    }
    if (message.rcode !== RCODE.NOERROR) {
      return failed(refusedBy(label, message.rcode, message.edns), by, cname);
    }
    if (found.records.length > 0) return { kind: "addresses", records: found.records, cname, transport: by };
    if (isReferral(message)) return failed(referral(label), by, cname);
    // An SOA record says that the server followed the aliases to their end and found nothing (RFC 2308 section 2.2).
    if (found.aliases.length === 0 || negativeTtlSeconds(message) !== undefined) {
      return { kind: "no-data", cname, transport: by };
    }
    for (const alias of found.aliases) seen.add(nameKey(alias));
    name = found.end;
  }
}

async function exchangeWithEdns(
  transport: DnsTransport,
  asked: Asked,
  signal: AbortSignal,
): Promise<Exchanged> {
  const result = await transport.exchange(asked, signal);
  if (result.kind === "failed" || result.message.edns !== undefined) return result;
  const { rcode } = result.message;
  const stumbled = rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP;
  return stumbled ? transport.exchange({ ...asked, edns: false }, signal) : result;
}

function isReferral({ answers, authorities, recursionAvailable }: DnsMessage): boolean {
  return (
    answers.length === 0 &&
    !recursionAvailable &&
    authorities.some(({ type }) => type === TYPE.NS) &&
    !authorities.some(({ type }) => type === TYPE.SOA)
  );
}

function circle(host: string, cname: readonly string[]): string {
  return [host, ...cname.slice(0, 4), ...(cname.length > 4 ? ["…"] : [])].join(" → ");
}
