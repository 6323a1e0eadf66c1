/** A private key that does not belong to the certificate beside it. */
import type { FileFacts, PublicKey } from "../../certificates/model.ts";
import type { Subject } from "../rule.ts";
import { type Draft, defineRule } from "../shared/define.ts";
import { companionsOf, items, itemsOf, placeInFile } from "../shared/files.ts";
import { describeKey } from "../shared/keys.ts";
import { fits, holds, leafOf, partnerOf } from "../shared/pairing.ts";

/** `it belongs to a.pem and b.pem`, or to nothing that was given. */
function owner(key: PublicKey, files: readonly FileFacts[]): string {
  const paths = files.filter((file) => holds(file, key)).map(({ path }) => path);
  return `it belongs to ${paths.length > 0 ? paths.join(" and ") : "no certificate given"}`;
}

/** The sentence, or undefined where nothing is wrong or nothing can be compared. */
function mismatch(key: PublicKey, own: FileFacts, companions: readonly FileFacts[]): string | undefined {
  const all = [own, ...companions].filter((file) => leafOf(file) !== undefined);
  const partner = partnerOf(own, companions);
  if (partner !== undefined) {
    if (holds(partner, key)) return undefined;
    const beside = partner === own ? "the certificate in the same file" : partner.path;
    return `${own.path} does not belong to ${beside}: ${owner(key, all)}`;
  }
  if (all.length === 0 || all.some((file) => holds(file, key))) return undefined;
  return `${own.path} belongs to none of the certificates given: ${all.map(({ path }) => path).join(", ")}`;
}

function* inFile(subject: Subject): Generator<Draft> {
  const { file } = subject;
  if (file === undefined) return;
  const companions = companionsOf(subject);
  for (const { item, where } of items(subject, "private-key")) {
    const message = mismatch(item.publicKey, file, companions);
    if (message !== undefined) yield { message, where, evidence: evidenceOf(item.publicKey) };
  }
}

/**
 * A key beside an endpoint is the endpoint's own. Among several, one of which fits, another may belong to a certificate that
 * was given with it.
 */
function* atEndpoint(subject: Subject): Generator<Draft> {
  const served = subject.chains.filter((chain) => chain.served !== undefined);
  if (subject.endpoint === undefined || served.length === 0) return;
  const keys = subject.companions.flatMap((file) =>
    itemsOf(file, "private-key").map((item) => ({ file, item })),
  );
  const fitting = (key: PublicKey): boolean => served.some(({ leaf }) => fits(key, leaf));
  const someFits = keys.some(({ item }) => fitting(item.publicKey));
  for (const { file, item } of keys) {
    const { publicKey } = item;
    const elsewhere = someFits && subject.companions.some((other) => holds(other, publicKey));
    if (fitting(publicKey) || elsewhere) continue;
    const message =
      `${file.path} does not belong to the certificate that ${subject.target.name} serves: ` +
      owner(publicKey, subject.companions);
    yield { message, where: placeInFile(file, item), evidence: evidenceOf(publicKey) };
  }
}

function evidenceOf(key: PublicKey): readonly string[] {
  return [`${describeKey(key)}, SHA-256 of the public key ${key.spkiSha256}`];
}

export const keyMismatch = defineRule(
  {
    id: "key-mismatch",
    title: "Key and certificate do not belong together",
    severity: "critical",
    about: "key",
    probes: ["certificates", "files"],
    why:
      "A server with the wrong key does not start, or fails every handshake. It happens when a certificate is renewed with a " +
      "new key and only one of the two files is copied.",
    fix: "Put the key beside the certificate that was issued for it. To compare: openssl pkey -in key.pem -pubout",
    references: ["RFC 5246 section 7.4.3", "RFC 8446 section 4.4.3"],
  },
  function* (subject) {
    yield* inFile(subject);
    yield* atEndpoint(subject);
  },
);
