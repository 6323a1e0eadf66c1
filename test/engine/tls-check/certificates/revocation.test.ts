/** Asking for revocation over HTTP on the loopback: responders and lists that answer, lie, hang and flood. */
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { buildOcspRequest, readOcspResponse } from "../../../../src/engine/tls-check/certificates/ocsp.ts";
import { askRevocation } from "../../../../src/engine/tls-check/certificates/revocation.ts";
import { certificate } from "../../../support/corpus/case.ts";
import { revocationList } from "../../../support/corpus/file-cases.ts";
import { testKey } from "../../../support/corpus/keys.ts";
import {
  authorities,
  authorityInfo,
  crlUrls,
  days,
  extension,
  leaf,
  OID,
} from "../../../support/corpus/maker.ts";
import { hasOpenssl, Workshop } from "../../../support/corpus/openssl.ts";
import { ocspResponse, type ResponseRecipe } from "../../../support/corpus/transparency.ts";
import { int, pem, seq, utcTime } from "../../../support/der-writer.ts";

const { intermediate, root } = authorities();
const issuer = certificate(intermediate.der);
const SERIAL = int(0x4711);

let server: Server | undefined;

afterEach(async () => {
  const closing = server;
  server = undefined;
  if (closing === undefined) return;
  closing.closeAllConnections();
  await new Promise((resolve) => closing.close(resolve));
});

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

async function serve(answer: Answer): Promise<string> {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => answer(request, response, Buffer.concat(parts)));
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

const asked = (base: string, where: { ocsp?: readonly string[]; crl?: readonly string[] }) =>
  certificate(
    leaf({
      serial: SERIAL,
      extensions: {
        [OID.aia]:
          where.ocsp === undefined
            ? undefined
            : authorityInfo(...where.ocsp.map((path) => ["ocsp", base + path] as const)),
        [OID.crlUrls]: where.crl === undefined ? undefined : crlUrls(...where.crl.map((path) => base + path)),
      },
    }).der,
  );

const response = (more: Partial<ResponseRecipe> = {}): Buffer =>
  ocspResponse({ certificate: Buffer.alloc(0), issuer: intermediate, serial: SERIAL, ...more });

const OPTIONS = { timeoutMs: 2000, maxBytes: 1024 * 1024 };
const ask = (own: ReturnType<typeof asked>, options = OPTIONS, signal?: AbortSignal) =>
  askRevocation(own, issuer, options, signal);

describe("an OCSP responder", () => {
  test("is asked by POST for the serial number, and believed when the authority signed", async () => {
    let seen: { method: string | undefined; type: string | undefined; body: Buffer } | undefined;
    const base = await serve((request, out, body) => {
      seen = { method: request.method, type: request.headers["content-type"], body };
      out.end(response());
    });
    const own = asked(base, { ocsp: ["/"] });
    const [answer, ...rest] = await ask(own);
    expect(answer).toMatchObject({ status: "good", source: "asked", signatureValid: true });
    expect(rest).toEqual([]);
    expect(seen).toMatchObject({ method: "POST", type: "application/ocsp-request" });
    expect(seen?.body).toEqual(Buffer.from(buildOcspRequest(own, issuer)));
    expect(seen?.body.includes(SERIAL)).toBe(true);
  });

  test("says revoked, with day and reason", async () => {
    const base = await serve((_request, out) => out.end(response({ status: "revoked" })));
    const [answer] = await ask(asked(base, { ocsp: ["/"] }));
    expect(answer).toMatchObject({ status: "revoked", detail: "revoked on 2026-05-27: keyCompromise" });
  });

  test("that does not know is followed by the next one", async () => {
    const base = await serve((request, out) =>
      out.end(response({ status: request.url === "/a" ? "unknown" : "good" })),
    );
    const answers = await ask(asked(base, { ocsp: ["/a", "/b"] }));
    expect(answers.map(({ status }) => status)).toEqual(["unknown", "good"]);
  });

  test("may redirect, but not for ever and not to a file", async () => {
    const base = await serve((request, out) => {
      if (request.url === "/real") out.end(response());
      else
        out
          .writeHead(302, {
            location:
              request.url === "/loop" ? "/loop" : request.url === "/file" ? "file:///etc/passwd" : "/real",
          })
          .end();
    });
    const details = async (path: string) => (await ask(asked(base, { ocsp: [path] })))[0];
    expect(await details("/moved")).toMatchObject({ status: "good" });
    expect((await details("/loop"))?.detail).toContain("more than 3 redirects");
    expect((await details("/file"))?.detail).toContain("only http and https");
  });

  test("that fails, floods, hangs or is not there is an answer, not an error", async () => {
    const base = await serve((request, out) => {
      if (request.url === "/500") out.writeHead(500).end("no");
      else if (request.url === "/html") out.end("<html>");
      else if (request.url === "/flood") out.end(Buffer.alloc(100_000));
    });
    const detail = async (path: string, options = OPTIONS) => {
      const [answer] = await ask(asked(base, { ocsp: [path] }), options);
      expect(answer?.status).toBe("unreadable");
      return answer?.detail;
    };
    expect(await detail("/500")).toContain("HTTP status 500");
    expect(await detail("/html")).toContain("cannot be read");
    expect(await detail("/flood", { ...OPTIONS, maxBytes: 50_000 })).toContain("more than 50000 bytes");
    expect(await detail("/hang", { ...OPTIONS, timeoutMs: 150 })).toContain("no answer within 150 ms");
    const own = asked("http://127.0.0.1:1", { ocsp: ["/"] });
    expect((await ask(own))[0]?.detail).toContain("ECONNREFUSED");
    expect((await ask(asked("ldap://127.0.0.1", { ocsp: ["/"] })))[0]?.detail).toContain(
      "only http and https",
    );
  });

  test("is given up when the user stops", async () => {
    const base = await serve(() => undefined);
    const stop = new AbortController();
    const pending = ask(asked(base, { ocsp: ["/"] }), OPTIONS, stop.signal);
    stop.abort();
    expect((await pending)[0]?.status).toBe("unreadable");
  });
});

describe("a revocation list", () => {
  const revoked = seq(SERIAL, utcTime(days(-3)), seq(extension("2.5.29.21", int(4, 0x0a))));

  async function listed(list: Buffer) {
    const base = await serve((_request, out) => out.end(list));
    return (await ask(asked(base, { crl: ["/list"] })))[0];
  }

  test("is fetched when there is no responder", async () => {
    expect(await listed(revocationList())).toMatchObject({
      status: "good",
      source: "crl",
      signatureValid: true,
    });
  });

  test("names the certificate, with day and reason", async () => {
    expect(await listed(revocationList({ entries: [revoked] }))).toMatchObject({
      status: "revoked",
      detail: "revoked on 2026-05-29: superseded",
      signatureValid: true,
    });
  });

  test("of another hand, another authority, or only a part is told as such", async () => {
    expect(await listed(revocationList({ key: testKey("p256", "stranger") }))).toMatchObject({
      status: "good",
      signatureValid: false,
    });
    expect(await listed(revocationList({ issuer: root.subject }))).toMatchObject({
      status: "unreadable",
      detail: expect.stringContaining("another authority"),
    });
    expect(
      await listed(revocationList({ extensions: [extension("2.5.29.27", int(1), true)] })),
    ).toMatchObject({ status: "unknown", detail: expect.stringContaining("delta") });
    expect(await listed(revocationList({ extensions: [extension("1.2.3", int(1), true)] }))).toMatchObject({
      status: "unknown",
    });
    expect(await listed(Buffer.from("nothing"))).toMatchObject({ status: "unreadable" });
  });
});

test("a certificate that names neither is not asked about", async () => {
  expect(await ask(asked("", {}))).toEqual([]);
});

describe("an OCSP response", () => {
  const own = certificate(leaf({ serial: SERIAL }).der);

  test("cannot be believed or doubted when the issuer is unknown", () => {
    const { facts } = readOcspResponse(response(), {
      certificate: own,
      issuer: undefined,
      source: "stapled",
    });
    expect(facts).toMatchObject({ status: "good", signatureValid: undefined });
  });

  test("is found by a serial number that is negative, too", () => {
    const negative = certificate(leaf({ serial: int(-5) }).der);
    const { facts } = readOcspResponse(ocspResponse({ certificate: negative.der, issuer: intermediate }), {
      certificate: negative,
      issuer,
      source: "stapled",
    });
    expect(facts.status).toBe("good");
  });
});

describe.skipIf(!hasOpenssl)("the openssl responder", () => {
  test("understands our request, and its answers verify", { timeout: 30_000 }, async () => {
    using shop = new Workshop();
    shop.write("ca.pem", pem("CERTIFICATE", intermediate.der));
    shop.write("ca.key", intermediate.key.privateKey.export({ type: "pkcs8", format: "pem" }));
    const port = await freePort();
    const make = (serial: number) =>
      certificate(
        leaf({
          serial: int(serial),
          extensions: { [OID.aia]: authorityInfo(["ocsp", `http://127.0.0.1:${port}/`]) },
        }).der,
      );
    shop.write(
      "index",
      "V\t300101000000Z\t\t1234\tunknown\t/CN=a\nR\t300101000000Z\t260501000000Z,superseded\t1235\tunknown\t/CN=b\n",
    );
    const args = [
      "ocsp",
      "-index",
      "index",
      "-port",
      String(port),
      "-rsigner",
      "ca.pem",
      "-rkey",
      "ca.key",
      "-CA",
      "ca.pem",
      "-ndays",
      "1",
    ];
    const responder = spawn("openssl", args, { cwd: shop.folder, stdio: ["ignore", "ignore", "pipe"] });
    try {
      await new Promise<void>((resolve, reject) => {
        responder.stderr.on(
          "data",
          (data: Buffer) => data.includes("waiting for OCSP client connections") && resolve(),
        );
        responder.on("exit", () => reject(new Error("openssl ocsp ended")));
      });
      const status = async (serial: number) => (await askRevocation(make(serial), issuer))[0];
      expect(await status(0x1234)).toMatchObject({ status: "good", signatureValid: true });
      expect(await status(0x1235)).toMatchObject({
        status: "revoked",
        signatureValid: true,
        detail: "revoked on 2026-05-01: superseded",
      });
      expect(await status(0x1236)).toMatchObject({ status: "unknown", signatureValid: true });
    } finally {
      responder.kill();
    }
  });
});

async function freePort(): Promise<number> {
  const probe = createTcpServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
