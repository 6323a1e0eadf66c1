/**
 * Files that tls-check is given beside its targets: authorities, client certificate, expected chain, password, log
 * list, policy, waivers. Read before the first connection; one that cannot be used is a usage error.
 */
import { Buffer } from "node:buffer";
import { NetkitError, usageError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";
import type { Certificate } from "../../engine/tls-check/certificates/model.ts";
import { readItems } from "../../engine/tls-check/certificates/read-file.ts";
import type { CheckPlan } from "../../engine/tls-check/plan.ts";
import type { Waiver } from "../../engine/tls-check/waivers.ts";

type ReadBytes = (path: string) => Promise<Uint8Array>;

/** PEM of all certificates of the file, whatever format it has. */
export async function readAuthorities(
  path: string | undefined,
  readBytes: ReadBytes,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const certificates = await certificatesIn(path, undefined, readBytes);
  return certificates.map(({ der }) => pemOf(der)).join("");
}

export async function readExpectedChain(
  path: string | undefined,
  password: string | undefined,
  readBytes: ReadBytes,
): Promise<readonly Uint8Array[] | undefined> {
  if (path === undefined) return undefined;
  return (await certificatesIn(path, password, readBytes)).map(({ der }) => der);
}

async function certificatesIn(
  path: string,
  password: string | undefined,
  readBytes: ReadBytes,
): Promise<readonly Certificate[]> {
  const { items, format } = readItems(await readBytes(path), { path, password });
  const found = items.filter((item) => item.kind === "certificate");
  if (found.length > 0) return found;
  const broken = items.find((item) => item.kind === "unreadable");
  throw new NetkitError("file", "NK_TLS_CERT_UNREADABLE", `no certificate can be read from ${path}`, {
    subject: path,
    why: broken === undefined ? `it is ${format} without a certificate in it` : broken.why,
    next: broken?.next ?? "name a file with certificates, PEM or DER",
  });
}

function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** The first line; what stands after it is for people. */
export async function readPassword(
  path: string | undefined,
  readBytes: ReadBytes,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return (await text(path, readBytes)).split(/\r?\n/)[0]!;
}

export async function readClientIdentity(
  cert: string | undefined,
  key: string | undefined,
  password: string | undefined,
  readBytes: ReadBytes,
): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? "--cert" : "--key";
    throw usageError("--cert and --key belong together", `add ${missing}`, missing);
  }
  const { parseCredentials } = await import("../../core/tls/credentials.ts");
  return parseCredentials(await text(cert, readBytes), await text(key, readBytes), {
    certLabel: cert,
    keyLabel: key,
    passphrase: password,
  });
}

export async function readPolicy(
  name: string | undefined,
  readBytes: ReadBytes,
): Promise<CheckPlan["policy"]> {
  if (name === undefined) return undefined;
  const { BUILT_IN_POLICIES } = await import("../../engine/tls-check/policy/guidelines.ts");
  const builtIn = Object.hasOwn(BUILT_IN_POLICIES, name) ? BUILT_IN_POLICIES[name] : undefined;
  if (builtIn !== undefined) return builtIn;
  // A bare word is a name; everything else a path.
  if (/^[\w-]+$/.test(name)) {
    throw usageError(
      `there is no policy "${name}"`,
      didYouMean(
        name,
        Object.keys(BUILT_IN_POLICIES),
        (one) => one,
        "use modern, intermediate, old, or a file",
      ),
      "--policy",
    );
  }
  const { parsePolicy } = await import("../../engine/tls-check/policy/schema.ts");
  return parsePolicy(await text(name, readBytes), name);
}

export async function readWaivers(
  path: string | undefined,
  readBytes: ReadBytes,
): Promise<readonly Waiver[]> {
  if (path === undefined) return [];
  const { parseWaivers } = await import("../../engine/tls-check/waiver-file.ts");
  return parseWaivers(await text(path, readBytes), path);
}

/**
 * A log list in the form of version 3, which Google and Apple publish: `operators[].logs[]` with `description`,
 * `log_id` and `key` in base64; `tiled_logs` likewise.
 */
export async function readCtLogs(
  path: string | undefined,
  readBytes: ReadBytes,
): Promise<CheckPlan["ctLogs"]> {
  const logs = new Map<string, { readonly name: string; readonly spki: Uint8Array }>();
  if (path === undefined) return logs;
  const { z } = await import("zod");
  const log = z.object({ description: z.string().optional(), log_id: z.string(), key: z.string() });
  const schema = z.object({
    operators: z.array(z.object({ logs: z.array(log).default([]), tiled_logs: z.array(log).default([]) })),
  });
  const list = schema.safeParse(json(await text(path, readBytes)));
  if (!list.success) {
    const issue = list.error.issues[0]!;
    throw new NetkitError("file", "NK_CT_LOG_LIST", `${path} is no list of certificate transparency logs`, {
      subject: path,
      why: `${issue.path.join(".") || "the file"}: ${issue.message}`,
      next: "take the list that browsers use: https://www.gstatic.com/ct/log_list/v3/log_list.json",
    });
  }
  for (const { logs: classic, tiled_logs: tiled } of list.data.operators) {
    for (const { description, log_id: id, key } of [...classic, ...tiled]) {
      const logId = Buffer.from(id, "base64").toString("hex");
      logs.set(logId, { name: description ?? logId, spki: Buffer.from(key, "base64") });
    }
  }
  return logs;
}

/** `undefined` for text that is no JSON: the schema says what is missing. */
function json(source: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch {
    return undefined;
  }
}

async function text(path: string, readBytes: ReadBytes): Promise<string> {
  return Buffer.from(await readBytes(path))
    .toString("utf8")
    .replace(/^\ufeff/, "");
}
