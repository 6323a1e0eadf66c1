/** What an endpoint speaks: versions with their suites in order, groups, features; addresses that are alike together. */
import type {
  AddressDocument,
  CheckDocument,
  GroupsDocument,
  ProtocolDocument,
  TargetDocument,
} from "../../../engine/tls-check/document/model.ts";
import type { Answer } from "../../../engine/tls-check/facts.ts";
import { flow, hanging, type Palette, padEnd, padStart, printable, truncate } from "../../text/style.ts";
import { addressText, alike } from "../reading.ts";

/** Where only certificates were looked at, nothing is known of the rest. */
export function endpointSections(
  target: TargetDocument,
  scope: CheckDocument["scope"],
  palette: Palette,
  width: number,
): string[] {
  const { endpoint } = target;
  if (endpoint === null) return [];
  const missed = endpoint.addresses.filter(({ unreachable }) => unreachable !== null);
  const reached = endpoint.addresses.filter(({ unreachable }) => unreachable === null);
  // A target that failed as a whole has said so already.
  const shown = reached.length === 0 ? [] : missed;
  const unreached = shown.flatMap((address) =>
    hanging(
      ` ? ${addressText(address, endpoint.port)}  `,
      printable(address.unreachable?.message ?? ""),
      width,
    ).map((line) => palette.warn(line)),
  );
  const groups = alike(
    reached,
    ({ protocols, groups12, groups13, signatures12, signatures13, features, sessions, dh }) => [
      protocols,
      groups12,
      groups13,
      signatures12,
      signatures13,
      features,
      { ...sessions, ticketLifetimeSeconds: 0, pskLifetimeSeconds: 0 },
      dh,
    ],
  );
  const pages = (scope === "full" ? groups : []).flatMap((addresses) => {
    const lines = addressPage(addresses[0]!, palette, width);
    const places = addresses.map((address) => addressText(address, endpoint.port)).join(", ");
    return lines.length === 0
      ? []
      : ["", ...hanging(" ", places, width).map((line) => palette.label(line)), ...lines];
  });
  return [...(unreached.length === 0 ? [] : ["", ...unreached]), ...pages];
}

function addressPage(address: AddressDocument, palette: Palette, width: number): string[] {
  return [
    ...address.protocols
      .filter(({ answer }) => answer.kind === "offered")
      .flatMap((protocol) => offered(protocol, palette, width)),
    ...others(address.protocols, palette, width),
    ...groupLines("groups 1.3", address.groups13, palette, width),
    ...groupLines("groups 1.2", address.groups12, palette, width),
    ...list("dh", commas(address.dh.map(dhText)), palette, width, " "),
    ...list(
      "signs 1.3",
      address.signatures13.map(({ name }) => name),
      palette,
      width,
    ),
    ...list(
      "signs 1.2",
      address.signatures12.map(({ name }) => name),
      palette,
      width,
    ),
    ...featureLines(address, palette, width),
  ];
}

function dhText({ bits, known }: AddressDocument["dh"][number]): string {
  return known === null ? `${bits} bits` : `${bits} bits (${known})`;
}

const LABEL = 14;

/** One labelled row; what does not fit goes on below it. */
function row(label: string, text: string, palette: Palette, width: number): string[] {
  const lines = hanging(`   ${padEnd(label, LABEL)}`, printable(text), width);
  return lines.map((line, at) =>
    at === 0 ? `   ${palette.label(padEnd(label, LABEL))}${line.slice(LABEL + 3)}` : line,
  );
}

function list(
  label: string,
  parts: readonly string[],
  palette: Palette,
  width: number,
  separator = "  ",
): string[] {
  if (parts.length === 0) return [];
  const indent = LABEL + 3;
  return flow(
    parts.map((part) => truncate(printable(part), width - indent)),
    width - indent,
    separator,
  ).map((line, at) =>
    at === 0 ? `   ${palette.label(padEnd(label, LABEL))}${line}` : " ".repeat(indent) + line,
  );
}

const ORDER_WORDS = {
  server: "server's order",
  client: "client's order",
  unknown: "order unknown",
  "one-choice": "",
} as const;

function offered(protocol: ProtocolDocument, palette: Palette, width: number): string[] {
  const { version, suites, complete, preference, chachaForMobile } = protocol;
  const remarks = [
    ORDER_WORDS[preference],
    chachaForMobile === true ? "ChaCha20 first for clients that prefer it" : "",
    complete ? "" : "the list is not complete",
  ].filter((text) => text !== "");
  const old = version !== "TLSv1.2" && version !== "TLSv1.3";
  const ink = old ? palette.warn : palette.good;
  const room = width - 3 - LABEL - 6;
  const rows = suites.map(({ name, bits }) => {
    const weak = bits !== null && bits < 128;
    const text = padEnd(truncate(name, room), Math.min(room, 48));
    const figure = padStart(bits === null ? "" : String(bits), 5);
    return `   ${" ".repeat(LABEL)}${weak ? palette.bad(text) : text}${palette.dim(figure)}`;
  });
  const head = hanging(`   ${padEnd(version, LABEL)}`, remarks.join(" · ") || "offered", width);
  return [
    ...head.map((line, at) =>
      at === 0 ? `   ${ink(padEnd(version, LABEL))}${palette.dim(line.slice(LABEL + 3))}` : palette.dim(line),
    ),
    ...rows,
  ];
}

/** Versions that are not offered, and those nobody knows of. */
function others(protocols: readonly ProtocolDocument[], palette: Palette, width: number): string[] {
  const refused = protocols.filter(({ answer }) => answer.kind === "refused").map(({ version }) => version);
  const open = protocols.flatMap(({ version, answer }) =>
    answer.kind === "inconclusive" ? row(version, `inconclusive: ${answer.why}`, palette, width) : [],
  );
  return [...(refused.length === 0 ? [] : list("not offered", refused, palette, width)), ...open];
}

function groupLines(
  label: string,
  { groups, preference, complete }: GroupsDocument,
  palette: Palette,
  width: number,
): string[] {
  if (groups.length === 0) return [];
  const remark = [ORDER_WORDS[preference], complete ? "" : "not complete"]
    .filter((text) => text !== "")
    .join(", ");
  const names = groups.map(({ name }) => name);
  return list(label, remark === "" ? names : [...names, `(${remark})`], palette, width);
}

function featureLines(
  { features, sessions, vulnerabilities }: AddressDocument,
  palette: Palette,
  width: number,
): string[] {
  if (features === null) return [];
  const words: (readonly [string, Answer])[] = [
    ["extended master secret", features.extendedMasterSecret],
    ["encrypt-then-MAC", features.encryptThenMac],
    ["secure renegotiation", features.secureRenegotiation],
    ["client renegotiation", features.clientRenegotiation],
    ["fallback SCSV", features.fallbackScsv],
    ["compression", features.compression],
    ["heartbeat", features.heartbeat],
    ["OCSP stapling", features.stapling],
    ["certificate compression", features.certificateCompression],
    ...(sessions === null
      ? []
      : ([
          ["session ids", sessions.idResumed],
          ["tickets", sessions.ticketResumed],
          ["TLS 1.3 resumption", sessions.pskResumed],
          ["0-RTT", sessions.earlyData],
        ] as const)),
  ];
  const by = (kind: Answer["kind"]) =>
    words.filter(([, answer]) => answer.kind === kind).map(([word]) => word);
  const probed = Object.entries(vulnerabilities ?? {}).filter(
    ([, answer]) => typeof answer === "object" && answer?.kind === "refused",
  );
  return [
    ...list("ALPN", features.alpn, palette, width),
    ...list("does", commas(by("offered")), palette, width, " "),
    ...list("does not", commas(by("refused")), palette, width, " "),
    ...list("unknown", commas(by("inconclusive")), palette, width, " "),
    ...(features.clientCertificate === "none" || features.clientCertificate === "unknown"
      ? []
      : row(
          "client cert",
          `${features.clientCertificate}, of ${features.clientAuthorities.join("; ") || "any authority"}`,
          palette,
          width,
        )),
    ...list(
      "withstands",
      commas(probed.map(([name]) => VULNERABILITY_NAMES[name] ?? name)),
      palette,
      width,
      " ",
    ),
  ];
}

const VULNERABILITY_NAMES: Readonly<Record<string, string>> = {
  heartbleed: "Heartbleed",
  ccsInjection: "CCS injection",
  robot: "ROBOT",
  ticketbleed: "Ticketbleed",
  poodleTls: "POODLE (TLS)",
  cbcPaddingOracle: "CBC padding oracles",
  starttlsInjection: "STARTTLS injection",
};

function commas(words: readonly string[]): string[] {
  return words.map((word, at) => (at === words.length - 1 ? word : `${word},`));
}
