// An authority made by openssl in a folder: it issues, revokes, answers by OCSP and publishes lists.

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { type Folder, Program, runProgram } from "./program.ts";
import type { KeyPairFiles } from "./tls-servers.ts";

async function openssl(...args: string[]): Promise<void> {
  const { code, output } = await runProgram("openssl", args);
  if (code !== 0) throw new Error(`openssl ${args.join(" ")}: ${output}`);
}

export interface LeafRequest {
  /** Hex digits, two at least. */
  readonly serial: string;
  readonly subject?: string;
  /** Lines of an openssl extension file besides the names. */
  readonly extensions?: readonly string[];
}

export class Authority {
  readonly #folder: string;
  readonly #name: string;
  readonly cert: string;
  readonly key: string;
  /** openssl's own format: status, end, revocation, serial number, file, subject. */
  readonly index: string;

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    this.cert = join(folder, `${name}.pem`);
    this.key = join(folder, `${name}.key`);
    this.index = join(folder, `${name}.index`);
  }

  /** @param name of its files; `subject` may be that of another authority, for one that pretends */
  static async create(folder: Folder, name: string, subject = `/CN=${name}`): Promise<Authority> {
    const made = new Authority(folder.path, name);
    await openssl(
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", subject],
      ...["-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", made.key, "-out", made.cert],
    );
    await folder.write(`${name}.index`, "");
    await folder.write(`${name}.index.attr`, "unique_subject = no\n");
    return made;
  }

  /** A certificate for localhost and 127.0.0.1, or for a client. */
  async issue(folder: Folder, { serial, subject, extensions = [] }: LeafRequest): Promise<KeyPairFiles> {
    const base = join(this.#folder, `${this.#name}-${serial}`);
    const lines = [
      "subjectAltName=DNS:localhost,IP:127.0.0.1",
      "basicConstraints=CA:FALSE",
      "keyUsage=critical,digitalSignature,keyEncipherment",
      "extendedKeyUsage=serverAuth,clientAuth",
      ...extensions,
    ];
    const file = await folder.write(`${this.#name}-${serial}.ext`, `${lines.join("\n")}\n`);
    const pair = { cert: `${base}.pem`, key: `${base}.key` };
    await openssl(
      ...["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", subject ?? "/CN=localhost"],
      ...["-keyout", pair.key, "-out", `${base}.csr`],
    );
    await openssl(
      ...["x509", "-req", "-in", `${base}.csr`, "-CA", this.cert, "-CAkey", this.key],
      ...["-set_serial", `0x${serial}`, "-days", "60", "-extfile", file, "-out", pair.cert],
    );
    return pair;
  }

  /** What it knows of its certificates; those not named are unknown to it. */
  async record(folder: Folder, known: Readonly<Record<string, "good" | "revoked">>): Promise<void> {
    const lines = Object.entries(known).map(([serial, status]) =>
      status === "good"
        ? `V\t300101000000Z\t\t${serial}\tunknown\t/CN=localhost\n`
        : `R\t300101000000Z\t260501000000Z,keyCompromise\t${serial}\tunknown\t/CN=localhost\n`,
    );
    await folder.write(`${this.#name}.index`, lines.join(""));
  }

  /**
   * `openssl ocsp` as a responder. It has no option for the address: for as long as a test runs, it listens on
   * all of them.
   *
   * @param signer whose key signs the answers; default: the authority's own
   */
  async responder(port: number, signer: KeyPairFiles = this): Promise<Program> {
    const program = new Program("openssl", [
      ...["ocsp", "-index", this.index, "-CA", this.cert, "-rsigner", signer.cert, "-rkey", signer.key],
      ...["-port", String(port), "-ndays", "1", "-ignore_err"],
    ]);
    // A connection that asks nothing, to see whether it listens, would keep it from answering for seconds.
    while (!program.output.includes("waiting for OCSP client connections")) {
      if (program.process.exitCode !== null) throw new Error(program.output);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return program;
  }

  /** A response to staple, DER. @param args like `-ndays 1`, for when it holds */
  async response(folder: Folder, pair: KeyPairFiles, args: readonly string[]): Promise<string> {
    const out = join(folder.path, `${this.#name}.ocsp`);
    await openssl(
      ...["ocsp", "-index", this.index, "-CA", this.cert, "-rsigner", this.cert, "-rkey", this.key],
      ...["-issuer", this.cert, "-cert", pair.cert, "-no_nonce", "-respout", out, ...args],
    );
    return out;
  }

  /** A revocation list, DER. @param validity like `-crldays 1`, or first and last moment */
  async list(folder: Folder, validity: readonly string[]): Promise<Buffer> {
    const [list, der] = [join(folder.path, `${this.#name}.crl`), join(folder.path, `${this.#name}.der`)];
    const config = await folder.write(
      `${this.#name}.cnf`,
      `[ca]\ndefault_ca = own\n[own]\ndatabase = ${this.index}\ndefault_md = sha256\n`,
    );
    await openssl(
      ...["ca", "-gencrl", "-config", config, "-cert", this.cert, "-keyfile", this.key],
      ...[...validity, "-out", list],
    );
    await openssl("crl", "-in", list, "-outform", "DER", "-out", der);
    return readFileSync(der);
  }
}

/** Publishes revocation lists over HTTP, by path; what is not there is 404. */
export class ListServer implements AsyncDisposable {
  readonly lists = new Map<string, Buffer>();
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? "/";
      this.asked.push(path);
      const list = this.lists.get(path);
      response
        .writeHead(list === undefined ? 404 : 200, { "content-type": "application/pkix-crl" })
        .end(list);
    });
  }

  static async start(): Promise<ListServer> {
    const made = new ListServer();
    await new Promise<void>((resolve) => made.#server.listen(0, "127.0.0.1", resolve));
    return made;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
