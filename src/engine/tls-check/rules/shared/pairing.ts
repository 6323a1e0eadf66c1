/**
 * Which certificate a key is meant for. In one file they belong together; beside each other, files do that are
 * named alike (`web.key` and `web.crt`, `key.pem` and `cert.pem`), or that are the only ones.
 */

import { keyKnown, keyMatches } from "../../certificates/key-match.ts";
import type { Certificate, FileFacts, PublicKey } from "../../certificates/model.ts";
import { itemsOf } from "./files.ts";

/** By what the keys are. A key whose public half cannot be computed here is not said to belong elsewhere. */
export function fits(key: PublicKey, certificate: Certificate): boolean {
  return !keyKnown(key) || keyMatches(key, certificate);
}

/** The certificate that a file is about: the first that is no authority, else the first. */
export function leafOf(file: FileFacts): Certificate | undefined {
  const certificates = itemsOf(file, "certificate");
  return certificates.find(({ basicConstraints }) => basicConstraints?.ca !== true) ?? certificates[0];
}

export function holds(file: FileFacts, key: PublicKey): boolean {
  return itemsOf(file, "certificate").some((certificate) => fits(key, certificate));
}

/** `certs/web.example.key` → `web.example`; words that only say what a file holds are left out. */
export function stem(path: string): string {
  const name = path.replace(/^.*[/\\]/, "").toLowerCase();
  return name
    .replace(/\.(?:pem|der|crt|cer|cert|key|p8|pub)$/, "")
    .split(/[-_.]/)
    .filter(
      (word) => !/^(?:key|privkey|private|cert|crt|certificate|fullchain|chain|bundle|tls|ssl)$/.test(word),
    )
    .join(".");
}

/** Where the key's certificate is looked for: undefined when no file stands out. */
export function partnerOf(own: FileFacts, companions: readonly FileFacts[]): FileFacts | undefined {
  if (leafOf(own) !== undefined) return own;
  const candidates = companions.filter((file) => leafOf(file) !== undefined);
  const alike = candidates.filter((file) => stem(file.path) === stem(own.path));
  if (alike.length === 1) return alike[0];
  return candidates.length === 1 ? candidates[0] : undefined;
}
