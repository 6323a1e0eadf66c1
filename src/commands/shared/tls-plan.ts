/**
 * `--cacert`, `--cert` and `--key` of any command that dials, read and checked before the first connection: a file that
 * cannot be used is a usage error, not a target that cannot be reached. The checks load only when asked for.
 */
import { Buffer } from "node:buffer";
import { NetkitError, usageError } from "../../core/errors.ts";
import type { RequestInputs } from "./request-plan.ts";

export interface TlsSettings {
  readonly insecure?: boolean | undefined;
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface PlannedTls {
  readonly verify: boolean;
  /** PEM. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** @throws NetkitError (exit 2) that names the file and what is wrong with it. */
export async function planTls(settings: TlsSettings, inputs: RequestInputs): Promise<PlannedTls> {
  const { cacert, cert, key } = settings;
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? "--cert" : "--key";
    throw usageError("--cert and --key belong together", `add ${missing}`, missing);
  }
  const verify = settings.insecure !== true;
  const ca = cacert === undefined ? undefined : await readAuthorities(cacert, inputs);
  if (cert === undefined || key === undefined) return { verify, ca, cert: undefined, key: undefined };
  const { parseCredentials } = await import("../../core/tls/credentials.ts");
  const credentials = parseCredentials(await readText(cert, inputs), await readText(key, inputs), {
    certLabel: cert,
    keyLabel: key,
  });
  return { verify, ca, cert: credentials.cert, key: credentials.key };
}

async function readAuthorities(path: string, inputs: RequestInputs): Promise<string> {
  const text = await readText(path, inputs);
  if (!text.includes("-----BEGIN ")) {
    // Node would trust nobody, and blame the server for it.
    throw new NetkitError("file", "NK_TLS_CERT_UNREADABLE", `cannot use ${path}`, {
      subject: path,
      why: "there is no PEM text in it",
      next: "name a PEM file with -----BEGIN CERTIFICATE-----",
    });
  }
  const { loadCertificateAuthorities } = await import("../../core/tls/credentials.ts");
  return await loadCertificateAuthorities(text);
}

async function readText(path: string, inputs: RequestInputs): Promise<string> {
  return Buffer.from(await inputs.readBytes(path)).toString("utf8");
}
