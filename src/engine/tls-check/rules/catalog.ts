/**
 * All rules, in the order in which a report shows them. To add one: a file in the folder of its subject, and
 * its line here. A test fails when either is missing.
 */
import { certAkiSki } from "./certificate/cert-aki-ski.ts";
import { certCaAsLeaf } from "./certificate/cert-ca-as-leaf.ts";
import { certCommonNameOnly } from "./certificate/cert-common-name-only.ts";
import { certCriticalUnknown } from "./certificate/cert-critical-unknown.ts";
import { certDerOddity } from "./certificate/cert-der-oddity.ts";
import { certExpired } from "./certificate/cert-expired.ts";
import { certExpiresSoon } from "./certificate/cert-expires-soon.ts";
import { certExtendedKeyUsage } from "./certificate/cert-extended-key-usage.ts";
import { certInternalName } from "./certificate/cert-internal-name.ts";
import { certKeyExponent } from "./certificate/cert-key-exponent.ts";
import { certKeyUsage } from "./certificate/cert-key-usage.ts";
import { certLifetimeLow } from "./certificate/cert-lifetime-low.ts";
import { certLifetimeTooLong } from "./certificate/cert-lifetime-too-long.ts";
import { certMustStaple } from "./certificate/cert-must-staple.ts";
import { certNameMismatch } from "./certificate/cert-name-mismatch.ts";
import { certNoSan } from "./certificate/cert-no-san.ts";
import { certNotYetValid } from "./certificate/cert-not-yet-valid.ts";
import { certPolicy } from "./certificate/cert-policy.ts";
import { certPrecertificate } from "./certificate/cert-precertificate.ts";
import { certRevoked } from "./certificate/cert-revoked.ts";
import { certSctInvalid } from "./certificate/cert-sct-invalid.ts";
import { certSctMissing } from "./certificate/cert-sct-missing.ts";
import { certSelfSigned } from "./certificate/cert-self-signed.ts";
import { certSerial } from "./certificate/cert-serial.ts";
import { certStapleBad } from "./certificate/cert-staple-bad.ts";
import { certUntrusted } from "./certificate/cert-untrusted.ts";
import { certVersion } from "./certificate/cert-version.ts";
import { certWeakKey } from "./certificate/cert-weak-key.ts";
import { certWeakSignature } from "./certificate/cert-weak-signature.ts";
import { certWildcardBad } from "./certificate/cert-wildcard-bad.ts";
import { certificateUnseen } from "./certificate/certificate-unseen.ts";
import { chainBrokenSignature } from "./chain/chain-broken-signature.ts";
import { chainDuplicate } from "./chain/chain-duplicate.ts";
import { chainExpiredIssuer } from "./chain/chain-expired-issuer.ts";
import { chainExtra } from "./chain/chain-extra.ts";
import { chainIncomplete } from "./chain/chain-incomplete.ts";
import { chainNameConstraints } from "./chain/chain-name-constraints.ts";
import { chainNotCa } from "./chain/chain-not-ca.ts";
import { chainOutOfOrder } from "./chain/chain-out-of-order.ts";
import { chainPathLength } from "./chain/chain-path-length.ts";
import { chainPolicy } from "./chain/chain-policy.ts";
import { chainRootSent } from "./chain/chain-root-sent.ts";
import { chainUnreadable } from "./chain/chain-unreadable.ts";
import { chainWeakIssuer } from "./chain/chain-weak-issuer.ts";
import { expectChainDiffers } from "./chain/expect-chain-differs.ts";
import { cipher3des } from "./cipher/cipher-3des.ts";
import { cipherAnonymous } from "./cipher/cipher-anonymous.ts";
import { cipherCbcOnly } from "./cipher/cipher-cbc-only.ts";
import { cipherDes } from "./cipher/cipher-des.ts";
import { cipherDhe } from "./cipher/cipher-dhe.ts";
import { cipherExport } from "./cipher/cipher-export.ts";
import { cipherNoAead } from "./cipher/cipher-no-aead.ts";
import { cipherNoForwardSecrecy } from "./cipher/cipher-no-forward-secrecy.ts";
import { cipherNull } from "./cipher/cipher-null.ts";
import { cipherOrder } from "./cipher/cipher-order.ts";
import { cipherRc4 } from "./cipher/cipher-rc4.ts";
import { cipherWeakBits } from "./cipher/cipher-weak-bits.ts";
import { clientCertificate } from "./feature/client-certificate.ts";
import { compression } from "./feature/compression.ts";
import { downgradeSentinel } from "./feature/downgrade-sentinel.ts";
import { earlyData } from "./feature/early-data.ts";
import { encryptThenMacMissing } from "./feature/encrypt-then-mac-missing.ts";
import { endpointDrift } from "./feature/endpoint-drift.ts";
import { endpointInconclusive } from "./feature/endpoint-inconclusive.ts";
import { extendedMasterSecretMissing } from "./feature/extended-master-secret-missing.ts";
import { fallbackScsv } from "./feature/fallback-scsv.ts";
import { greaseIntolerant } from "./feature/grease-intolerant.ts";
import { longHelloIntolerant } from "./feature/long-hello-intolerant.ts";
import { renegotiationClient } from "./feature/renegotiation-client.ts";
import { renegotiationInsecure } from "./feature/renegotiation-insecure.ts";
import { sessionTicketLifetime } from "./feature/session-ticket-lifetime.ts";
import { sniRequired } from "./feature/sni-required.ts";
import { sniUnknownName } from "./feature/sni-unknown-name.ts";
import { staplingMissing } from "./feature/stapling-missing.ts";
import { versionIntolerant } from "./feature/version-intolerant.ts";
import { crlExpired } from "./file/crl-expired.ts";
import { crlWeakSignature } from "./file/crl-weak-signature.ts";
import { csrNoNames } from "./file/csr-no-names.ts";
import { csrSignature } from "./file/csr-signature.ts";
import { csrWeakKey } from "./file/csr-weak-key.ts";
import { fileEmpty } from "./file/file-empty.ts";
import { fileUnreadable } from "./file/file-unreadable.ts";
import { keyEncrypted } from "./key/key-encrypted.ts";
import { keyExposedWithCert } from "./key/key-exposed-with-cert.ts";
import { keyMismatch } from "./key/key-mismatch.ts";
import { keyWeak } from "./key/key-weak.ts";
import { dhCommonPrime } from "./key-exchange/dh-common-prime.ts";
import { dhComposite } from "./key-exchange/dh-composite.ts";
import { dhSmall } from "./key-exchange/dh-small.ts";
import { groupNoModern } from "./key-exchange/group-no-modern.ts";
import { groupNoPostQuantum } from "./key-exchange/group-no-post-quantum.ts";
import { groupWeak } from "./key-exchange/group-weak.ts";
import { sigMd5 } from "./key-exchange/sig-md5.ts";
import { sigSha1 } from "./key-exchange/sig-sha1.ts";
import { protoNoTls12Or13 } from "./protocol/proto-no-tls12-or-13.ts";
import { protoNoTls13 } from "./protocol/proto-no-tls13.ts";
import { protoSslv2 } from "./protocol/proto-sslv2.ts";
import { protoSslv3 } from "./protocol/proto-sslv3.ts";
import { protoTls10 } from "./protocol/proto-tls10.ts";
import { protoTls11 } from "./protocol/proto-tls11.ts";
import type { Rule } from "./rule.ts";
import { beast } from "./vulnerability/beast.ts";
import { cbcPaddingOracle } from "./vulnerability/cbc-padding-oracle.ts";
import { ccsInjection } from "./vulnerability/ccs-injection.ts";
import { crime } from "./vulnerability/crime.ts";
import { drown } from "./vulnerability/drown.ts";
import { freak } from "./vulnerability/freak.ts";
import { heartbleed } from "./vulnerability/heartbleed.ts";
import { logjam } from "./vulnerability/logjam.ts";
import { lucky13 } from "./vulnerability/lucky13.ts";
import { poodleSsl } from "./vulnerability/poodle-ssl.ts";
import { poodleTls } from "./vulnerability/poodle-tls.ts";
import { rc4 } from "./vulnerability/rc4.ts";
import { robot } from "./vulnerability/robot.ts";
import { starttlsInjection } from "./vulnerability/starttls-injection.ts";
import { sweet32 } from "./vulnerability/sweet32.ts";
import { ticketbleed } from "./vulnerability/ticketbleed.ts";

export const RULES: readonly Rule[] = [
  protoNoTls12Or13,
  protoNoTls13,
  protoSslv2,
  protoSslv3,
  protoTls10,
  protoTls11,
  cipher3des,
  cipherAnonymous,
  cipherCbcOnly,
  cipherDes,
  cipherDhe,
  cipherExport,
  cipherNoAead,
  cipherNoForwardSecrecy,
  cipherNull,
  cipherOrder,
  cipherRc4,
  cipherWeakBits,
  dhCommonPrime,
  dhComposite,
  dhSmall,
  groupNoModern,
  groupNoPostQuantum,
  groupWeak,
  sigMd5,
  sigSha1,
  clientCertificate,
  compression,
  downgradeSentinel,
  earlyData,
  encryptThenMacMissing,
  endpointDrift,
  endpointInconclusive,
  extendedMasterSecretMissing,
  fallbackScsv,
  greaseIntolerant,
  longHelloIntolerant,
  renegotiationClient,
  renegotiationInsecure,
  sessionTicketLifetime,
  sniRequired,
  sniUnknownName,
  staplingMissing,
  versionIntolerant,
  beast,
  cbcPaddingOracle,
  ccsInjection,
  crime,
  drown,
  freak,
  heartbleed,
  logjam,
  lucky13,
  poodleSsl,
  poodleTls,
  rc4,
  robot,
  starttlsInjection,
  sweet32,
  ticketbleed,
  certAkiSki,
  certCaAsLeaf,
  certCommonNameOnly,
  certCriticalUnknown,
  certDerOddity,
  certificateUnseen,
  certExpired,
  certExpiresSoon,
  certExtendedKeyUsage,
  certInternalName,
  certKeyExponent,
  certKeyUsage,
  certLifetimeLow,
  certLifetimeTooLong,
  certMustStaple,
  certNameMismatch,
  certNoSan,
  certNotYetValid,
  certPolicy,
  certPrecertificate,
  certRevoked,
  certSctInvalid,
  certSctMissing,
  certSelfSigned,
  certSerial,
  certStapleBad,
  certUntrusted,
  certVersion,
  certWeakKey,
  certWeakSignature,
  certWildcardBad,
  chainBrokenSignature,
  chainDuplicate,
  chainExpiredIssuer,
  chainExtra,
  chainIncomplete,
  chainNameConstraints,
  chainPolicy,
  chainNotCa,
  chainOutOfOrder,
  chainPathLength,
  chainRootSent,
  chainWeakIssuer,
  chainUnreadable,
  expectChainDiffers,
  keyEncrypted,
  keyExposedWithCert,
  keyMismatch,
  keyWeak,
  crlExpired,
  crlWeakSignature,
  csrNoNames,
  csrSignature,
  csrWeakKey,
  fileEmpty,
  fileUnreadable,
];

const BY_ID = new Map(RULES.map((rule) => [rule.id, rule]));

export function ruleOf(id: string): Rule | undefined {
  return BY_ID.get(id);
}
