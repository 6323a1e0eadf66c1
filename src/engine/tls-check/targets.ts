/**
 * Words to targets. What has a scheme is an endpoint; what exists is a file, or a folder that stands for the files
 * in it; anything else is a host, spoken to as `https:`. Nothing is connected to or read here.
 */
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { type Endpoint, parseEndpoint } from "../../core/endpoint.ts";
import { NetkitError, usageError } from "../../core/errors.ts";
import type { EndpointTarget, FileTarget, Target, Upgrade } from "./plan.ts";

const UPGRADES: Partial<Record<Endpoint["scheme"], Upgrade>> = {
  smtp: "smtp",
  imap: "imap",
  pop3: "pop3",
  ftp: "ftp",
  ldap: "ldap",
  xmpp: "xmpp",
  postgres: "postgres",
  mysql: "mysql",
};

/** What a folder of certificates may hold; other files in it are passed over. */
const FILE_NAMES =
  /\.(pem|crt|cer|cert|der|key|p7b|p7c|p7s|p12|pfx|jks|keystore|truststore|csr|req|crl|ca-bundle)$/i;
const MOST_FILES = 100_000;

/** Lines of a list: one target each, `#` begins a comment. */
export function targetLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/**
 * `serverName` replaces the host for SNI and for the name that the certificate must carry.
 *
 * @throws NetkitError of stage `usage` for a word that is neither; of stage `file` for an empty folder.
 */
export async function readTargets(words: readonly string[], serverName?: string): Promise<Target[]> {
  if (serverName === "") throw usageError("--sni is empty", "name a host, or leave --sni away", "--sni");
  if (serverName !== undefined && isIP(serverName) !== 0) {
    // RFC 6066 §3: literal addresses are not permitted.
    throw usageError(
      `"${serverName}" cannot be asked for: SNI carries names only`,
      "name a host with --sni, or leave it away: an address is expected in the certificate by itself",
      "--sni",
    );
  }
  const targets: Target[] = [];
  for (const word of words) {
    if (word.trim() === "" || word === "-") {
      const next =
        "name a host, a URL or a file; a list of targets is read by --targets FILE, from standard input by --targets -";
      throw usageError(`"${word}" is no target`, next, word);
    }
    if (hasScheme(word)) targets.push(endpointTarget(word, serverName));
    else targets.push(...((await fileTargets(word)) ?? [hostTarget(word, serverName)]));
  }
  return targets;
}

function hasScheme(word: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(word);
}

function endpointTarget(word: string, serverName: string | undefined): EndpointTarget {
  const { scheme, host, port, origin } = parseEndpoint(word, "tls-check");
  return {
    kind: "endpoint",
    name: origin,
    host,
    port,
    upgrade: UPGRADES[scheme] ?? "none",
    serverName: serverName ?? (isIP(host) === 0 ? host : undefined),
  };
}

/** A word that names no file: surely a host, unless it looks like a path. */
function hostTarget(word: string, serverName: string | undefined): EndpointTarget {
  if (/[/\\]/.test(word) || FILE_NAMES.test(word)) {
    throw new NetkitError("file", "NK_FILE_NOT_FOUND", `there is no file ${word}`, {
      subject: word,
      next: "check the path, or write a host as https://HOST",
    });
  }
  if (/\s/.test(word))
    throw usageError(`"${word}" is neither a file nor a host`, "give one target a word", word);
  return endpointTarget(`https://${isIP(word) === 6 ? `[${word}]` : word}`, serverName);
}

/** Undefined when nothing of that name exists. */
async function fileTargets(word: string): Promise<FileTarget[] | undefined> {
  const found = await stat(word).catch(() => undefined);
  if (found === undefined) return undefined;
  if (!found.isDirectory()) return [{ kind: "file", name: word, path: word }];
  const files: string[] = [];
  await collect(word, files);
  if (files.length === 0) {
    throw new NetkitError("file", "NK_FILE_NOT_FOUND", `no certificate or key file in ${word}`, {
      subject: word,
      why: "no name in it ends like .pem, .crt, .cer, .der, .key, .p7b, .p12, .pfx, .jks, .csr or .crl",
      next: "name the files themselves",
    });
  }
  return files.sort().map((path) => ({ kind: "file", name: path, path }));
}

/** Links to files count, links to folders do not: they may lead anywhere, and round. */
async function isRegular(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return await stat(path).then(
    (found) => found.isFile(),
    // A dangling one: reading it says so.
    () => true,
  );
}

async function collect(folder: string, files: string[]): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new NetkitError("file", "NK_FILE_UNREADABLE", `could not read the folder ${folder}`, {
      subject: folder,
      why: error instanceof Error ? error.message : String(error),
      next: "check its permissions",
      cause: error,
    });
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await collect(path, files);
    else if (FILE_NAMES.test(entry.name) && (await isRegular(entry, path))) files.push(path);
    if (files.length > MOST_FILES)
      throw usageError(`more than ${MOST_FILES} files in ${folder}`, "name fewer", folder);
  }
}
