/**
 * Extension code points (IANA "TLS ExtensionType Values") and their names.
 */
export const EXTENSION = {
  serverName: 0,
  maxFragmentLength: 1,
  clientCertificateUrl: 2,
  trustedCaKeys: 3,
  truncatedHmac: 4,
  statusRequest: 5,
  userMapping: 6,
  clientAuthz: 7,
  serverAuthz: 8,
  certType: 9,
  supportedGroups: 10,
  ecPointFormats: 11,
  srp: 12,
  signatureAlgorithms: 13,
  useSrtp: 14,
  heartbeat: 15,
  alpn: 16,
  statusRequestV2: 17,
  signedCertificateTimestamp: 18,
  clientCertificateType: 19,
  serverCertificateType: 20,
  padding: 21,
  encryptThenMac: 22,
  extendedMasterSecret: 23,
  tokenBinding: 24,
  cachedInfo: 25,
  compressCertificate: 27,
  recordSizeLimit: 28,
  passwordProtect: 29,
  passwordClear: 30,
  passwordSalt: 31,
  ticketPinning: 32,
  delegatedCredential: 34,
  sessionTicket: 35,
  preSharedKey: 41,
  earlyData: 42,
  supportedVersions: 43,
  cookie: 44,
  pskKeyExchangeModes: 45,
  certificateAuthorities: 47,
  oidFilters: 48,
  postHandshakeAuth: 49,
  signatureAlgorithmsCert: 50,
  keyShare: 51,
  transparencyInfo: 52,
  connectionId: 54,
  externalIdHash: 55,
  externalSessionId: 56,
  quicTransportParameters: 57,
  ticketRequest: 58,
  nextProtocolNegotiation: 13172,
  applicationSettings: 17513,
  encryptedClientHello: 65037,
  renegotiationInfo: 65281,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(EXTENSION).map(([key, type]) => [
    type,
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  ]),
);

/** `supported_groups`, `GREASE`, or the number. */
export function extensionName(type: number): string {
  return NAMES.get(type) ?? (isGrease(type) ? "GREASE" : `extension ${type}`);
}

/** Values that mean nothing and must be ignored: 0x0a0a, 0x1a1a … 0xfafa (RFC 8701 §2). */
export function isGrease(code: number): boolean {
  return (code & 0x0f0f) === 0x0a0a && code >> 8 === (code & 0xff);
}

export const GREASE_CODES: readonly number[] = Array.from(
  { length: 16 },
  (_, index) => 0x0a0a + index * 0x1010,
);
