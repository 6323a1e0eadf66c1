/**
 * How a flood leaves: one decision, from the result alone.
 *
 *   interrupted            130   whatever was measured until then
 *   nobody answered          3   no request, or not one of them got an answer
 *   measurement invalid      4   the generator, not the target, was the limit
 *   an expectation broken    1
 *   every request failed     1   unless an expectation speaks about errors and holds
 *   else                     0   some failures alone do not fail a run: --expect says what is too many
 */
import { EXIT, type ExitCode, NetkitError } from "../../core/errors.ts";
import type { RunResult } from "../../core/run-document.ts";
import { allFailedUnjudged, answers } from "../../report/run-reading.ts";

export function floodExitCode(result: RunResult): ExitCode {
  if (result.interrupted) return EXIT.interrupted;
  if (answers(result) === 0) return EXIT.unreachable;
  if (result.quality.verdict === "invalid") return EXIT.invalid;
  if (result.expectations.some((expectation) => !expectation.holds)) return EXIT.failed;
  return allFailedUnjudged(result) ? EXIT.failed : EXIT.ok;
}

interface Advice {
  readonly why: string;
  readonly next: string;
}

/** By the beginning of an error kind. */
const ADVICE: readonly (readonly [string, Advice])[] = [
  [
    "connect-refused",
    {
      why: "the host answered, but nothing listens on that port",
      next: "start the server, or check host and port; netkit flood without a URL floods a server of its own",
    },
  ],
  [
    "dns",
    { why: "the host name could not be resolved", next: "check the spelling of the name and the resolver" },
  ],
  [
    "tls-handshake-timeout",
    {
      why: "the server accepted connections, and did not finish the TLS handshake within the time-out",
      next: "check that the port speaks TLS, or raise --timeout",
    },
  ],
  [
    "tls-alert",
    {
      why: "the server ended TLS with an alert, so no request was answered",
      next: "its log says more; a server that asks for a client certificate wants --cert FILE --key FILE",
    },
  ],
  [
    "tls",
    {
      why: "the TLS handshake failed, so no request was sent",
      next: "give the issuer's certificate with --cacert, or --insecure to go on without checking it",
    },
  ],
  [
    "connect-timeout",
    {
      why: "no connection came about within the time-out",
      next: "check address and firewall, or raise --timeout",
    },
  ],
  [
    "protocol",
    {
      why: "the answers do not follow the protocol of the URL",
      next: "check that the port and the scheme belong to this server",
    },
  ],
  [
    "greeting-timeout",
    {
      why: "connections were accepted, and the upgrade to the protocol was never answered",
      next: "check that the port and the scheme belong to this server",
    },
  ],
  [
    "status-",
    {
      why: "the server answered the upgrade to a WebSocket with an ordinary HTTP status",
      next: "check the path of the URL, and whether the server wants credentials (-H)",
    },
  ],
  [
    "close-",
    { why: "the server closed the WebSocket before it answered", next: "its code and its log say why" },
  ],
];

const SILENCE: Advice = {
  why: "requests were sent, and none of them was answered before its time-out or the end of the run",
  next: "check that the server is alive (curl it), or raise --timeout and --duration",
};

/** What to tell when exit code 3 is due: the result has the figures, this has the sentence. */
export function unreachableError(result: RunResult): NetkitError {
  const url = result.plan.urls.join(" ");
  const { requests, censored } = result.totals;
  const top = [...result.errors].sort((a, b) => b.count - a.count)[0];
  const tail = requests === 0 ? "" : ` (${requests} ${requests === 1 ? "request" : "requests"}, 0 answers)`;
  const message = `no answer from ${url}${tail}`;
  const options = { subject: url };
  if (top === undefined || censored * 2 > requests) {
    return new NetkitError("request", "NK_NO_ANSWER", message, { ...options, ...SILENCE });
  }
  const advice = ADVICE.find(([kind]) => top.kind.startsWith(kind))?.[1] ?? {
    why: "every connection ended before an answer was complete",
    next: "look at the server's log; a limit, a crash or a proxy closes like this",
  };
  const why = top.example === "" ? advice.why : `${advice.why} (${top.kind}: ${top.example})`;
  return new NetkitError("request", "NK_NO_ANSWER", message, { ...options, why, next: advice.next });
}
