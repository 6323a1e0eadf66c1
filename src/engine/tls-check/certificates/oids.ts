/**
 * Names of the object identifiers that people know by name: attributes of names, purposes, policies. Names as
 * OpenSSL prints them where it has one.
 */

/** Attribute types of distinguished names: RFC 4514 §3 first, then the ones certificates use. */
export const ATTRIBUTE_NAMES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.6": "C",
  "2.5.4.9": "STREET",
  "0.9.2342.19200300.100.1.25": "DC",
  "0.9.2342.19200300.100.1.1": "UID",
  "2.5.4.4": "SN",
  "2.5.4.5": "serialNumber",
  "2.5.4.12": "title",
  "2.5.4.13": "description",
  "2.5.4.15": "businessCategory",
  "2.5.4.16": "postalAddress",
  "2.5.4.17": "postalCode",
  "2.5.4.41": "name",
  "2.5.4.42": "GN",
  "2.5.4.43": "initials",
  "2.5.4.44": "generationQualifier",
  "2.5.4.46": "dnQualifier",
  "2.5.4.65": "pseudonym",
  "2.5.4.97": "organizationIdentifier",
  "1.2.840.113549.1.9.1": "emailAddress",
  "1.2.840.113549.1.9.2": "unstructuredName",
  "1.2.840.113549.1.9.8": "unstructuredAddress",
  "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
  "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
  "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
};

export const EKU = {
  any: "2.5.29.37.0",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
  /** Server-gated crypto: old authorities carry it in place of serverAuth. */
  netscapeSgc: "2.16.840.1.113730.4.1",
  microsoftSgc: "1.3.6.1.4.1.311.10.3.3",
} as const;

export const EKU_NAMES: Readonly<Record<string, string>> = {
  [EKU.any]: "anyExtendedKeyUsage",
  [EKU.serverAuth]: "serverAuth",
  [EKU.clientAuth]: "clientAuth",
  [EKU.codeSigning]: "codeSigning",
  [EKU.emailProtection]: "emailProtection",
  [EKU.timeStamping]: "timeStamping",
  [EKU.ocspSigning]: "OCSPSigning",
  [EKU.netscapeSgc]: "nsSGC",
  [EKU.microsoftSgc]: "msSGC",
  "1.3.6.1.5.5.7.3.5": "ipsecEndSystem",
  "1.3.6.1.5.5.7.3.6": "ipsecTunnel",
  "1.3.6.1.5.5.7.3.7": "ipsecUser",
  "1.3.6.1.5.5.7.3.17": "ipsecIKE",
  "1.3.6.1.5.5.7.3.21": "secureShellClient",
  "1.3.6.1.5.5.7.3.22": "secureShellServer",
  "1.3.6.1.5.5.7.3.31": "brandIndicatorforMessageIdentification",
  "1.3.6.1.4.1.311.20.2.2": "msSmartcardLogin",
  "1.3.6.1.4.1.11129.2.4.4": "ctPrecertificateSigning",
};

/** Extensions of certificates, lists and requests. */
export const EXT = {
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  issuerAltName: "2.5.29.18",
  basicConstraints: "2.5.29.19",
  crlNumber: "2.5.29.20",
  reasonCode: "2.5.29.21",
  invalidityDate: "2.5.29.24",
  deltaCrlIndicator: "2.5.29.27",
  issuingDistributionPoint: "2.5.29.28",
  certificateIssuer: "2.5.29.29",
  nameConstraints: "2.5.29.30",
  crlDistributionPoints: "2.5.29.31",
  certificatePolicies: "2.5.29.32",
  policyMappings: "2.5.29.33",
  authorityKeyId: "2.5.29.35",
  policyConstraints: "2.5.29.36",
  extendedKeyUsage: "2.5.29.37",
  freshestCrl: "2.5.29.46",
  inhibitAnyPolicy: "2.5.29.54",
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
  subjectInfoAccess: "1.3.6.1.5.5.7.1.11",
  tlsFeature: "1.3.6.1.5.5.7.1.24",
  sctList: "1.3.6.1.4.1.11129.2.4.2",
  precertificatePoison: "1.3.6.1.4.1.11129.2.4.3",
  ocspSctList: "1.3.6.1.4.1.11129.2.4.5",
  ocspNoCheck: "1.3.6.1.5.5.7.48.1.5",
  ocspNonce: "1.3.6.1.5.5.7.48.1.2",
} as const;

export const EXTENSION_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(EXT).map(([name, oid]) => [oid, name]),
);

/**
 * Extensions whose meaning path validation takes into account: critical ones beyond these must stop a client
 * (RFC 5280 §4.2).
 */
export const UNDERSTOOD_EXTENSIONS: ReadonlySet<string> = new Set([
  EXT.subjectKeyId,
  EXT.keyUsage,
  EXT.subjectAltName,
  EXT.issuerAltName,
  EXT.basicConstraints,
  EXT.nameConstraints,
  EXT.crlDistributionPoints,
  EXT.certificatePolicies,
  EXT.policyMappings,
  EXT.authorityKeyId,
  EXT.policyConstraints,
  EXT.extendedKeyUsage,
  EXT.freshestCrl,
  EXT.inhibitAnyPolicy,
  EXT.authorityInfoAccess,
  EXT.subjectInfoAccess,
  EXT.tlsFeature,
  EXT.sctList,
  EXT.precertificatePoison,
  EXT.ocspNoCheck,
]);
