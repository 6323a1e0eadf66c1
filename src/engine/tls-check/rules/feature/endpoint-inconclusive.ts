/** What the scan of an endpoint could not find out, in one place. */
import type { AddressFacts, Answer } from "../../facts.ts";
import { placeOf } from "../shared/addresses.ts";
import { type Draft, defineRule } from "../shared/define.ts";
import { groupLists } from "../shared/groups.ts";

function unknownAnswers(group: object | undefined): readonly string[] {
  return Object.entries(group ?? {}).flatMap(([name, value]) => {
    const answer = value as Partial<Answer> | undefined | null;
    return typeof answer === "object" && answer?.kind === "inconclusive" ? [`${name}: ${answer.why}`] : [];
  });
}

const GAPS = [
  ["signatures13", "signature schemes of TLS 1.3"],
  ["signatures12", "signature schemes of TLS 1.2"],
  ["dh", "Diffie-Hellman parameters"],
] as const satisfies readonly (readonly [keyof AddressFacts["gaps"], string])[];

function openQuestions(address: AddressFacts): readonly string[] {
  return [
    ...address.protocols.flatMap(({ version, answer, complete }) => {
      if (answer.kind === "inconclusive") return [`${version}: ${answer.why}`];
      return answer.kind === "offered" && !complete ? [`suites of ${version}: the list was cut short`] : [];
    }),
    ...groupLists(address).flatMap(([version, { complete }]) =>
      complete ? [] : [`groups of ${version}: the list was cut short`],
    ),
    ...GAPS.flatMap(([name, list]) => {
      const why = address.gaps[name];
      return why === undefined ? [] : [`${list}: ${why}`];
    }),
    ...unknownAnswers(address.features),
    ...unknownAnswers(address.sessions),
    ...unknownAnswers(address.vulnerabilities),
  ];
}

export const endpointInconclusive = defineRule(
  {
    id: "endpoint-inconclusive",
    title: "Some questions stayed without an answer",
    severity: "info",
    about: "feature",
    probes: ["protocols", "groups", "features", "sessions", "vulnerabilities"],
    why:
      "Connections were reset, cut or timed out, again and again. A firewall that dislikes scans, a limit on connections or an " +
      "overloaded server look like that. What was not answered is not taken for a refusal.",
    fix: "Scan from inside, allow this client in the firewall, or go slower: --rate, --concurrency, --timeout, --retries.",
    references: [],
  },
  function* (subject) {
    for (const note of subject.endpoint?.notes ?? []) {
      yield { status: "inconclusive", message: note, where: subject.target.name };
    }
    for (const address of subject.endpoint?.addresses ?? []) {
      const where = placeOf(subject, address);
      if (address.unreachable !== undefined) {
        const { code, message } = address.unreachable;
        yield {
          status: "inconclusive",
          message: "no TLS handshake came about",
          where,
          evidence: [`${code}: ${message}`],
        };
        continue;
      }
      if (subject.plan.scope === "certificate-only") continue;
      const questions = openQuestions(address);
      const draft: Draft = {
        status: "inconclusive",
        message: "some questions stayed without an answer",
        where,
        evidence: questions,
      };
      if (questions.length > 0) yield draft;
    }
  },
);
