/**
 * Signature schemes (IANA "TLS SignatureScheme") and, in the same two bytes, the pairs of hash and signature
 * that TLS 1.2 had before them (RFC 5246 §7.4.1.4.1).
 */

export interface SignatureScheme {
  readonly code: number;
  /** As IANA has it; pairs without a name there are called alike, `ecdsa_sha224`. */
  readonly name: string;
  /** The kind of key it takes. `rsa-pss`: one whose certificate allows nothing but PSS. */
  readonly key:
    | "rsa"
    | "rsa-pss"
    | "dsa"
    | "ecdsa"
    | "ed25519"
    | "ed448"
    | "ml-dsa"
    | "slh-dsa"
    | "sm2"
    | "gost"
    | "ibs";
  /** How RSA pads; undefined for other keys. */
  readonly padding: "pkcs1" | "pss" | undefined;
  /** `sha256`; undefined where the algorithm has its own. */
  readonly hash: string | undefined;
  /** The only curve that TLS 1.3 allows with it. TLS 1.2 takes any. */
  readonly curve: string | undefined;
  readonly tls12: boolean;
  /** In CertificateVerify; PKCS#1 and SHA-1 may only sign certificates there. */
  readonly tls13: boolean;
  readonly source: string;
  /** Marked so by IANA. */
  readonly recommended: boolean;
}

interface Traits {
  readonly padding?: "pkcs1" | "pss";
  readonly hash?: string;
  readonly curve?: string;
  /** Default: both. */
  readonly only?: "tls12" | "tls13";
  readonly recommended?: boolean;
}

function define(
  code: number,
  name: string,
  key: SignatureScheme["key"],
  source: string,
  traits: Traits = {},
): SignatureScheme {
  return {
    code,
    name,
    key,
    padding: traits.padding,
    hash: traits.hash,
    curve: traits.curve,
    tls12: traits.only !== "tls13",
    tls13: traits.only !== "tls12",
    source,
    recommended: traits.recommended ?? false,
  };
}

const HASHES = [undefined, "md5", "sha1", "sha224", "sha256", "sha384", "sha512"] as const;
const PAIR_KEYS = [undefined, "rsa", "dsa", "ecdsa"] as const;
/** Of TLS 1.3, by hash byte. */
const NAMED_CURVES: Readonly<Record<number, readonly [iana: string, curve: string]>> = {
  4: ["secp256r1_", "P-256"],
  5: ["secp384r1_", "P-384"],
  6: ["secp521r1_", "P-521"],
};

/** Six hashes with three kinds of keys; some of them live on in TLS 1.3. */
function pairs(): SignatureScheme[] {
  const found: SignatureScheme[] = [];
  for (let hashByte = 6; hashByte >= 1; hashByte--) {
    for (let keyByte = 1; keyByte <= 3; keyByte++) {
      const hash = HASHES[hashByte]!;
      const key = PAIR_KEYS[keyByte]!;
      const code = hashByte * 0x100 + keyByte;
      const named = key === "ecdsa" ? NAMED_CURVES[hashByte] : undefined;
      if (named !== undefined) {
        const [iana, curve] = named;
        found.push(
          define(code, `ecdsa_${iana}${hash}`, key, "RFC 8446", { hash, curve, recommended: hashByte < 6 }),
        );
      } else if (key === "rsa") {
        const recommended = hashByte >= 4;
        found.push(
          define(code, `rsa_pkcs1_${hash}`, key, "RFC 5246", {
            padding: "pkcs1",
            hash,
            only: "tls12",
            recommended,
          }),
        );
      } else {
        found.push(define(code, `${key}_${hash}`, key, "RFC 5246", { hash, only: "tls12" }));
      }
    }
  }
  return found;
}

const pss = { padding: "pss", recommended: true } as const;
const tls13 = { only: "tls13" } as const;

const SLH_DSA = ["sha2_128s", "sha2_128f", "sha2_192s", "sha2_192f", "sha2_256s", "sha2_256f"];

/** The usual ones first: servers that follow the client's order choose as they do for browsers. */
export const SIGNATURE_SCHEMES: readonly SignatureScheme[] = [
  define(0x0807, "ed25519", "ed25519", "RFC 8422", { recommended: true }),
  define(0x0808, "ed448", "ed448", "RFC 8422", { recommended: true }),
  define(0x0804, "rsa_pss_rsae_sha256", "rsa", "RFC 8446", { ...pss, hash: "sha256" }),
  define(0x0805, "rsa_pss_rsae_sha384", "rsa", "RFC 8446", { ...pss, hash: "sha384" }),
  define(0x0806, "rsa_pss_rsae_sha512", "rsa", "RFC 8446", { ...pss, hash: "sha512" }),
  define(0x0809, "rsa_pss_pss_sha256", "rsa-pss", "RFC 8446", { ...pss, hash: "sha256" }),
  define(0x080a, "rsa_pss_pss_sha384", "rsa-pss", "RFC 8446", { ...pss, hash: "sha384" }),
  define(0x080b, "rsa_pss_pss_sha512", "rsa-pss", "RFC 8446", { ...pss, hash: "sha512" }),
  ...pairs(),
  define(0x081a, "ecdsa_brainpoolP256r1tls13_sha256", "ecdsa", "RFC 8734", {
    ...tls13,
    hash: "sha256",
    curve: "brainpoolP256r1",
  }),
  define(0x081b, "ecdsa_brainpoolP384r1tls13_sha384", "ecdsa", "RFC 8734", {
    ...tls13,
    hash: "sha384",
    curve: "brainpoolP384r1",
  }),
  define(0x081c, "ecdsa_brainpoolP512r1tls13_sha512", "ecdsa", "RFC 8734", {
    ...tls13,
    hash: "sha512",
    curve: "brainpoolP512r1",
  }),
  define(0x0904, "mldsa44", "ml-dsa", "draft-ietf-tls-mldsa", tls13),
  define(0x0905, "mldsa65", "ml-dsa", "draft-ietf-tls-mldsa", tls13),
  define(0x0906, "mldsa87", "ml-dsa", "draft-ietf-tls-mldsa", tls13),
  ...[...SLH_DSA, ...SLH_DSA.map((set) => set.replace("sha2", "shake"))].map((set, index) =>
    define(0x0911 + index, `slhdsa_${set}`, "slh-dsa", "draft-reddy-tls-slhdsa", tls13),
  ),
  define(0x0708, "sm2sig_sm3", "sm2", "RFC 8998", { ...tls13, hash: "sm3", curve: "SM2" }),
  ...["256a", "256b", "256c", "256d", "512a", "512b", "512c"].map((set, index) =>
    define(0x0709 + index, `gostr34102012_${set}`, "gost", "RFC 9367", tls13),
  ),
  define(0x0840, "gostr34102012_256", "gost", "RFC 9189", { only: "tls12" }),
  define(0x0841, "gostr34102012_512", "gost", "RFC 9189", { only: "tls12" }),
  define(0xeeee, "gostr34102012_256_gostr34112012_256", "gost", "OpenSSL", { only: "tls12" }),
  define(0xefef, "gostr34102012_512_gostr34112012_512", "gost", "OpenSSL", { only: "tls12" }),
  define(0xeded, "gostr34102001_gostr3411", "gost", "OpenSSL", { only: "tls12" }),
  define(0x0704, "eccsi_sha256", "ibs", "draft-wang-tls-raw-public-key-with-ibc", tls13),
  define(0x0705, "iso_ibs1", "ibs", "draft-wang-tls-raw-public-key-with-ibc", tls13),
  define(0x0706, "iso_ibs2", "ibs", "draft-wang-tls-raw-public-key-with-ibc", tls13),
  define(0x0707, "iso_chinese_ibs", "ibs", "draft-wang-tls-raw-public-key-with-ibc", tls13),
];

const BY_CODE: ReadonlyMap<number, SignatureScheme> = new Map(
  SIGNATURE_SCHEMES.map((facts) => [facts.code, facts]),
);

export function scheme(code: number): SignatureScheme | undefined {
  return BY_CODE.get(code);
}
