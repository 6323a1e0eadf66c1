/**
 * Why a name did not become an address, in words: each way of failing has its own code, sentence and next step,
 * and each names the server that was asked.
 */
import { extendedErrorName, RCODE, rcodeName } from "../../../core/framing/dns/codes.ts";
import type { Edns } from "../../../core/framing/dns/message.ts";
import type { Failure } from "./asker.ts";

const ASK_ANOTHER = "ask another server, for example with --dns 1.1.1.1";

/** No answer within the time-out. `heard` tells of what came and was no answer. */
export function timedOut(server: string, timeoutMs: number, heard = ""): Failure {
  return {
    code: "NK_DNS_TIMEOUT",
    word: null,
    why: `${server} did not answer within ${timeoutMs} ms${heard}`,
    next: `check that it runs and that no firewall drops port 53 on the way, or ${ASK_ANOTHER}`,
  };
}

/** A response code other than NOERROR and NXDOMAIN; an extended error (RFC 8914) says more. */
export function refusedBy(server: string, rcode: number, edns: Edns | undefined): Failure {
  const word = rcodeName(rcode);
  const said = `${server} answered ${word}${extendedWords(edns)}`;
  if (rcode === RCODE.REFUSED) {
    return {
      code: "NK_DNS_REFUSED",
      word,
      why: `${said}: it does not answer this machine, or not for this name`,
      next: `use a server that resolves for this network, or ${ASK_ANOTHER}`,
    };
  }
  if (rcode === RCODE.SERVFAIL) {
    return {
      code: "NK_DNS_SERVER_FAILURE",
      word,
      why: `${said}: it could not find out, because the name's own servers are down or its DNSSEC is broken`,
      next: `look at the name's own servers; to tell the two apart, ${ASK_ANOTHER}`,
    };
  }
  return {
    code: "NK_DNS_SERVER_FAILURE",
    word,
    why: `${said}: it cannot handle the question`,
    next: `look at that server's log, or ${ASK_ANOTHER}`,
  };
}

/** An answer that points to other servers: the one asked does not do the walking. */
export function referral(server: string): Failure {
  return {
    code: "NK_DNS_SERVER_FAILURE",
    word: "NOERROR",
    why: `${server} points to other name servers instead of answering: it does not resolve for its clients`,
    next: `name a resolver instead of a zone's own server: ${ASK_ANOTHER}`,
  };
}

/** `reason` completes "… cannot be reached: ". */
export function unreachable(server: string, word: string | null, reason: string): Failure {
  return {
    code: "NK_DNS_UNREACHABLE",
    word,
    why: `${server} cannot be reached: ${reason}`,
    next: `check the server's address and port and the route to it, or ${ASK_ANOTHER}`,
  };
}

const SOCKET_REASONS: Record<string, string> = {
  ECONNREFUSED: "the host is there, but nothing answers DNS on that port",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "there is no route to the network",
  EACCES: "this machine does not allow it",
  EPERM: "this machine does not allow it (a local firewall)",
};

/** What a socket said; `over` is `udp` or `tcp`. */
export function unreachableBySocket(server: string, code: string | undefined, over: string): Failure {
  const reason = SOCKET_REASONS[code ?? ""] ?? "the socket failed";
  return unreachable(server, code ?? null, `${reason} (${code ?? "no code"} over ${over})`);
}

/** `what` completes "… sent ". */
export function malformed(server: string, what: string): Failure {
  return {
    code: "NK_DNS_MALFORMED",
    word: "malformed",
    why: `${server} sent ${what}`,
    next: `check that a DNS server listens there and nothing on the way changes answers, or ${ASK_ANOTHER}`,
  };
}

/** `word`: the code of the certificate's fault. `reason` is a sentence's end. */
export function untrusted(server: string, word: string | null, reason: string): Failure {
  return {
    code: "NK_DNS_UNTRUSTED",
    word,
    why: `the certificate of ${server} does not hold: ${reason}`,
    next: "pass the CA that signed it with --cacert FILE; --insecure does not apply to the resolver",
  };
}

export function httpRefused(server: string, status: number): Failure {
  const mistaken = status === 404 || status === 405;
  return {
    code: "NK_DNS_SERVER_FAILURE",
    word: `HTTP ${status}`,
    why: `${server} answered HTTP ${status} instead of a DNS answer`,
    next: mistaken
      ? "check the path of the URL; most servers use /dns-query"
      : `try again later, or ${ASK_ANOTHER}`,
  };
}

/** getaddrinfo's code, where it means more than "no such name". */
export function systemFailure(code: string, server: string): Failure {
  if (code === "EAI_FAIL") {
    return {
      code: "NK_DNS_SERVER_FAILURE",
      word: code,
      why: `${server} met an error that does not go away by itself (EAI_FAIL)`,
      next: `check the name servers in /etc/resolv.conf, or ${ASK_ANOTHER}`,
    };
  }
  return {
    code: "NK_DNS_UNAVAILABLE",
    word: code,
    why: `${server} gave up (${code})`,
    next: `check the network and the name servers in /etc/resolv.conf, or ${ASK_ANOTHER}`,
  };
}

function extendedWords(edns: Edns | undefined): string {
  const words = (edns?.errors ?? []).map(
    ({ code, text }) => `${extendedErrorName(code)}${text === "" ? "" : `: ${printable(text)}`}`,
  );
  return words.length === 0 ? "" : ` (${words.join("; ")})`;
}

const SHOWN_CHARACTERS = 120;

/** Text from the wire, on one line and without control characters. */
function printable(text: string): string {
  const clean = text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ");
  return clean.length > SHOWN_CHARACTERS ? `${clean.slice(0, SHOWN_CHARACTERS)}…` : clean;
}
