// Versions, suites, groups and order of real servers, against what sslscan finds out about the same ones.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AddressFacts } from "../../src/engine/tls-check/facts.ts";
import { hasProgram, peerTest } from "../support/peers.ts";
import { Folder } from "../support/program.ts";
import { type SslscanReport, sslscan } from "../support/sslscan.ts";
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
  DifferenceTable,
  differences,
  type Explained,
  groupNames,
  spoken,
  suiteNames,
  versionsAndSuites,
} from "../support/tls-configurations-compared.ts";
import { scanLocal } from "../support/tls-scan.ts";

const CURVES = ["secp256r1", "secp384r1", "secp521r1", "x25519", "x448"];
/** The key is of P-256. */
const OTHER_CURVES = CURVES.slice(1);

/** What sslscan cannot see, by the title of the configuration. */
const EXPLAINED: Readonly<Record<string, readonly Explained[]>> = {
  "nginx, an ECDSA key": [
    unseenGroups("it offers one curve at a time, and not that of the key with it", OTHER_CURVES),
  ],
  "haproxy, client order, dual certificates": [
    {
      why: WHY_BEHIND_ECDSA,
      differences: [{ what: "suites of TLSv1.2", netkit: [...BEHIND_ECDSA], peer: [] }],
    },
    unseenGroups("it offers one curve at a time, and not that of the ECDSA key with it", OTHER_CURVES),
  ],
  "nginx, AES in its own order": [
    unseenGroups("it offers static RSA along with each curve, and the server prefers it", CURVES),
  ],
  "haproxy, its own order of curves and suites": [
    unseenGroups("it offers static RSA along with each curve, and the server prefers it", [
      "secp384r1",
      "x25519",
    ]),
  ],
  "nginx, anonymous and NULL suites only": [
    unseenGroups("it offers no anonymous suites along with the curves", CURVES),
  ],
  "s_server with PSK suites": [
    {
      why: "it has no pre-shared key, so it offers no such suite",
      differences: [{ what: "suites of TLSv1.2", netkit: PSK_SUITES, peer: [] }],
    },
  ],
};

function unseenGroups(why: string, netkit: readonly string[]): Explained {
  return { why, differences: [{ what: "groups of TLSv1.2", netkit, peer: [] }] };
}

/** A server's own order is the same for every client; one that follows the client's is not. */
function ownOrders(facts: AddressFacts): readonly string[] {
  const own = spoken(facts).filter((one) => one.preference === "server" && one.chachaForMobile !== true);
  return own.map(({ version }) => version);
}

/** Groups of TLS 1.2 and below are those of the newest of them that is spoken. */
function classicVersion(facts: AddressFacts): string | undefined {
  return spoken(facts).findLast(({ version }) => version !== "TLSv1.3")?.version;
}

function ours(facts: AddressFacts): Account {
  const account = versionsAndSuites(facts);
  for (const { version, suites } of spoken(facts)) {
    if (ownOrders(facts).includes(version)) account.set(`order of ${version}`, suiteNames(suites));
  }
  account.set("groups of TLSv1.3", groupNames(facts.groups13.codes));
  const classic = classicVersion(facts);
  if (classic !== undefined) account.set(`groups of ${classic}`, groupNames(facts.groups12.codes));
  return account;
}

function theirs(report: SslscanReport, facts: AddressFacts): Account {
  const account = new Map<string, readonly string[]>([["versions", report.versions]]);
  for (const [version, codes] of report.suites) {
    account.set(`suites of ${version}`, [...suiteNames(codes)].sort());
    if (ownOrders(facts).includes(version)) account.set(`order of ${version}`, suiteNames(codes));
  }
  for (const version of ["TLSv1.3", classicVersion(facts)]) {
    const codes = report.groups.get(version as "TLSv1.3") ?? [];
    if (version !== undefined) account.set(`groups of ${version}`, groupNames(codes));
  }
  return account;
}

let folder: Folder;
let material: Material;
const table = new DifferenceTable("sslscan");

beforeAll(async () => {
  folder = await Folder.create();
  if (hasProgram("openssl")) material = await makeMaterial(folder);
});

afterAll(async () => {
  console.log(table.toString());
  await folder[Symbol.asyncDispose]();
});

test("every explanation is of one of at least 40 configurations", () => {
  const titles = CONFIGURATIONS.map(titleOf);
  expect(new Set(titles).size).toBeGreaterThanOrEqual(40);
  expect(Object.keys(EXPLAINED).filter((title) => !titles.includes(title))).toEqual([]);
});

describe("sslscan and netkit find the same", () => {
  for (const configuration of CONFIGURATIONS) {
    const title = titleOf(configuration);
    peerTest(["sslscan", "openssl", configuration.program], title, async () => {
      await using own = await Folder.create();
      await using server = await configuration.start(own, material);
      const report = await sslscan(server.port);
      const facts = await scanLocal(server.port);
      expect(facts.unreachable).toBeUndefined();
      const open = facts.protocols.filter(
        ({ answer, complete }) => answer.kind === "inconclusive" || !complete,
      );
      expect(open).toEqual([]);
      const account = ours(facts);
      const found = differences(account, theirs(report, facts));
      const explained = EXPLAINED[title] ?? [];
      table.add(title, account.size, found, explained);
      expect(found).toEqual(explained.flatMap((one) => one.differences));
      configuration.also?.(facts);
    });
  }
});
