/**
 * Asks whether a certificate was revoked: the OCSP responders it names, then the revocation lists. The one part of
 * reading certificates that uses the network, so it is off unless asked for; every request is bounded in
 * time, size and redirects, and an authority that cannot be reached is an answer, not an error.
 */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { OcspFacts } from "./chain.ts";
import { crlSignedBy, partialBy, readCrl } from "./crl.ts";
import { Oddities, readElement } from "./der/element.ts";
import { sameName } from "./distinguished-name.ts";
import type { Certificate, RevocationList } from "./model.ts";
import { buildOcspRequest, readOcspResponse } from "./ocsp.ts";
import { isSettled } from "./revocation-answer.ts";
import { reading } from "./unreadable.ts";

export interface AskOptions {
  /** For one request, from connecting to the last byte. */
  readonly timeoutMs: number;
  /** Lists larger than this are not fetched. */
  readonly maxBytes: number;
  /** An answer that does not hold on that day does not end the asking; undefined = dates are not looked at. */
  readonly atMs?: number | undefined;
}

export const ASK_DEFAULTS: AskOptions = { timeoutMs: 5000, maxBytes: 32 * 1024 * 1024 };

const MAX_REDIRECTS = 3;
/** Certificates that name more have no good reason to. */
const MAX_URLS = 3;

/**
 * All that the authority says of `certificate`: OCSP first; lists only where no responder gave a good or bad
 * answer that can be believed. Empty when the certificate names neither.
 */
export async function askRevocation(
  certificate: Certificate,
  issuer: Certificate,
  options: AskOptions = ASK_DEFAULTS,
  signal?: AbortSignal,
): Promise<readonly OcspFacts[]> {
  const answers: OcspFacts[] = [];
  for (const url of certificate.ocspUrls.slice(0, MAX_URLS)) {
    const answer = await askOcsp(url, certificate, issuer, options, signal);
    answers.push(answer);
    if (isSettled(answer, options.atMs)) return answers;
  }
  for (const url of certificate.crlUrls.slice(0, MAX_URLS)) {
    const answer = await askCrl(url, certificate, issuer, options, signal);
    answers.push(answer);
    if (isSettled(answer, options.atMs)) return answers;
  }
  return answers;
}

async function askOcsp(
  url: string,
  certificate: Certificate,
  issuer: Certificate,
  options: AskOptions,
  signal: AbortSignal | undefined,
): Promise<OcspFacts> {
  const question = reading("certificate", () => buildOcspRequest(certificate, issuer));
  if ("kind" in question) return failed("asked", `no request can be made: ${question.why}`);
  const fetched = await fetchBytes(url, { method: "POST", body: question }, options, signal);
  if (fetched.kind === "failed") return failed("asked", `${url}: ${fetched.why}`);
  return readOcspResponse(fetched.bytes, { certificate, issuer, source: "asked" }).facts;
}

async function askCrl(
  url: string,
  certificate: Certificate,
  issuer: Certificate,
  options: AskOptions,
  signal: AbortSignal | undefined,
): Promise<OcspFacts> {
  const fetched = await fetchBytes(url, { method: "GET" }, options, signal);
  if (fetched.kind === "failed") return failed("crl", `${url}: ${fetched.why}`);
  const list = reading("CRL", () => readCrl(readElement(fetched.bytes, new Oddities())));
  if (list.kind === "unreadable") return failed("crl", `${url}: the list cannot be read: ${list.why}`);
  return checkCrl(list, certificate, issuer);
}

/** What a revocation list says of a certificate, in the terms of OCSP. */
export function checkCrl(list: RevocationList, certificate: Certificate, issuer: Certificate): OcspFacts {
  if (!sameName(list.issuer, certificate.issuer))
    return failed("crl", `the list is of another authority, ${list.issuer.text}`);
  const common = {
    source: "crl",
    producedMs: list.thisUpdateMs,
    nextUpdateMs: list.nextUpdateMs,
    signatureValid: crlSignedBy(list, issuer.publicKey),
  } as const;
  const entry = list.revoked.get(certificate.serial);
  if (entry !== undefined && entry.reason !== "removeFromCRL") {
    const why = entry.reason === undefined ? "" : `: ${entry.reason}`;
    return {
      ...common,
      status: "revoked",
      detail: `revoked on ${new Date(entry.atMs).toISOString().slice(0, 10)}${why}`,
    };
  }
  const partial = partialBy(list);
  if (partial !== undefined)
    return { ...common, status: "unknown", detail: `the list does not say: ${partial}` };
  return {
    ...common,
    status: "good",
    detail: `not on the list of ${new Date(list.thisUpdateMs).toISOString()}`,
  };
}

function failed(source: OcspFacts["source"], detail: string): OcspFacts {
  return {
    status: "unreadable",
    source,
    producedMs: undefined,
    nextUpdateMs: undefined,
    signatureValid: undefined,
    detail,
  };
}

type Fetched =
  | { readonly kind: "fetched"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "redirect"; readonly to: string };

interface Ask {
  readonly method: "GET" | "POST";
  readonly body?: Uint8Array;
}

async function fetchBytes(
  url: string,
  ask: Ask,
  options: AskOptions,
  signal: AbortSignal | undefined,
): Promise<Exclude<Fetched, { kind: "redirect" }>> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let target = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const fetched = await fetchOnce(target, ask, options.maxBytes, either);
    if (fetched.kind !== "redirect") {
      const late = fetched.kind === "failed" && timeout.aborted;
      return late ? { kind: "failed", why: `no answer within ${options.timeoutMs} ms` } : fetched;
    }
    target = fetched.to;
  }
  return { kind: "failed", why: `more than ${MAX_REDIRECTS} redirects` };
}

function fetchOnce(url: string, ask: Ask, maxBytes: number, signal: AbortSignal): Promise<Fetched> {
  return new Promise((resolve) => {
    const fail = (why: string): void => resolve({ kind: "failed", why });
    const target = URL.canParse(url) ? new URL(url) : undefined;
    if (target?.protocol !== "http:" && target?.protocol !== "https:") {
      fail("only http and https are asked");
      return;
    }
    const request = target.protocol === "http:" ? httpRequest : httpsRequest;
    const headers =
      ask.body === undefined
        ? {}
        : { "content-type": "application/ocsp-request", "content-length": ask.body.length };
    const outgoing = request(target, { method: ask.method, headers, signal, agent: false }, (response) => {
      const status = response.statusCode ?? 0;
      const location = response.headers.location;
      if (status >= 300 && status < 400 && location !== undefined && URL.canParse(location, target.href)) {
        response.destroy();
        resolve({ kind: "redirect", to: new URL(location, target).href });
        return;
      }
      if (status !== 200) {
        response.destroy();
        fail(`HTTP status ${status}`);
        return;
      }
      const parts: Buffer[] = [];
      let length = 0;
      response.on("data", (part: Buffer) => {
        parts.push(part);
        length += part.length;
        if (length <= maxBytes) return;
        response.destroy();
        fail(`more than ${maxBytes} bytes`);
      });
      response.on("end", () => resolve({ kind: "fetched", bytes: Buffer.concat(parts) }));
      response.on("error", (error) => fail(error.message));
    });
    outgoing.on("error", (error) => fail(error.message));
    outgoing.end(ask.body);
  });
}
