/**
 * Diffie-Hellman primes that many servers share: those of standards, and those built into servers. A prime in
 * wide use is worth breaking once for all who use it (Logjam), which a prime of 1024 bits or less may allow.
 *
 * The table holds SHA-256 of the prime in network order without leading zeros; the primes are in the tests.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

const NAMES: ReadonlyMap<string, string> = new Map([
  ["b52ba6a3026520a6c49d37e4587601801bee500123b3259b6bf03e7cecc3e63d", "RFC 2409 group 1"],
  ["3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0", "RFC 2409 group 2"],
  ["64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b", "RFC 3526 group 5"],
  ["d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e", "RFC 3526 group 14"],
  ["48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c", "RFC 3526 group 15"],
  ["4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33", "RFC 3526 group 16"],
  ["d1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd", "RFC 3526 group 17"],
  ["39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf", "RFC 3526 group 18"],
  ["9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966", "RFC 7919 ffdhe2048"],
  ["0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17", "RFC 7919 ffdhe3072"],
  ["4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e", "RFC 7919 ffdhe4096"],
  ["227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7", "RFC 7919 ffdhe6144"],
  ["770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833", "RFC 7919 ffdhe8192"],
  ["3cdb020b9ef298b2f3f6cf5a872af527337bf7b9f654b2e70c49da16a4d24137", "mod_ssl of 2000, 512 bits"],
  ["f79d1db3c955a28fdeca462670a0712efee4b588c7858e4943883f903bd1354b", "mod_ssl of 2000, 1024 bits"],
  ["db01e702899166da28c9bc7896af62bcdf0c96d0fb341950ba80e68bd51a57ef", "Apache httpd 2.2, 512 bits"],
  ["bf910d9df4e0b2e76cda7443f592aa118e33ba2c224ebc27fb8978d873c8c2e3", "Apache httpd 2.2, 1024 bits"],
  ["8ae47dca3d24e9b64640062686da234dcabada26b0da6f090c5449c1338d9a11", "nginx before 1.11, 1024 bits"],
  ["486e235226a927b22b9389bf43377084cb9be4c303f08fd490613ab4d9dfbd31", "HAProxy before 2.6, 1024 bits"],
  ["7b6551ea6ff09bd78c24bede10980a155f70b6c81e48b4dd8bec822ab3bf0e94", "HAProxy before 2.6, 2048 bits"],
  ["3166ce19180005327a6059a2e7a4ed22775ad2f0eadaee59a7481ab391fe592f", "stunnel 4 and 5, 2048 bits"],
  ["7c370bfda6cad714bb4e119c1cfe15f6af5059d1f8f7887c1ad4334ffa458f38", "Postfix before 3.1, 1024 bits"],
  [
    "f26e2403f3f07946654404909f0ff81d9354de17250411b4c04b89af73178425",
    "OpenSSL s_server (also MySQL), 512 bits",
  ],
  [
    "e4896abfd36d325fcafe3c1583e30bf9b59d63261b9ee11962107cf67ebf83cd",
    "SKIP (PostgreSQL, Pure-FTPd), 512 bits",
  ],
  [
    "73b391ec8da33ee197aed17d7cfce1321b94e04c5b55b3c02c1c7198eb88715b",
    "JSSE before Java 8 (FIPS 186 sample), 512 bits",
  ],
  [
    "ee5483fe4b96caa10cb5b863ec409aab2762e6bf43af4a8a0a42817fef4dd7f3",
    "JSSE before Java 8 (FIPS 186 sample), 768 bits",
  ],
  [
    "cc21a33dd1a3edf40bf636b5496e4aede198a437a8548e0cc1a621424e42419b",
    "JSSE before Java 8 (FIPS 186 sample), 1024 bits",
  ],
  [
    "6215d41bb617b390082b066d6856f8b361d6c77f316a84301f7c9717a8681485",
    "SKIP (PostgreSQL, Pure-FTPd), 1024 bits",
  ],
  [
    "725541d91fe79bcf52e6d96581d83ab8eb68a6c2460d933f68792a369b003b1c",
    "SKIP (PostgreSQL, Pure-FTPd), 2048 bits",
  ],
  ["6786642ab608b22f9cce2d1758b48a5fcf354b6170ea547f906a9e375cbbd3a0", "sendmail 8.15, 2048 bits"],
  ["44c55cfee5c075927cf682da5b681bdecbd5c3eb0784c14f5dce7610f0ef133d", "RFC 5114 group 22"],
  ["bfe545862ca102ad1eeddb5fbfa5bf855ac4995c56a8b408ce3fe099dce93a9d", "RFC 5114 group 23"],
  ["0b7835722cb619827610c2549fdda5587421686c4409a13865e76225522ddcc9", "RFC 5114 group 24"],
]);

/** Name of a prime in wide use; undefined for one that is not known. `primeHex`: leading zeros do not matter. */
export function knownPrime(primeHex: string): string | undefined {
  const digits = primeHex.replace(/^0+/, "");
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  return NAMES.get(createHash("sha256").update(bytes).digest("hex"));
}

/** Names of all known primes. */
export const KNOWN_PRIMES: readonly string[] = [...NAMES.values()];
