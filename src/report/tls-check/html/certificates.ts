/** Chains and items of files, for the HTML report. */
import type {
  CertificateDocument,
  ChainDocument,
  CheckDocument,
  ItemDocument,
  TargetDocument,
} from "../../../engine/tls-check/document/model.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { certificateBy, daysLeft, fingerprintText, keyText, nameOf } from "../reading.ts";

/** More chains than these (a bundle of authorities) make the page heavy and tell nothing. */
const MOST_CHAINS = 50;
const MOST_ITEMS = 200;
const MOST_NAMES = 200;

export function certificatePart(target: TargetDocument, { at }: CheckDocument): string {
  const find = certificateBy(target);
  const same = new Map<string, ChainDocument[]>();
  for (const chain of target.chains) {
    const key = chain.sent.join(" ");
    same.set(key, [...(same.get(key) ?? []), chain]);
  }
  const chains = [...same.values()];
  const shown = chains.slice(0, MOST_CHAINS).map((group) => chainPart(group, find, at));
  if (chains.length > MOST_CHAINS)
    shown.push(`<p class="soft">and ${chains.length - MOST_CHAINS} more chains</p>`);
  return `${shown.join("")}${itemsPart(target)}`;
}

function chainPart(
  group: readonly ChainDocument[],
  find: (sha256: string) => CertificateDocument | undefined,
  at: string,
): string {
  const chain = group[0]!;
  const leaf = find(chain.leaf);
  if (leaf === undefined) return "";
  const days = daysLeft(leaf, at);
  const hosts = leaf.names.map(({ value }) => value);
  const more = hosts.length > MOST_NAMES ? ` and ${hosts.length - MOST_NAMES} more` : "";
  const rows = [
    row("subject", leaf.subject),
    row("names", hosts.slice(0, MOST_NAMES).join(", ") + more),
    row("issuer", leaf.issuer),
    row(
      "valid",
      `${leaf.notBefore.slice(0, 10)} to ${leaf.notAfter.slice(0, 10)}, ${days < 0 ? `ended ${-days} days ago` : `${days} days left`}`,
    ),
    row("key", `${keyText(leaf)}, signed with ${leaf.signatureAlgorithm}`),
    row("serial", leaf.serial),
    row("SHA-256", fingerprintText(leaf.sha256)),
    row("SPKI SHA-256", fingerprintText(leaf.key.spkiSha256)),
    ...chain.trust.map(({ store, trusted, why }) =>
      row(`trust, ${store}`, trusted ? "trusted" : `not trusted: ${why ?? ""}`),
    ),
    chain.missing === null ? "" : row("missing", [chain.missing.issuer, ...chain.missing.urls].join(", ")),
    ...chain.ocsp.map(({ source, status, detail }) =>
      row(`revocation, ${source}`, `${status}${detail === null ? "" : `, ${detail}`}`),
    ),
    chain.scts.length === 0 ? "" : row("timestamps", chain.scts.map(sctText).join("; ")),
  ];
  const sent = chain.sent.map((sha256, index) => sentRow(chain, index, find(sha256)));
  const table = chain.sent.length > 1 ? `<h3>As sent</h3><table>${sent.join("")}</table>` : "";
  return `<h3>Certificate: ${group.map(({ where }) => escapeHtml(where)).join("; ")}</h3><table>${rows.join("")}</table>${table}`;
}

function sctText({ logName, logId, valid, at }: ChainDocument["scts"][number]): string {
  const state = valid === null ? "not verified" : valid ? "valid" : "not valid";
  return `${logName ?? logId.slice(0, 16)} ${at.slice(0, 10)} (${state})`;
}

function sentRow(chain: ChainDocument, index: number, certificate: CertificateDocument | undefined): string {
  if (certificate === undefined) return "";
  const remarks = [
    chain.duplicates.includes(index) ? "sent twice" : "",
    chain.extra.includes(index) ? "not part of the chain" : "",
    chain.rootSent === index ? "a root" : "",
  ].filter((text) => text !== "");
  return `<tr><td class="figure">${index + 1}</td><td>${escapeHtml(nameOf(certificate))}</td><td class="soft">${escapeHtml(certificate.issuer)}</td><td class="figure">${certificate.notAfter.slice(0, 10)}</td><td class="warn">${remarks.join(", ")}</td></tr>`;
}

function itemsPart({ file }: TargetDocument): string {
  const items = (file?.items ?? []).filter(({ kind }) => kind !== "certificate");
  if (items.length === 0) return "";
  const rest = items.length - MOST_ITEMS;
  const rows = items.slice(0, MOST_ITEMS).map((item) => row(item.where, itemText(item)));
  return `<h3>In the file (${escapeHtml(file!.format)})</h3><table>${rows.join("")}</table>${rest > 0 ? `<p class="soft">and ${rest} more</p>` : ""}`;
}

function itemText(item: ItemDocument): string {
  switch (item.kind) {
    case "certificate":
      return "certificate";
    case "private-key":
      return `private key, ${keyText(item)}, ${item.form}${item.encrypted ? ", encrypted" : ""}`;
    case "public-key":
      return `public key, ${keyText(item)}`;
    case "request":
      return `certificate request for ${item.names.map(({ value }) => value).join(", ") || item.subject}, ${keyText(item)}`;
    case "crl":
      return `revocation list of ${item.issuer}, ${item.revoked} revoked, from ${item.thisUpdate.slice(0, 10)} to ${item.nextUpdate?.slice(0, 10) ?? "no end"}`;
    case "unreadable":
      return `${item.what}, not readable: ${item.why}`;
  }
}

function row(label: string, text: string): string {
  return text === "" ? "" : `<tr><th scope="row">${escapeHtml(label)}</th><td>${escapeHtml(text)}</td></tr>`;
}
