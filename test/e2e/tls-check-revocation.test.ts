// `tls-check --revocation` against openssl's responder, lists over HTTP and stapled responses of real servers: what
// the authority says decides; what nobody can believe, or nobody answered, stays open and is never "good".
import { afterAll, beforeAll, beforeEach, describe, expect } from "vitest";
import type { CheckDocument } from "../../src/engine/tls-check/document/model.ts";
import { type Finished, netkit } from "../support/netkit.ts";
import { hasProgram, peerTest } from "../support/peers.ts";
import { Folder, freePort } from "../support/program.ts";
import { Authority, ListServer } from "../support/tls-authority.ts";
import { type KeyPairFiles, nginx, nodeTls, sServer } from "../support/tls-servers.ts";

let folder: Folder;
let authority: Authority;
/** Same name as the authority, another key. */
let impostor: Authority;
let lists: ListServer;
let responderPort = 0;
/** Names the responder alone, the list alone, both, and none. */
let byOcsp: KeyPairFiles;
let byList: KeyPairFiles;
let byBoth: KeyPairFiles;
let byNone: KeyPairFiles;

const [OCSP, LIST, BOTH, NONE] = ["1001", "1002", "1003", "1004"] as const;

beforeAll(async () => {
  folder = await Folder.create();
  lists = await ListServer.start();
  if (!hasProgram("openssl")) return;
  responderPort = await freePort();
  authority = await Authority.create(folder, "authority");
  impostor = await Authority.create(folder, "impostor", "/CN=authority");
  const aia = `authorityInfoAccess=OCSP;URI:http://127.0.0.1:${responderPort}/`;
  const crl = `crlDistributionPoints=URI:${lists.url("/list")}`;
  byOcsp = await authority.issue(folder, { serial: OCSP, extensions: [aia] });
  byList = await authority.issue(folder, { serial: LIST, extensions: [crl] });
  byBoth = await authority.issue(folder, { serial: BOTH, extensions: [aia, crl] });
  byNone = await authority.issue(folder, { serial: NONE });
}, 60_000);

afterAll(async () => {
  await lists[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

beforeEach(() => {
  lists.lists.clear();
  lists.asked.length = 0;
});

type Checked = Finished & {
  readonly result: CheckDocument;
  /** Of rule `cert-revoked`: status, message, evidence. */
  readonly found: readonly (readonly [string, string, readonly string[]])[];
  readonly ocsp: CheckDocument["targets"][number]["chains"][number]["ocsp"];
};

async function check(target: string, ...args: string[]): Promise<Checked> {
  const finished = await netkit("tls-check", "--json", target, "--cacert", authority.cert, ...args);
  if (finished.stdout === "") throw new Error(finished.stderr);
  const result = JSON.parse(finished.stdout) as CheckDocument;
  const [first] = result.targets;
  return {
    ...finished,
    result,
    found: first!.findings
      .filter(({ rule }) => rule === "cert-revoked")
      .map(({ status, message, evidence }) => [status, message, evidence] as const),
    ocsp: first!.chains[0]!.ocsp,
  };
}

async function checkServed(pair: KeyPairFiles, ...args: string[]): Promise<Checked> {
  await using server = await nodeTls(pair);
  return await check(`https://localhost:${server.port}`, "--certificate-only", "--revocation", ...args);
}

const OPEN = "it could not be found out whether the certificate is revoked";

describe("the responder", () => {
  peerTest("openssl", "says good: the check passes", async () => {
    await authority.record(folder, { [OCSP]: "good" });
    await using _responder = await authority.responder(responderPort);
    const { code, found, ocsp } = await checkServed(byOcsp);
    expect([code, found]).toEqual([0, []]);
    expect(ocsp).toMatchObject([{ status: "good", source: "asked", signatureValid: true }]);
  });

  peerTest("openssl", "says revoked: the check fails, with day and reason", async () => {
    await authority.record(folder, { [OCSP]: "revoked" });
    await using _responder = await authority.responder(responderPort);
    const { code, found } = await checkServed(byOcsp);
    expect(code).toBe(1);
    expect(found).toEqual([
      [
        "problem",
        "the certificate is revoked, says the OCSP responder",
        ["revoked on 2026-05-01: keyCompromise"],
      ],
    ]);
  });

  peerTest("openssl", "does not know the certificate: inconclusive", async () => {
    await authority.record(folder, {});
    await using _responder = await authority.responder(responderPort);
    const { code, found } = await checkServed(byOcsp);
    expect(code).toBe(3);
    expect(found).toEqual([
      [
        "inconclusive",
        OPEN,
        ["the OCSP responder does not say: the responder does not know the certificate"],
      ],
    ]);
  });

  peerTest("openssl", "is down: inconclusive, unless a finding decides first", async () => {
    const { code, found, result } = await checkServed(byOcsp);
    expect([code, result.outcome]).toEqual([3, "inconclusive"]);
    expect(found).toMatchObject([["inconclusive", OPEN, [expect.stringContaining("ECONNREFUSED")]]]);
    const expired = await checkServed(byOcsp, "--at", "2099-01-01");
    expect([expired.code, expired.result.outcome]).toEqual([1, "failed"]);
    expect(expired.found.map(([status]) => status)).toEqual(["inconclusive"]);
    const excused = await checkServed(byOcsp, "--fail-on", "cert-expired");
    expect(excused.code).toBe(0);
  });

  peerTest("openssl", "is somebody else: neither its good nor its revoked counts", async () => {
    for (const status of ["good", "revoked"] as const) {
      await authority.record(folder, { [OCSP]: status });
      await using _responder = await authority.responder(responderPort, impostor);
      const { code, found, ocsp } = await checkServed(byOcsp);
      expect(ocsp).toMatchObject([{ status, signatureValid: false }]);
      expect(code).toBe(3);
      expect(found).toEqual([["inconclusive", OPEN, ["the OCSP responder is not signed by the authority"]]]);
    }
  });

  peerTest("openssl", "is not asked unless told to", async () => {
    await authority.record(folder, { [OCSP]: "revoked" });
    await using _responder = await authority.responder(responderPort);
    await using server = await nodeTls(byOcsp);
    const { code, ocsp } = await check(`https://localhost:${server.port}`, "--certificate-only");
    expect([code, ocsp]).toEqual([0, []]);
  });

  peerTest("openssl", "is asked about a certificate in a file, too", async () => {
    await authority.record(folder, { [OCSP]: "revoked" });
    await using _responder = await authority.responder(responderPort);
    const { code, found } = await check(byOcsp.cert, "--revocation");
    expect([code, found.map(([status]) => status)]).toEqual([1, ["problem"]]);
  });
});

describe("the revocation list", () => {
  const DAY = ["-crldays", "1"];

  peerTest("openssl", "does not name the certificate: the check passes", async () => {
    await authority.record(folder, { [OCSP]: "revoked" });
    lists.lists.set("/list", await authority.list(folder, DAY));
    const { code, found, ocsp } = await checkServed(byList);
    expect([code, found]).toEqual([0, []]);
    expect(ocsp).toMatchObject([{ status: "good", source: "crl", signatureValid: true }]);
    expect(lists.asked).toEqual(["/list"]);
  });

  peerTest("openssl", "names the certificate: the check fails", async () => {
    await authority.record(folder, { [LIST]: "revoked" });
    lists.lists.set("/list", await authority.list(folder, DAY));
    const { code, found } = await checkServed(byList);
    expect(code).toBe(1);
    expect(found).toEqual([
      [
        "problem",
        "the certificate is revoked, says the revocation list",
        ["revoked on 2026-05-01: keyCompromise"],
      ],
    ]);
  });

  peerTest("openssl", "is out of date: what it does not name may have been revoked since", async () => {
    await authority.record(folder, {});
    const past = ["-crl_lastupdate", "20260101000000Z", "-crl_nextupdate", "20260201000000Z"];
    lists.lists.set("/list", await authority.list(folder, past));
    const { code, found } = await checkServed(byList);
    expect(code).toBe(3);
    expect(found).toEqual([["inconclusive", OPEN, ["the revocation list was good until 2026-02-01 only"]]]);
    await authority.record(folder, { [LIST]: "revoked" });
    lists.lists.set("/list", await authority.list(folder, past));
    expect((await checkServed(byList)).code).toBe(1);
  });

  peerTest(
    "openssl",
    "is signed by somebody else of the same name, or is not there: inconclusive",
    async () => {
      lists.lists.set("/list", await impostor.list(folder, DAY));
      const forged = await checkServed(byList);
      expect([forged.code, forged.found]).toEqual([
        3,
        [["inconclusive", OPEN, ["the revocation list is not signed by the authority"]]],
      ]);
      lists.lists.clear();
      const missing = await checkServed(byList);
      expect(missing.code).toBe(3);
      expect(missing.found).toMatchObject([
        ["inconclusive", OPEN, [expect.stringContaining("HTTP status 404")]],
      ]);
    },
  );

  peerTest("openssl", "answers where the responder is down or cannot be believed", async () => {
    await authority.record(folder, {});
    lists.lists.set("/list", await authority.list(folder, DAY));
    const down = await checkServed(byBoth);
    expect([down.code, down.ocsp.map(({ source, status }) => `${source} ${status}`)]).toEqual([
      0,
      ["asked unreadable", "crl good"],
    ]);
    await authority.record(folder, { [BOTH]: "good" });
    await using _responder = await authority.responder(responderPort, impostor);
    await impostor.record(folder, {});
    const forged = await checkServed(byBoth);
    expect([forged.code, forged.ocsp.map(({ source, status }) => `${source} ${status}`)]).toEqual([
      0,
      ["asked good", "crl good"],
    ]);
  });
});

peerTest("openssl", "a certificate that names neither leaves nothing to ask", async () => {
  const { code, found, ocsp } = await checkServed(byNone);
  expect([code, found, ocsp]).toEqual([0, [], []]);
});

describe("a stapled response", () => {
  const rulesOf = ({ result }: Checked) => result.targets[0]!.findings.map(({ rule }) => rule);

  peerTest("openssl", "of s_server that says good answers for a responder that is down", async () => {
    await authority.record(folder, { [OCSP]: "good" });
    const staple = await authority.response(folder, byOcsp, ["-ndays", "1"]);
    await using server = await sServer(byOcsp, ["-status_file", staple]);
    const checked = await check(`https://localhost:${server.port}`, "--certificate-only", "--revocation");
    expect([checked.code, checked.found]).toEqual([0, []]);
    expect(checked.ocsp).toMatchObject([
      { status: "good", source: "stapled", signatureValid: true },
      { status: "unreadable", source: "asked" },
    ]);
  });

  peerTest("openssl", "of s_server that says revoked needs nobody to be asked", async () => {
    await authority.record(folder, { [OCSP]: "revoked" });
    const staple = await authority.response(folder, byOcsp, ["-ndays", "1"]);
    await using server = await sServer(byOcsp, ["-status_file", staple]);
    const checked = await check(`https://localhost:${server.port}`, "--certificate-only");
    expect(checked.code).toBe(1);
    expect(checked.found).toEqual([
      [
        "problem",
        "the certificate is revoked, says the stapled OCSP response",
        ["revoked on 2026-05-01: keyCompromise"],
      ],
    ]);
  });

  peerTest(["nginx", "openssl"], "of nginx is read in a full scan, and grows old", async () => {
    await authority.record(folder, { [OCSP]: "good" });
    const staple = await authority.response(folder, byOcsp, ["-ndays", "1"]);
    await using server = await nginx(folder, [byOcsp], `ssl_stapling on; ssl_stapling_file ${staple};`);
    const target = `https://localhost:${server.port}`;
    const fresh = await check(target, "--revocation");
    expect([fresh.code, fresh.found]).toEqual([0, []]);
    expect(fresh.ocsp[0]).toMatchObject({ status: "good", source: "stapled", signatureValid: true });
    expect(rulesOf(fresh)).not.toContain("stapling-missing");
    const inThreeDays = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    const old = await check(target, "--certificate-only", "--at", inThreeDays);
    expect([old.code, rulesOf(old)]).toEqual([1, expect.arrayContaining(["cert-staple-bad"])]);
  });

  peerTest(["nginx", "openssl"], "of another certificate is worse than none", async () => {
    await authority.record(folder, { [LIST]: "good" });
    const staple = await authority.response(folder, byList, ["-ndays", "1"]);
    await using server = await nginx(folder, [byOcsp], `ssl_stapling on; ssl_stapling_file ${staple};`);
    const checked = await check(`https://localhost:${server.port}`, "--certificate-only");
    expect([checked.code, rulesOf(checked)]).toEqual([1, expect.arrayContaining(["cert-staple-bad"])]);
  });
});
