/** Chains and what files hold, for people: names, issuer, dates, key, fingerprint, and the chain as sent. */
import type {
  CertificateDocument,
  ChainDocument,
  CheckDocument,
  ItemDocument,
  TargetDocument,
} from "../../../engine/tls-check/document/model.ts";
import { hanging, type Palette, padEnd, printable, truncate } from "../../text/style.ts";
import { certificateBy, commonName, daysLeft, fingerprintText, keyText, nameOf } from "../reading.ts";

const LABEL = 14;
/** More names than these are counted, not listed. */
const NAMES = 8;
/** More chains or items than these fill the screen and tell nothing. */
const MOST = 12;

export function certificateSections(
  target: TargetDocument,
  { at }: CheckDocument,
  palette: Palette,
  width: number,
): string[] {
  const find = certificateBy(target);
  // The same chain at several addresses is shown once, with all its places.
  const byChain = new Map<string, ChainDocument[]>();
  for (const chain of target.chains) {
    const key = chain.sent.join(" ");
    byChain.set(key, [...(byChain.get(key) ?? []), chain]);
  }
  const chains = [...byChain.values()];
  const lines = chains.slice(0, MOST).flatMap((same) => {
    const leaf = find(same[0]!.leaf);
    if (leaf === undefined) return [];
    const places = same.map(({ where }) => where).join("; ");
    return [
      "",
      ...hanging(" ", printable(places), width).map((line) => palette.label(line)),
      ...certificateLines(leaf, at, palette, width),
      ...chainLines(same[0]!, find, at, palette, width),
    ];
  });
  if (chains.length > MOST)
    lines.push("", palette.dim(`   and ${chains.length - MOST} more certificates: --json has all`));
  return [...lines, ...itemSection(target, palette, width)];
}

/** A label that is too long has a line of its own. */
function row(label: string, text: string, palette: Palette, width: number): string[] {
  const long = label.length >= LABEL;
  const lines = hanging(`   ${" ".repeat(LABEL)}`, printable(text), width);
  if (long) return [`   ${palette.label(truncate(printable(label), width - 3))}`, ...lines];
  return lines.map((line, at) =>
    at === 0 ? `   ${palette.label(padEnd(label, LABEL))}${line.slice(LABEL + 3)}` : line,
  );
}

function certificateLines(
  certificate: CertificateDocument,
  at: string,
  palette: Palette,
  width: number,
): string[] {
  const { subject, issuer, names, notBefore, notAfter, signatureAlgorithm, sha256, key } = certificate;
  const hosts = names.map(({ value }) => value);
  const more = hosts.length > NAMES ? [`and ${hosts.length - NAMES} more`] : [];
  return [
    ...row("subject", subject || "(empty)", palette, width),
    ...row("names", [...hosts.slice(0, NAMES), ...more].join(", ") || "none", palette, width),
    ...row("issuer", issuer || "(empty)", palette, width),
    ...row(
      "valid",
      `${notBefore.slice(0, 10)} to ${notAfter.slice(0, 10)}, ${daysText(daysLeft(certificate, at))}`,
      palette,
      width,
    ),
    ...row("key", `${keyText(certificate)}, signed with ${signatureAlgorithm}`, palette, width),
    ...row("SHA-256", breakable(fingerprintText(sha256)), palette, width).map(joined),
    ...row("SPKI SHA-256", breakable(fingerprintText(key.spkiSha256)), palette, width).map(joined),
  ];
}

/** Fingerprints break between pairs. */
function breakable(fingerprint: string): string {
  return fingerprint.replaceAll(":", ": ");
}

function joined(line: string): string {
  return line.replaceAll(": ", ":");
}

function daysText(days: number): string {
  if (days < 0) return `ended ${-days} ${-days === 1 ? "day" : "days"} ago`;
  return `${days} ${days === 1 ? "day" : "days"} left`;
}

function chainLines(
  chain: ChainDocument,
  find: (sha256: string) => CertificateDocument | undefined,
  at: string,
  palette: Palette,
  width: number,
): string[] {
  const known = chain.trust.filter(({ trusted }) => trusted).map(({ store }) => STORES[store]);
  const refused = chain.trust.filter(({ trusted }) => !trusted);
  const trust = known.length > 0 ? `by ${known.join(", ")}` : (refused[0]?.why ?? "by nobody");
  const lines = row(known.length > 0 ? "trusted" : "not trusted", trust, palette, width);
  if (chain.sent.length > 1) lines.push(...sentLines(chain, find, at, palette, width));
  if (chain.missing !== null)
    lines.push(...row("missing", `${chain.missing.issuer}${urls(chain.missing.urls)}`, palette, width));
  for (const { status, source, detail } of chain.ocsp) {
    lines.push(
      ...row(
        source === "crl" ? "CRL" : `OCSP ${source}`,
        `${status}${detail === null ? "" : `, ${detail}`}`,
        palette,
        width,
      ),
    );
  }
  if (chain.scts.length > 0) lines.push(...row("timestamps", sctText(chain), palette, width));
  return lines;
}

function urls(list: readonly string[]): string {
  return list.length === 0 ? "" : ` (${list.join(", ")})`;
}

const STORES = { system: "this system", mozilla: "Mozilla", given: "--cacert" } as const;

function sctText({ scts }: ChainDocument): string {
  const valid = scts.filter((sct) => sct.valid === true).length;
  const broken = scts.filter((sct) => sct.valid === false).length;
  const unknown = scts.length - valid - broken;
  const parts = [
    valid > 0 ? `${valid} valid` : "",
    broken > 0 ? `${broken} not valid` : "",
    unknown > 0 ? `${unknown} not verified (--ct-logs)` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** Every certificate as sent, with what is odd about its place. */
function sentLines(
  { sent, duplicates, extra, rootSent, inOrder }: ChainDocument,
  find: (sha256: string) => CertificateDocument | undefined,
  at: string,
  palette: Palette,
  width: number,
): string[] {
  const shown = sent.slice(0, MOST).flatMap((sha256, index) => {
    const certificate = find(sha256);
    if (certificate === undefined) return [];
    const issuer = commonName(certificate.issuer) ?? certificate.issuer;
    const remarks = [
      duplicates.includes(index) ? "sent twice" : "",
      extra.includes(index) ? "not part of the chain" : "",
      rootSent === index ? "a root" : "",
    ].filter((text) => text !== "");
    const text = `${index + 1}. ${nameOf(certificate)}, by ${issuer}, ${daysText(daysLeft(certificate, at))}`;
    const label = index === 0 ? `sent${inOrder ? "" : " (order!)"}` : "";
    return row(label, remarks.length === 0 ? text : `${text} (${remarks.join(", ")})`, palette, width);
  });
  const rest = sent.length - MOST;
  return rest > 0 ? [...shown, ...row("", `and ${rest} more`, palette, width)] : shown;
}

/** What a file holds besides certificates that are shown as chains. */
function itemSection({ file }: TargetDocument, palette: Palette, width: number): string[] {
  if (file === null) return [];
  const items = file.items.filter(({ kind }) => kind !== "certificate");
  const shown = items.slice(0, MOST).flatMap((item) => row(item.where, itemText(item), palette, width));
  if (items.length > MOST) shown.push(palette.dim(`   and ${items.length - MOST} more`));
  return shown.length === 0 ? [] : ["", ...shown];
}

function itemText(item: ItemDocument): string {
  switch (item.kind) {
    case "certificate":
      return "certificate";
    case "private-key":
      return `private key, ${keyText(item)}, ${item.form}${item.encrypted ? ", encrypted" : ""}, SPKI SHA-256 ${item.key.spkiSha256}`;
    case "public-key":
      return `public key, ${keyText(item)}, SPKI SHA-256 ${item.key.spkiSha256}`;
    case "request":
      return `certificate request for ${item.names.map(({ value }) => value).join(", ") || item.subject}, ${keyText(item)}`;
    case "crl":
      return `revocation list of ${item.issuer}, ${item.revoked} revoked, ${item.thisUpdate.slice(0, 10)} to ${item.nextUpdate?.slice(0, 10) ?? "no end"}`;
    case "unreadable":
      return `${item.what}, not readable: ${item.why}`;
  }
}
