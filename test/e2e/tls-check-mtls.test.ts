// `tls-check` against servers that ask for client certificates: what they ask for is told, with and without a
// certificate to show; what a server keeps from strangers stays open, and a certificate given opens it.
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { CheckDocument } from "../../src/engine/tls-check/document/model.ts";
import { type Finished, netkit } from "../support/netkit.ts";
import { hasProgram, peerTest } from "../support/peers.ts";
import { Folder } from "../support/program.ts";
import { Authority } from "../support/tls-authority.ts";
import { haproxy, type KeyPairFiles, nginx, type RunningServer, sServer } from "../support/tls-servers.ts";

let folder: Folder;
let authority: Authority;
/** Whose client certificates the servers accept. */
let clients: Authority;
let server: KeyPairFiles;
let client: KeyPairFiles;
/** Of the servers' own authority, which they do not accept clients of. */
let stranger: KeyPairFiles;

beforeAll(async () => {
  folder = await Folder.create();
  if (!hasProgram("openssl")) return;
  authority = await Authority.create(folder, "authority");
  clients = await Authority.create(folder, "clients", "/O=Netkit/CN=Client Authority");
  server = await authority.issue(folder, { serial: "2001" });
  stranger = await authority.issue(folder, { serial: "2002", subject: "/CN=stranger" });
  client = await clients.issue(folder, { serial: "2003", subject: "/CN=client" });
}, 60_000);

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

type Address = NonNullable<CheckDocument["targets"][number]["endpoint"]>["addresses"][number];

async function check(
  { port }: RunningServer,
  ...args: string[]
): Promise<Finished & { readonly result: CheckDocument; readonly address: Address; note: string }> {
  const target = `https://localhost:${port}`;
  const finished = await netkit("tls-check", "--json", target, "--cacert", authority.cert, ...args);
  if (finished.stdout === "") throw new Error(finished.stderr);
  const result = JSON.parse(finished.stdout) as CheckDocument;
  const [first] = result.targets;
  const note = first!.findings.find(({ rule }) => rule === "client-certificate")?.message ?? "";
  return { ...finished, result, address: first!.endpoint!.addresses[0]!, note };
}

const shown = ({ cert, key }: KeyPairFiles): string[] => ["--cert", cert, "--key", key];
const NAMES = ["CN=Client Authority,O=Netkit"];

/** Nothing that takes a completed handshake is open. */
function expectComplete({ sessions, protocols }: Address): void {
  for (const [name, answer] of Object.entries(sessions ?? {})) {
    if (typeof answer === "object" && answer !== null)
      expect([name, answer.kind]).not.toContain("inconclusive");
  }
  expect(protocols.every(({ complete }) => complete)).toBe(true);
}

const openSessions = ({ sessions }: Address): readonly string[] =>
  Object.entries(sessions ?? {}).flatMap(([name, answer]) =>
    typeof answer === "object" && answer?.kind === "inconclusive" ? [name] : [],
  );

describe("nginx", () => {
  // It lets everybody through the handshake and refuses by HTTP, so `on` and `optional` look the same from TLS.
  for (const mode of ["on", "optional"]) {
    peerTest(
      ["nginx", "openssl"],
      `with ssl_verify_client ${mode} asks, and names its authorities`,
      async () => {
        const lines = `ssl_verify_client ${mode}; ssl_client_certificate ${clients.cert};`;
        await using running = await nginx(folder, [server], lines);
        for (const args of [[], shown(client), shown(stranger)]) {
          const { code, address, note } = await check(running, ...args);
          expect(code).toBe(0);
          expect(address.features).toMatchObject({
            clientCertificate: "requested",
            clientAuthorities: NAMES,
          });
          expect(note).toBe("a client certificate is asked for, and the handshake goes on without one");
          expectComplete(address);
        }
      },
    );
  }

  peerTest(["nginx", "openssl"], "without ssl_verify_client asks for none, whatever is given", async () => {
    await using running = await nginx(folder, [server]);
    for (const args of [[], shown(client)]) {
      const { code, address, note } = await check(running, ...args);
      expect([code, note]).toEqual([0, ""]);
      expect(address.features).toMatchObject({ clientCertificate: "none", clientAuthorities: [] });
    }
  });
});

describe("servers that require a certificate in the handshake", () => {
  const kinds: Readonly<Record<string, () => Promise<RunningServer>>> = {
    "s_server -Verify": () =>
      sServer(server, ["-Verify", "1", "-CAfile", clients.cert, "-verify_return_error"]),
    "s_server -Verify, TLS 1.2": () =>
      sServer(server, ["-Verify", "1", "-CAfile", clients.cert, "-verify_return_error", "-tls1_2"]),
    "haproxy verify required": () =>
      haproxy(folder, [server], `verify required ca-file ${clients.cert} ssl-min-ver TLSv1.2`),
  };
  for (const [name, start] of Object.entries(kinds)) {
    const programs = name.startsWith("haproxy") ? ["haproxy", "openssl"] : ["openssl"];

    peerTest(programs, `${name}: without one, what needs one is open and all else is known`, async () => {
      await using running = await start();
      const { address, note, result, code } = await check(running);
      expect(address.features).toMatchObject({ clientCertificate: "required", clientAuthorities: NAMES });
      expect(note).toBe("a client certificate is required");
      expect(openSessions(address).length).toBeGreaterThan(0);
      expect(address.protocols.every(({ complete }) => complete)).toBe(true);
      expect(result.targets[0]!.chains[0]!.sent).toHaveLength(1);
      expect(code).toBe(3);
    });

    peerTest(programs, `${name}: with one, everything is known`, async () => {
      await using running = await start();
      const { address, note, code } = await check(running, ...shown(client));
      expect(address.features).toMatchObject({ clientCertificate: "required", clientAuthorities: NAMES });
      expect(note).toBe("a client certificate is required");
      expectComplete(address);
      expect(code).toBe(0);
    });

    peerTest(programs, `${name}: with one it does not accept, what needs one stays open`, async () => {
      await using running = await start();
      const { address, code } = await check(running, ...shown(stranger));
      expect(address.features).toMatchObject({ clientCertificate: "required", clientAuthorities: NAMES });
      expect(openSessions(address).length).toBeGreaterThan(0);
      expect(code).toBe(3);
    });
  }

  peerTest("openssl", "show their own certificate to everybody: --certificate-only needs none", async () => {
    await using running = await kinds["s_server -Verify"]!();
    const { code, result } = await check(running, "--certificate-only");
    expect([code, result.targets[0]!.chains.length]).toEqual([0, 1]);
  });
});

describe("the flags", () => {
  peerTest("openssl", "want both files, readable, and belonging together", async () => {
    const target = "https://localhost:1";
    for (const args of [
      ["--cert", client.cert],
      ["--key", client.key],
      ["--cert", client.cert, "--key", `${folder.path}/absent.key`],
      ["--cert", client.cert, "--key", server.key],
      ["--cert", client.key, "--key", client.key],
    ]) {
      const { code, stderr } = await netkit("tls-check", target, ...args);
      expect([args, code]).toEqual([args, 2]);
      expect(stderr).toMatch(/--key|--cert|key|certificate/);
    }
  });
});
