// Writes the tables of cipher suites from suites.csv. What a name tells (key exchange, authentication, cipher, bits,
// MAC, versions) is derived from it; a field that the CSV fills in wins. Codes of six digits are kinds of SSL 2.0.
// `--check` writes nothing and fails when a table is out of date.
import { readFileSync, writeFileSync } from "node:fs";

const FOLDER = new URL("../src/engine/tls-check/registry/", import.meta.url);
const COLUMNS = "code,name,openssl,kx,auth,cipher,bits,mac,min,max,rfc,recommended".split(",");

/** What stands before _WITH_ → key exchange and authentication. */
const KEY_EXCHANGES = {
  RSA: ["RSA", "RSA"],
  DH_DSS: ["DH", "DSS"],
  DH_RSA: ["DH", "RSA"],
  DH_anon: ["DH", "anon"],
  DHE_DSS: ["DHE", "DSS"],
  DHE_RSA: ["DHE", "RSA"],
  ECDH_ECDSA: ["ECDH", "ECDSA"],
  ECDH_RSA: ["ECDH", "RSA"],
  ECDH_anon: ["ECDH", "anon"],
  ECDHE_ECDSA: ["ECDHE", "ECDSA"],
  ECDHE_RSA: ["ECDHE", "RSA"],
  PSK: ["PSK", "PSK"],
  DHE_PSK: ["DHE_PSK", "PSK"],
  ECDHE_PSK: ["ECDHE_PSK", "PSK"],
  RSA_PSK: ["RSA_PSK", "RSA"],
  KRB5: ["KRB5", "KRB5"],
  SRP_SHA: ["SRP", "SRP"],
  SRP_SHA_RSA: ["SRP", "RSA"],
  SRP_SHA_DSS: ["SRP", "DSS"],
  ECCPWD: ["ECCPWD", "ECCPWD"],
};

/** What stands after it, without the MAC → cipher and bits of strength. */
const CIPHERS = {
  NULL: ["NULL", 0],
  RC4_40: ["RC4-40", 40],
  RC4_56: ["RC4-56", 56],
  RC4_128: ["RC4-128", 128],
  RC2_CBC_40: ["RC2-CBC-40", 40],
  RC2_CBC_56: ["RC2-CBC-56", 56],
  DES40_CBC: ["DES-CBC-40", 40],
  DES_CBC_40: ["DES-CBC-40", 40],
  DES_CBC: ["DES-CBC", 56],
  // Three keys of 56 bits, but meeting in the middle takes 2^112.
  "3DES_EDE_CBC": ["3DES-EDE-CBC", 112],
  IDEA_CBC: ["IDEA-CBC", 128],
  SEED_CBC: ["SEED-CBC", 128],
  CHACHA20_POLY1305: ["CHACHA20-POLY1305", 256],
};
for (const bits of [128, 256]) {
  for (const [name, modes] of [
    ["AES", ["CBC", "GCM", "CCM", "CCM_8"]],
    ["CAMELLIA", ["CBC", "GCM"]],
    ["ARIA", ["CBC", "GCM"]],
  ]) {
    for (const mode of modes) {
      CIPHERS[`${name}_${bits}_${mode}`] = [`${name}-${bits}-${mode.replace("_", "")}`, bits];
    }
  }
}

const MACS = { MD5: "MD5", SHA: "SHA1", SHA256: "SHA256", SHA384: "SHA384", RMD: "RIPEMD160" };

function modeOf(cipher) {
  if (cipher === "NULL") return "null";
  if (/GCM|CCM|POLY1305|AEGIS|MGM/.test(cipher)) return "aead";
  if (/CBC/.test(cipher)) return "cbc";
  if (/RC4|CNT|CTR|CFB/.test(cipher)) return "stream";
  throw new Error(`${cipher}: what mode is that?`);
}

/** Facts in the name of a suite; empty for names that do not follow the pattern. */
function factsInName(name) {
  const match = /^(?:TLS|SSL)_(.+?)(?:_EXPORT|_EXPORT1024|_FIPS)?_WITH_(.+?)(?:_2)?$/.exec(name);
  if (match === null) return {};
  const [kx, auth] = KEY_EXCHANGES[match[1]] ?? [];
  const tail = /^(.+)_(MD5|SHA|SHA256|SHA384|RMD)$/.exec(match[2]);
  const [cipher, bits] = CIPHERS[tail?.[1] ?? match[2]] ?? CIPHERS[match[2]] ?? [];
  return { kx, auth, cipher, bits, mac: tail === null ? undefined : MACS[tail[2]] };
}

function complete(row) {
  const derived = factsInName(row.name);
  const field = (column) => (row[column] === "" ? derived[column] : row[column]);
  const cipher = field("cipher");
  if (cipher === undefined)
    throw new Error(`${row.name}: the name does not tell the cipher, nor does the CSV`);
  const mode = modeOf(cipher);
  const mac = mode === "aead" ? "AEAD" : field("mac");
  // Suites with SHA-2 or an AEAD came with TLS 1.2; servers took all others from SSLv3 on, whatever the RFCs say.
  const modern = mode === "aead" || mac === "SHA256" || mac === "SHA384";
  const min = row.min === "" ? (modern ? "TLSv1.2" : "SSLv3") : row.min;
  const max = row.max === "" ? "TLSv1.2" : row.max;
  const facts = [
    row.code.slice(2),
    row.name,
    row.openssl,
    field("kx"),
    field("auth"),
    cipher,
    field("bits"),
    mode,
    mac,
    row.name.includes("EXPORT") ? "X" : "",
    min,
    max,
    row.rfc,
    row.recommended,
  ];
  if (facts.includes(undefined)) throw new Error(`${row.name}: something is missing in ${facts.join("|")}`);
  return facts.join("|");
}

function readCsv(text) {
  const [head, ...lines] = text.trimEnd().split("\n");
  if (head !== COLUMNS.join(",")) throw new Error(`the columns of suites.csv are ${COLUMNS.join(",")}`);
  return lines.map((line) => {
    const cells = line.split(",");
    if (cells.length !== COLUMNS.length)
      throw new Error(`${cells.length} cells instead of ${COLUMNS.length}: ${line}`);
    return Object.fromEntries(COLUMNS.map((column, index) => [column, cells[index]]));
  });
}

function table(name, what, rows) {
  const head = `// ${what}. Made from suites.csv by \`npm run generate:tls\`; not to be edited.\n`;
  return `${head}export const ${name} = \`\n${rows.map(complete).join("\n")}\n\`;\n`;
}

const rows = readCsv(readFileSync(new URL("suites.csv", FOLDER), "utf8"));
const isSslv2 = ({ code }) => code.length === 8;
const isElliptic = ({ code }) => !isSslv2({ code }) && Number(code) >= 0xc000;
const files = {
  "suites-00.generated.ts": table(
    "SUITE_ROWS_00",
    "Cipher suites below 0xC000",
    rows.filter((row) => !isSslv2(row) && !isElliptic(row)),
  ),
  "suites-c0.generated.ts": table("SUITE_ROWS_C0", "Cipher suites from 0xC000 on", rows.filter(isElliptic)),
  "sslv2-kinds.generated.ts": table("SSLV2_ROWS", "Cipher kinds of SSL 2.0", rows.filter(isSslv2)),
};

const check = process.argv.includes("--check");
for (const [name, text] of Object.entries(files)) {
  const url = new URL(name, FOLDER);
  if (!check) writeFileSync(url, text);
  else if (readFileSync(url, "utf8") !== text) {
    console.error(`${name} is out of date: run npm run generate:tls`);
    process.exitCode = 1;
  }
}
console.log(`${rows.length} rows${check ? "" : " written"}`);
