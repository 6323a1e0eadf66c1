/**
 * Named groups (IANA "TLS Supported Groups"): elliptic curves, finite fields, key encapsulation and hybrids of
 * both, the obsolete and the drafts that were deployed included.
 *
 * The placeholders for explicit curves (0xff01, 0xff02) and GREASE are no groups and not here.
 */
import type { ProtocolVersion } from "../facts.ts";

export interface GroupFacts {
  readonly code: number;
  /** As IANA has it, or the draft. */
  readonly name: string;
  readonly kind: "ecdh" | "ffdh" | "kem" | "hybrid";
  /** Size of the field or prime; of key encapsulations and hybrids, the strength that ML-KEM's set claims. */
  readonly bits: number;
  /** The curve as certificates name it (`P-256`, `X25519`, `brainpoolP256r1`); of a hybrid, its classical half. */
  readonly curve: string | undefined;
  /** Where the standards allow it; a server may do otherwise. */
  readonly minVersion: ProtocolVersion;
  readonly maxVersion: ProtocolVersion;
  readonly source: string;
  /** Marked so by IANA. */
  readonly recommended: boolean;
}

type Versions = "all" | "legacy" | "tls13";

/** code, name, bits, curve, versions, source, recommended. */
type Row = readonly [number, string, number, string | undefined, Versions, string, boolean?];

const CURVES: readonly Row[] = [
  [0x0001, "sect163k1", 163, "sect163k1", "legacy", "RFC 4492"],
  [0x0002, "sect163r1", 163, "sect163r1", "legacy", "RFC 4492"],
  [0x0003, "sect163r2", 163, "sect163r2", "legacy", "RFC 4492"],
  [0x0004, "sect193r1", 193, "sect193r1", "legacy", "RFC 4492"],
  [0x0005, "sect193r2", 193, "sect193r2", "legacy", "RFC 4492"],
  [0x0006, "sect233k1", 233, "sect233k1", "legacy", "RFC 4492"],
  [0x0007, "sect233r1", 233, "sect233r1", "legacy", "RFC 4492"],
  [0x0008, "sect239k1", 239, "sect239k1", "legacy", "RFC 4492"],
  [0x0009, "sect283k1", 283, "sect283k1", "legacy", "RFC 4492"],
  [0x000a, "sect283r1", 283, "sect283r1", "legacy", "RFC 4492"],
  [0x000b, "sect409k1", 409, "sect409k1", "legacy", "RFC 4492"],
  [0x000c, "sect409r1", 409, "sect409r1", "legacy", "RFC 4492"],
  [0x000d, "sect571k1", 571, "sect571k1", "legacy", "RFC 4492"],
  [0x000e, "sect571r1", 571, "sect571r1", "legacy", "RFC 4492"],
  [0x000f, "secp160k1", 160, "secp160k1", "legacy", "RFC 4492"],
  [0x0010, "secp160r1", 160, "secp160r1", "legacy", "RFC 4492"],
  [0x0011, "secp160r2", 160, "secp160r2", "legacy", "RFC 4492"],
  [0x0012, "secp192k1", 192, "secp192k1", "legacy", "RFC 4492"],
  [0x0013, "secp192r1", 192, "P-192", "legacy", "RFC 4492"],
  [0x0014, "secp224k1", 224, "secp224k1", "legacy", "RFC 4492"],
  [0x0015, "secp224r1", 224, "P-224", "legacy", "RFC 4492"],
  [0x0016, "secp256k1", 256, "secp256k1", "legacy", "RFC 4492"],
  [0x0017, "secp256r1", 256, "P-256", "all", "RFC 8422", true],
  [0x0018, "secp384r1", 384, "P-384", "all", "RFC 8422", true],
  [0x0019, "secp521r1", 521, "P-521", "all", "RFC 8422"],
  [0x001a, "brainpoolP256r1", 256, "brainpoolP256r1", "legacy", "RFC 7027"],
  [0x001b, "brainpoolP384r1", 384, "brainpoolP384r1", "legacy", "RFC 7027"],
  [0x001c, "brainpoolP512r1", 512, "brainpoolP512r1", "legacy", "RFC 7027"],
  [0x001d, "x25519", 255, "X25519", "all", "RFC 8422", true],
  [0x001e, "x448", 448, "X448", "all", "RFC 8422", true],
  [0x001f, "brainpoolP256r1tls13", 256, "brainpoolP256r1", "tls13", "RFC 8734"],
  [0x0020, "brainpoolP384r1tls13", 384, "brainpoolP384r1", "tls13", "RFC 8734"],
  [0x0021, "brainpoolP512r1tls13", 512, "brainpoolP512r1", "tls13", "RFC 8734"],
  [0x0022, "GC256A", 256, "GC256A", "all", "RFC 9189"],
  [0x0023, "GC256B", 256, "GC256B", "all", "RFC 9189"],
  [0x0024, "GC256C", 256, "GC256C", "all", "RFC 9189"],
  [0x0025, "GC256D", 256, "GC256D", "all", "RFC 9189"],
  [0x0026, "GC512A", 512, "GC512A", "all", "RFC 9189"],
  [0x0027, "GC512B", 512, "GC512B", "all", "RFC 9189"],
  [0x0028, "GC512C", 512, "GC512C", "all", "RFC 9189"],
  [0x0029, "curveSM2", 256, "SM2", "tls13", "RFC 8998"],
];

const FINITE_FIELDS: readonly Row[] = [
  [0x0100, "ffdhe2048", 2048, undefined, "all", "RFC 7919"],
  [0x0101, "ffdhe3072", 3072, undefined, "all", "RFC 7919"],
  [0x0102, "ffdhe4096", 4096, undefined, "all", "RFC 7919"],
  [0x0103, "ffdhe6144", 6144, undefined, "all", "RFC 7919"],
  [0x0104, "ffdhe8192", 8192, undefined, "all", "RFC 7919"],
];

const ENCAPSULATIONS: readonly Row[] = [
  [0x0200, "MLKEM512", 128, undefined, "tls13", "draft-ietf-tls-mlkem"],
  [0x0201, "MLKEM768", 192, undefined, "tls13", "draft-ietf-tls-mlkem"],
  [0x0202, "MLKEM1024", 256, undefined, "tls13", "draft-ietf-tls-mlkem"],
];

const HYBRIDS: readonly Row[] = [
  [0x11eb, "SecP256r1MLKEM768", 192, "P-256", "tls13", "draft-ietf-tls-ecdhe-mlkem"],
  [0x11ec, "X25519MLKEM768", 192, "X25519", "tls13", "draft-ietf-tls-ecdhe-mlkem", true],
  [0x11ed, "SecP384r1MLKEM1024", 256, "P-384", "tls13", "draft-ietf-tls-ecdhe-mlkem"],
  [0x11ee, "curveSM2MLKEM768", 192, "SM2", "tls13", "draft-yang-tls-hybrid-sm2-mlkem"],
  [0x4138, "CECPQ2", 128, "X25519", "tls13", "BoringSSL 2018"],
  [0x6399, "X25519Kyber768Draft00", 192, "X25519", "tls13", "draft-tls-westerbaan-xyber768d00"],
  [0x639a, "SecP256r1Kyber768Draft00", 192, "P-256", "tls13", "draft-kwiatkowski-tls-ecdhe-kyber"],
  [0xfe30, "X25519Kyber512Draft00", 128, "X25519", "tls13", "Cloudflare 2022"],
  [0xfe31, "X25519Kyber768Draft00Old", 192, "X25519", "tls13", "Cloudflare 2022"],
  [0xfe32, "P256Kyber768Draft00", 192, "P-256", "tls13", "Cloudflare 2022"],
];

function facts(kind: GroupFacts["kind"]): (row: Row) => GroupFacts {
  return ([code, name, bits, curve, versions, source, recommended = false]) => ({
    code,
    name,
    kind,
    bits,
    curve,
    minVersion: versions === "tls13" ? "TLSv1.3" : "TLSv1.0",
    maxVersion: versions === "legacy" ? "TLSv1.2" : "TLSv1.3",
    source,
    recommended,
  });
}

/** By code. */
export const GROUPS: readonly GroupFacts[] = [
  ...CURVES.map(facts("ecdh")),
  ...FINITE_FIELDS.map(facts("ffdh")),
  ...ENCAPSULATIONS.map(facts("kem")),
  ...HYBRIDS.map(facts("hybrid")),
];

const BY_CODE: ReadonlyMap<number, GroupFacts> = new Map(GROUPS.map((group) => [group.code, group]));

export function group(code: number): GroupFacts | undefined {
  return BY_CODE.get(code);
}
