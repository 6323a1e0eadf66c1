/** Configuration lines that comply with a policy, for the servers that most people run. */
import type { PolicyResult } from "../result.ts";
import type { Policy } from "./policy.ts";
import { type Settings, settingsFor } from "./settings.ts";

type Lines = readonly string[];

/** A server: its name and how it writes the settings. */
const SERVERS: readonly (readonly [server: string, write: (settings: Settings) => Lines])[] = [
  ["nginx", nginx],
  ["Apache", apache],
  ["HAProxy", haproxy],
  ["Node", node],
  ["Postgres", postgres],
];

export function configurationFor(policy: Policy): PolicyResult["configuration"] {
  const settings = settingsFor(policy);
  return SERVERS.map(([server, write]) => ({
    server,
    lines: [...noteOnGroups(settings, server === "Node" ? "//" : "#"), ...write(settings)],
  }));
}

/** OpenSSL refuses a list with a group that it does not know. */
function noteOnGroups({ groups }: Settings, comment: string): Lines {
  const late = groups.filter((name) => name.includes("MLKEM"));
  return late.length === 0 ? [] : [`${comment} ${late.join(", ")}: needs OpenSSL 3.5; leave out before`];
}

/** Lines whose values are not empty. */
function some(...lines: readonly (readonly [values: Lines, line: (joined: string) => string])[]): Lines {
  return lines.flatMap(([values, line]) => (values.length === 0 ? [] : [line(values.join(":"))]));
}

/** OpenSSL, nginx and Apache call TLS 1.0 `TLSv1`. */
const short = (version: string): string => (version === "TLSv1.0" ? "TLSv1" : version);

function nginx({ versions, ciphers, ciphersuites13, groups, signatures, serverOrder }: Settings): Lines {
  return [
    `ssl_protocols ${versions.map(short).join(" ")};`,
    ...some(
      [ciphers, (list) => `ssl_ciphers ${list};`],
      [ciphersuites13, (list) => `ssl_conf_command Ciphersuites ${list};`],
      [groups, (list) => `ssl_ecdh_curve ${list};`],
      [signatures, (list) => `ssl_conf_command SignatureAlgorithms ${list};`],
    ),
    `ssl_prefer_server_ciphers ${serverOrder ? "on" : "off"};`,
  ];
}

function apache({ versions, ciphers, ciphersuites13, groups, signatures, serverOrder }: Settings): Lines {
  return [
    `SSLProtocol -all ${versions.map((version) => `+${short(version)}`).join(" ")}`,
    ...some(
      [ciphers, (list) => `SSLCipherSuite ${list}`],
      [ciphersuites13, (list) => `SSLCipherSuite TLSv1.3 ${list}`],
      [groups, (list) => `SSLOpenSSLConfCmd Groups ${list}`],
      [signatures, (list) => `SSLOpenSSLConfCmd SignatureAlgorithms ${list}`],
    ),
    `SSLHonorCipherOrder ${serverOrder ? "on" : "off"}`,
  ];
}

function haproxy({ versions, ciphers, ciphersuites13, groups, signatures, serverOrder }: Settings): Lines {
  const [first, last] = [versions[0], versions.at(-1)];
  const options = [
    ...(first === undefined ? [] : [`ssl-min-ver ${first}`]),
    ...(last === undefined || last === "TLSv1.3" ? [] : [`ssl-max-ver ${last}`]),
    ...(serverOrder ? [] : ["prefer-client-ciphers"]),
  ];
  return [
    `ssl-default-bind-options ${options.join(" ")}`,
    ...some(
      [ciphers, (list) => `ssl-default-bind-ciphers ${list}`],
      [ciphersuites13, (list) => `ssl-default-bind-ciphersuites ${list}`],
      [groups, (list) => `ssl-default-bind-curves ${list}`],
      [signatures, (list) => `ssl-default-bind-sigalgs ${list}   # 2.8 and later`],
    ),
  ];
}

function node({ versions, ciphers, ciphersuites13, groups, signatures, serverOrder }: Settings): Lines {
  const short13 = (version: string | undefined): string => JSON.stringify(short(version ?? "TLSv1.2"));
  return [
    "tls.createServer({",
    `  minVersion: ${short13(versions[0])},`,
    `  maxVersion: ${short13(versions.at(-1))},`,
    ...some(
      [[...ciphersuites13, ...ciphers], (list) => `  ciphers: ${JSON.stringify(list)},`],
      [groups, (list) => `  ecdhCurve: ${JSON.stringify(list)},`],
      [signatures, (list) => `  sigalgs: ${JSON.stringify(list)},`],
    ),
    `  honorCipherOrder: ${serverOrder},`,
    "})",
  ];
}

/** Before 18 Postgres takes one curve, and only those with a classical name. */
function oneCurve(groups: Lines): string {
  return groups.find((name) => /^(?:prime|secp)/.test(name)) ?? "prime256v1";
}

function postgres({ versions, ciphers, ciphersuites13, groups, serverOrder }: Settings): Lines {
  const [first, last] = [versions[0], versions.at(-1)];
  return [
    ...(first === undefined ? [] : [`ssl_min_protocol_version = '${short(first)}'`]),
    ...(last === undefined || last === "TLSv1.3" ? [] : [`ssl_max_protocol_version = '${short(last)}'`]),
    ...some(
      [ciphers, (list) => `ssl_ciphers = '${list}'`],
      [ciphersuites13, (list) => `ssl_tls13_ciphers = '${list}'   # 18 and later`],
      [
        groups,
        (list) => `ssl_groups = '${list}'   # 18 and later; before: ssl_ecdh_curve = '${oneCurve(groups)}'`,
      ],
    ),
    `ssl_prefer_server_ciphers = ${serverOrder ? "on" : "off"}`,
  ];
}
