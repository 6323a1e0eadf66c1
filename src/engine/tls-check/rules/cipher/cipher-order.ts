/** A weaker suite may win although both sides have a stronger one. */
import { reached, type Spot } from "../shared/addresses.ts";
import { type Draft, defineRule, unanswered } from "../shared/define.ts";
import { isStrong } from "../shared/suite-kinds.ts";
import { offeredSuites, UP_TO_TLS12 } from "../shared/suites.ts";

function* judgeAddress({ address, where }: Spot): Generator<Draft> {
  for (const { version, preference, answer } of address.protocols) {
    if (answer.kind !== "offered" || !UP_TO_TLS12.includes(version)) continue;
    const suites = offeredSuites(address, [version]);
    const firstWeak = suites.findIndex(({ facts }) => !isStrong(facts));
    const lastStrong = suites.findLastIndex(({ facts }) => isStrong(facts));
    if (firstWeak < 0 || lastStrong < 0) continue;
    if (preference === "unknown") {
      yield unanswered(where, `the server decides among the suites of ${version}`, "no order was seen");
    } else if (preference === "client") {
      yield {
        message: `${version} leaves the choice to the client although weak suites are among its own`,
        where,
        evidence: [`weak: ${suites[firstWeak]!.facts.name}`, `strong: ${suites[lastStrong]!.facts.name}`],
      };
    } else if (preference === "server" && firstWeak < lastStrong) {
      yield {
        message: `${version} puts a weak suite before a strong one`,
        where,
        evidence: [`${suites[firstWeak]!.facts.name} stands before ${suites[lastStrong]!.facts.name}`],
      };
    }
  }
}

export const cipherOrder = defineRule(
  {
    id: "cipher-order",
    title: "A weak suite may win over a strong one",
    severity: "low",
    about: "cipher",
    probes: ["protocols"],
    why:
      "As long as weak suites are offered beside strong ones, the server has to choose, strongest first; else a " +
      "client with an unfortunate order gets the weak one. Where every suite is strong, the client may well choose.",
    fix:
      "Take the weak suites out; until then let the server choose.\n" +
      "nginx:    ssl_prefer_server_ciphers on;\n" +
      "Apache:   SSLHonorCipherOrder on\n" +
      "HAProxy:  leave prefer-client-ciphers out of ssl-default-bind-options\n" +
      "Node:     tls.createServer({ honorCipherOrder: true })\n" +
      "Postgres: ssl_prefer_server_ciphers = on",
    references: ["RFC 9325 section 4.2.1", "Server Side TLS guideline 6.0"],
  },
  (subject) => reached(subject).flatMap((spot) => [...judgeAddress(spot)]),
);
