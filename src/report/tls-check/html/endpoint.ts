/** What an endpoint speaks, for the HTML report; addresses that look alike stand together. */
import type {
  AddressDocument,
  CheckDocument,
  GroupsDocument,
  ProtocolDocument,
  TargetDocument,
} from "../../../engine/tls-check/document/model.ts";
import type { Answer } from "../../../engine/tls-check/facts.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { addressText, alike } from "../reading.ts";

export function endpointPart({ endpoint }: TargetDocument, { scope }: CheckDocument): string {
  if (endpoint === null) return "";
  const { addresses, port } = endpoint;
  const missed = addresses
    .filter(({ unreachable }) => unreachable !== null)
    .map(
      (one) => `<p class="warn">${escapeHtml(`${addressText(one, port)}: ${one.unreachable!.message}`)}</p>`,
    );
  const reached = addresses.filter(({ unreachable }) => unreachable === null);
  const groups = alike(reached, ({ address: _, family: __, effort: ___, chains: ____, ...rest }) => rest);
  const pages = (scope === "full" ? groups : []).map((same) => {
    const body = addressBody(same[0]!);
    return body === ""
      ? ""
      : `<h3>${same.map((one) => escapeHtml(addressText(one, port))).join(", ")}</h3>${body}`;
  });
  return [...missed, ...pages].join("");
}

function addressBody(address: AddressDocument): string {
  if (address.protocols.length === 0) return "";
  const offered = address.protocols.filter(({ answer }) => answer.kind === "offered");
  const refused = address.protocols
    .filter(({ answer }) => answer.kind === "refused")
    .map(({ version }) => version);
  const open = address.protocols.flatMap(({ version, answer }) =>
    answer.kind === "inconclusive" ? [`${version} (${answer.why})`] : [],
  );
  const rows = [
    row("not offered", refused.join(", ")),
    row("inconclusive", open.join("; ")),
    row("groups, TLS 1.3", groupText(address.groups13)),
    row("groups, TLS 1.2", groupText(address.groups12)),
    row(
      "Diffie-Hellman",
      address.dh.map(({ bits, known }) => `${bits} bits${known === null ? "" : ` (${known})`}`).join(", "),
    ),
    row("signs, TLS 1.3", address.signatures13.map(({ name }) => name).join(", ")),
    row("signs, TLS 1.2", address.signatures12.map(({ name }) => name).join(", ")),
    ...featureRows(address),
  ];
  return `<div class="scroll"><table><thead><tr><th>version</th><th>suite</th><th>OpenSSL</th><th class="figure">bits</th></tr></thead>${offered.map(protocolRows).join("")}</table></div><table>${rows.join("")}</table>`;
}

function protocolRows({ version, suites, preference, complete }: ProtocolDocument): string {
  const ink = version === "TLSv1.2" || version === "TLSv1.3" ? "good" : "bad";
  const order = preference === "server" || preference === "client" ? `${preference}'s order` : "";
  const remark = [order, complete ? "" : "not complete"].filter((text) => text !== "").join(", ");
  const rows = suites.map(
    ({ name, openssl, bits }) =>
      `<td><code>${escapeHtml(name)}</code></td><td class="soft"><code>${escapeHtml(openssl ?? "")}</code></td><td class="figure${bits !== null && bits < 128 ? " bad" : ""}">${bits ?? ""}</td>`,
  );
  const head = `<th class="${ink}" rowspan="${Math.max(1, rows.length)}">${version}<br><small class="soft">${remark}</small></th>`;
  if (rows.length === 0) return `<tr>${head}<td colspan="3"></td></tr>`;
  return rows.map((cells, at) => `<tr>${at === 0 ? head : ""}${cells}</tr>`).join("");
}

function groupText({ groups, preference, complete }: GroupsDocument): string {
  if (groups.length === 0) return "";
  const order = preference === "server" || preference === "client" ? ` (${preference}'s order)` : "";
  return `${groups.map(({ name }) => name).join(", ")}${order}${complete ? "" : " (not complete)"}`;
}

function featureRows({ features, sessions, vulnerabilities }: AddressDocument): string[] {
  const answers: (readonly [string, Answer])[] = [features ?? {}, sessions ?? {}].flatMap((facts) =>
    Object.entries(facts).flatMap(([name, value]) =>
      isAnswer(value) ? [[words(name), value] as const] : [],
    ),
  );
  const by = (kind: Answer["kind"]) =>
    answers
      .filter(([, answer]) => answer.kind === kind)
      .map(([name]) => name)
      .join(", ");
  const probed = Object.entries(vulnerabilities ?? {}).flatMap(([name, answer]) =>
    isAnswer(answer) ? [`${words(name)}: ${PROBE_WORDS[answer.kind]}`] : [],
  );
  return [
    row("ALPN", features?.alpn.join(", ") ?? ""),
    row("does", by("offered")),
    row("does not", by("refused")),
    row("not known", by("inconclusive")),
    row("client certificate", features?.clientCertificate ?? ""),
    row("probes", probed.join(", ")),
  ];
}

const PROBE_WORDS = {
  offered: "vulnerable",
  refused: "not vulnerable",
  inconclusive: "inconclusive",
} as const;

function isAnswer(value: unknown): value is Answer {
  return typeof value === "object" && value !== null && "kind" in value;
}

/** `extendedMasterSecret` → `extended master secret`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function row(label: string, text: string): string {
  return text === "" ? "" : `<tr><th scope="row">${label}</th><td>${escapeHtml(text)}</td></tr>`;
}
