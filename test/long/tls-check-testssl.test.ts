// Versions, suites, order and groups of real servers, against what testssl.sh finds out about the same ones, and the
// time that both take.
import { availableParallelism } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Semaphore } from "../../src/core/backpressure/semaphore.ts";
import type { AddressFacts } from "../../src/engine/tls-check/facts.ts";
import { group } from "../../src/engine/tls-check/registry/groups.ts";
import { hasProgram, peerTest } from "../support/peers.ts";
import { Folder, runProgram } from "../support/program.ts";
import { TESTSSL_QUIET, type TestsslReport, testssl } from "../support/testssl.ts";
import {
  BEHIND_ECDSA,
  CONFIGURATIONS,
  type Material,
  makeMaterial,
  PSK_SUITES,
  titleOf,
  WHY_BEHIND_ECDSA,
} from "../support/tls-configurations.ts";
import {
  type Account,
  type Difference,
  DifferenceTable,
  differences,
  type Explained,
  spoken,
  suiteNames,
  versionsAndSuites,
} from "../support/tls-configurations-compared.ts";
import { scanLocal } from "../support/tls-scan.ts";
import { nginx, selfSigned } from "../support/tls-servers.ts";

const PSK_SEEN = [
  "TLS_PSK_WITH_ARIA_128_GCM_SHA256",
  "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256",
  "TLS_RSA_PSK_WITH_AES_256_CBC_SHA384",
];

const ONE_IN_COMMON =
  "of the list that it offers both ways round the server has one suite, which is then called the server's choice";

/** What testssl.sh 3.0.8 does not see, or sees otherwise, by the title of the configuration. */
const EXPLAINED: Readonly<Record<string, readonly Explained[]>> = {
  "haproxy, client order, dual certificates": [
    {
      why: WHY_BEHIND_ECDSA,
      differences: [{ what: "suites of TLSv1.2", netkit: [...BEHIND_ECDSA], peer: [] }],
    },
  ],
  "nginx, anonymous and NULL suites only": [
    {
      why: ONE_IN_COMMON,
      differences: [
        { what: "who decides up to TLSv1.2", netkit: ["client"], peer: ["server"] },
        {
          what: "order of TLSv1.2",
          netkit: [],
          peer: [
            "TLS_ECDH_anon_WITH_AES_256_CBC_SHA",
            "TLS_ECDH_anon_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_NULL_SHA",
            "TLS_ECDH_anon_WITH_NULL_SHA",
            "TLS_RSA_WITH_NULL_SHA256",
            "TLS_RSA_WITH_NULL_SHA",
            "TLS_RSA_WITH_NULL_MD5",
          ],
        },
      ],
    },
    {
      why: "it looks for curves without anonymous and NULL suites",
      differences: [
        {
          what: "curves",
          netkit: ["secp256r1", "secp384r1", "secp521r1", "x25519", "x448"],
          peer: [],
        },
      ],
    },
  ],
  "gnutls-serv, 192 bits": [
    {
      why: ONE_IN_COMMON,
      differences: [
        { what: "who decides up to TLSv1.2", netkit: ["client"], peer: ["server"] },
        {
          what: "order of TLSv1.2",
          netkit: [],
          peer: [
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          ],
        },
      ],
    },
  ],
  "s_server with PSK suites": [
    {
      why: "it takes the ServerKeyExchange of DHE_PSK for a refusal, and stops there in each of its lists",
      differences: [
        {
          what: "suites of TLSv1.2",
          netkit: PSK_SUITES.filter((name) => !PSK_SEEN.includes(name)),
          peer: [],
        },
      ],
    },
    {
      why: "it looks for Diffie-Hellman parameters without PSK suites",
      differences: [
        {
          what: "finite fields",
          netkit: ["RFC3526/Oakley Group 14", "RFC3526/Oakley Group 15"],
          peer: [],
        },
      ],
    },
  ],
};

/** testssl.sh gives ALPN's protocols but those of HTTP before 1.1. */
const ALPN = ["h2", "http/1.1"];

function theirs(report: TestsslReport): Account {
  const account = new Map<string, readonly string[]>([["versions", report.versions]]);
  for (const [version, names] of report.suites) account.set(`suites of ${version}`, [...names].sort());
  for (const [version, names] of report.orders) account.set(`order of ${version}`, names);
  const { classic, modern } = report.deciders;
  if (classic !== undefined) account.set("who decides up to TLSv1.2", [classic]);
  if (modern !== undefined) account.set("who decides in TLSv1.3", [modern]);
  account.set("curves", [...report.curves].sort());
  account.set("finite fields", [...report.finiteFields].sort());
  account.set("ALPN", [...report.alpn].sort());
  return account;
}

/** In the same terms, and of what testssl.sh says something about. */
function ours(facts: AddressFacts, report: TestsslReport): Account {
  const account = versionsAndSuites(facts);
  for (const { version, suites, preference } of spoken(facts)) {
    if (report.orders.has(version) && preference !== "client") {
      account.set(`order of ${version}`, suiteNames(suites));
    }
  }
  const [modern, classic] = [true, false].map((isModern) =>
    spoken(facts).findLast(({ version }) => (version === "TLSv1.3") === isModern),
  );
  if (report.deciders.classic !== undefined) account.set("who decides up to TLSv1.2", decider(classic));
  if (report.deciders.modern !== undefined) account.set("who decides in TLSv1.3", decider(modern));
  account.set("curves", curves(facts));
  account.set("finite fields", finiteFields(facts));
  account.set("ALPN", (facts.features?.alpn ?? []).filter((name) => ALPN.includes(name)).sort());
  return account;
}

/** Where there is no choice, testssl.sh sees the same suite twice and calls it the server's. */
function decider(version: AddressFacts["protocols"][number] | undefined): readonly string[] {
  if (version === undefined) return [];
  return [version.preference === "one-choice" ? "server" : version.preference];
}

function names(codes: readonly number[], kind: "ecdh" | "ffdh"): readonly string[] {
  const known = codes.map(group).filter((one) => one?.kind === kind);
  return [...new Set(known.map((one) => one?.name ?? ""))].sort();
}

function curves(facts: AddressFacts): readonly string[] {
  return names([...facts.groups12.codes, ...facts.groups13.codes], "ecdh");
}

/** Parameters that are in no ClientHello count only where there are no named groups. */
function finiteFields(facts: AddressFacts): readonly string[] {
  const named = new Set(names(facts.groups13.codes, "ffdh"));
  for (const { known } of facts.dh) {
    const [, name] = /^RFC 7919 (\w+)$/.exec(known ?? "") ?? [];
    if (name !== undefined) named.add(name);
  }
  if (named.size > 0) return [...named].sort();
  return facts.dh
    .map(({ known, bits }) => {
      const [, number] = /^RFC 3526 group (\d+)$/.exec(known ?? "") ?? [];
      return number === undefined ? `Unknown DH group (${bits} bits)` : `RFC3526/Oakley Group ${number}`;
    })
    .sort();
}

function byHeading(found: readonly Difference[]): readonly Difference[] {
  return [...found].sort((a, b) => a.what.localeCompare(b.what));
}

let folder: Folder;
let material: Material;
const table = new DifferenceTable("testssl.sh");
/** Each keeps a core busy for half of the time, and pauses for the rest; vitest runs no more than five at once. */
const runs = new Semaphore(2 * availableParallelism() + 1);
let began = 0;

beforeAll(async () => {
  folder = await Folder.create();
  if (hasProgram("openssl")) material = await makeMaterial(folder);
  began = performance.now();
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

test("every explanation is of one of at least 40 configurations", () => {
  const titles = CONFIGURATIONS.map(titleOf);
  expect(new Set(titles).size).toBeGreaterThanOrEqual(40);
  expect(Object.keys(EXPLAINED).filter((title) => !titles.includes(title))).toEqual([]);
});

describe("testssl.sh and netkit find the same", () => {
  afterAll(() => {
    console.log(`${table}\nin ${((performance.now() - began) / 1000).toFixed(0)} s`);
  });

  describe.concurrent("of", () => {
    for (const configuration of CONFIGURATIONS) {
      const title = titleOf(configuration);
      peerTest(["testssl", "openssl", configuration.program], title, async () => {
        using _permit = await runs.acquire();
        await using own = await Folder.create();
        await using server = await configuration.start(own, material);
        const facts = await scanLocal(server.port);
        const report = await testssl(
          server.port,
          spoken(facts).some(({ preference }) => preference === "client"),
        );
        const account = ours(facts, report);
        const found = differences(account, theirs(report));
        const explained = EXPLAINED[title] ?? [];
        table.add(title, account.size, found, explained);
        expect(byHeading(found)).toEqual(byHeading(explained.flatMap((one) => one.differences)));
      });
    }
  });
});

describe("testssl.sh", () => {
  peerTest(
    ["testssl", "nginx", "openssl"],
    "looks at everything; netkit does in a twentieth of the time",
    async () => {
      await using own = await Folder.create();
      await using server = await nginx(own, [await selfSigned(own, "rsa")], "ssl_protocols TLSv1.2 TLSv1.3;");
      const before = performance.now();
      // As it comes, and for no longer than runProgram waits: the factor is at least what is shown here.
      await runProgram("testssl", [...TESTSSL_QUIET, `127.0.0.1:${server.port}`]);
      const theirs = (performance.now() - before) / 1000;
      const { seconds, connections } = await scanLocal(server.port);
      console.log(
        `testssl.sh ${theirs.toFixed(1)} s; netkit ${seconds.toFixed(2)} s in ${connections} connections`,
      );
      expect(theirs).toBeGreaterThan(5);
      expect(theirs / seconds).toBeGreaterThanOrEqual(20);
    },
  );
});
