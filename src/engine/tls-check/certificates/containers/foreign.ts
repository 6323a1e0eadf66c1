/**
 * Files that people take for certificate files, told by how they begin, so that the message says what they are.
 */

export interface Foreign {
  readonly format: string;
  readonly why: string;
  readonly next: string | undefined;
}

type Telltale = readonly [test: RegExp, format: string, why: string, next?: string];

const TEXTS: readonly Telltale[] = [
  [/^(ssh-(rsa|dss|ed25519)|ecdsa-sha2-|sk-)\S* AAAA/m, "OpenSSH", "it is an SSH public key, not a TLS one"],
  [/^---- BEGIN SSH2 /m, "SSH2", "it is an SSH public key, not a TLS one"],
  [
    /^PuTTY-User-Key-File-/,
    "PuTTY",
    "it is a PuTTY key, for SSH",
    "PuTTYgen exports it as PEM (Conversions, Export OpenSSH key)",
  ],
  [/^\s*<(!doctype html|html)/i, "HTML", "it is a web page: the download went to a login or an error page"],
  [/^\s*<\?xml/, "XML", "it is XML"],
  [/^\s*[[{]/, "JSON", "it is JSON"],
  [
    /^[0-9a-f:\s]{64,}$/i,
    "hex",
    "it is hexadecimal text",
    "turn it into bytes first, for example with xxd -r -p",
  ],
];

const MAGICS: readonly (readonly [hex: string, format: string, why: string])[] = [
  ["504b0304", "zip", "it is a zip archive: unpack it first"],
  ["1f8b", "gzip", "it is gzip data: unpack it first"],
  ["7f454c46", "ELF", "it is a program"],
  ["89504e47", "PNG", "it is a picture"],
  ["25504446", "PDF", "it is a PDF document"],
  ["99", "OpenPGP", "it looks like an OpenPGP key, which is not a TLS one"],
];

export function foreignFormat(bytes: Uint8Array, text: string): Foreign {
  const head = Buffer.from(bytes.subarray(0, 8)).toString("hex");
  for (const [hex, format, why] of MAGICS) if (head.startsWith(hex)) return { format, why, next: undefined };
  const start = text.slice(0, 4096);
  for (const [test, format, why, next] of TEXTS) if (test.test(start)) return { format, why, next };
  return {
    format: "unknown",
    why: "it holds no certificate, key, request or list in any known form",
    next: "name a PEM, DER, PKCS#7, PKCS#12 or JKS file",
  };
}

/** PEM blocks that are of another trade. */
export function foreignBlock(label: string): Foreign | undefined {
  if (label === "OPENSSH PRIVATE KEY") {
    return {
      format: "OpenSSH",
      why: "it is a private key in OpenSSH's own form, which TLS servers do not read",
      next: "ssh-keygen -p -m PKCS8 -f FILE turns it into PKCS#8 (it rewrites the file: use a copy)",
    };
  }
  if (label.startsWith("SSH2 "))
    return { format: "SSH2", why: "it is an SSH key, not a TLS one", next: undefined };
  if (label.startsWith("PGP "))
    return { format: "OpenPGP", why: "it is an OpenPGP block, not a TLS one", next: undefined };
  return undefined;
}
