/**
 * Certificate extensions (RFC 5280 §4.2) as facts. An extension that cannot be read is noted and leaves its
 * field empty but present: what is there and broken is not the same as what is absent.
 */
import {
  context,
  DerFault,
  type Element,
  expectTag,
  Fields,
  fieldsOf,
  type Oddities,
  TAG,
} from "./der/element.ts";
import { boolean, namedBits, oid, smallInteger, toHex } from "./der/values.ts";
import { plainNames, readGeneralName, readGeneralNames } from "./general-name.ts";
import type { Certificate, Extension, GeneralName, KeyUsage } from "./model.ts";
import { noteDnsName } from "./name-oddities.ts";
import { EXT, EXTENSION_NAMES, UNDERSTOOD_EXTENSIONS } from "./oids.ts";
import {
  NO_POLICY_RULES,
  type PolicyRules,
  readInhibitAny,
  readPolicyConstraints,
  readPolicyMappings,
} from "./policy-rules.ts";
import { readSctList } from "./sct.ts";

/** The fields of a certificate that come from its extensions. */
export type ExtensionFacts = Pick<
  Certificate,
  | "subjectAltNames"
  | "basicConstraints"
  | "keyUsage"
  | "extendedKeyUsage"
  | "subjectKeyId"
  | "authorityKeyId"
  | "nameConstraints"
  | "policies"
  | "policyRules"
  | "ocspUrls"
  | "issuerUrls"
  | "crlUrls"
  | "mustStaple"
  | "scts"
  | "precertificate"
>;

type Draft = { -readonly [Field in keyof ExtensionFacts]: ExtensionFacts[Field] };

const KEY_USAGES: readonly KeyUsage[] = [
  "digitalSignature",
  "contentCommitment",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
];

const OCSP_METHOD = "1.3.6.1.5.5.7.48.1";
const ISSUERS_METHOD = "1.3.6.1.5.5.7.48.2";
/** status_request, the TLS extension that a must-staple certificate insists on (RFC 7633). */
const STATUS_REQUEST = 5;

/** Reads the value of one extension into the draft. `value` is the element inside the OCTET STRING. */
type Reader = (value: Element, draft: Draft, critical: boolean) => void;

const READERS: Readonly<Record<string, { readonly read: Reader; readonly broken: Partial<ExtensionFacts> }>> =
  {
    [EXT.subjectAltName]: { read: readSubjectAltName, broken: { subjectAltNames: [] } },
    [EXT.basicConstraints]: { read: readBasicConstraints, broken: {} },
    [EXT.keyUsage]: { read: readKeyUsage, broken: { keyUsage: { uses: [], critical: false } } },
    [EXT.extendedKeyUsage]: { read: readExtendedKeyUsage, broken: { extendedKeyUsage: [] } },
    [EXT.subjectKeyId]: {
      read: (value, draft) => {
        draft.subjectKeyId = toHex(expectTag(value, TAG.octetString, "subject key identifier").body);
        if (value.length === 0) value.note("subject key identifier is empty");
      },
      broken: {},
    },
    [EXT.authorityKeyId]: { read: readAuthorityKeyId, broken: {} },
    [EXT.nameConstraints]: {
      read: readNameConstraints,
      broken: { nameConstraints: { permitted: [], excluded: [], critical: false } },
    },
    [EXT.certificatePolicies]: { read: readPolicies, broken: {} },
    [EXT.policyConstraints]: policyReader(readPolicyConstraints),
    [EXT.inhibitAnyPolicy]: policyReader(readInhibitAny),
    [EXT.policyMappings]: policyReader(readPolicyMappings),
    [EXT.authorityInfoAccess]: { read: readAuthorityInfoAccess, broken: {} },
    [EXT.crlDistributionPoints]: { read: readCrlUrls, broken: {} },
    [EXT.tlsFeature]: { read: readTlsFeature, broken: {} },
    [EXT.sctList]: { read: readScts, broken: {} },
    [EXT.precertificatePoison]: {
      read: (value, draft) => {
        draft.precertificate = true;
        if (value.tag !== TAG.null) value.note("precertificate poison that is not NULL");
      },
      broken: { precertificate: true },
    },
  };

/** Extensions that must not be critical, and those that must (RFC 5280 §4.2.1, §4.2.2). */
const NEVER_CRITICAL: ReadonlySet<string> = new Set([
  EXT.subjectKeyId,
  EXT.authorityKeyId,
  EXT.authorityInfoAccess,
]);

export interface RawExtension extends Extension {
  readonly element: Element;
}

/** The Extension values in an `Extensions`, in order; duplicates included and noted. */
export function readExtensionList(list: Element, what: string): RawExtension[] {
  const seen = new Set<string>();
  const extensions: RawExtension[] = [];
  for (const element of expectTag(list, TAG.sequence, `extensions of the ${what}`).children()) {
    const fields = fieldsOf(element, "extension");
    const identifier = oid(fields.required(TAG.oid, "identifier"));
    const criticalField = fields.optional(TAG.boolean);
    const critical = criticalField !== undefined && boolean(criticalField);
    if (criticalField !== undefined && !critical)
      element.note(`${extensionName(identifier)}: critical FALSE is written out`);
    const value = fields.required(TAG.octetString, "value");
    fields.end();
    if (seen.has(identifier)) element.note(`extension ${extensionName(identifier)} twice`);
    seen.add(identifier);
    extensions.push({ oid: identifier, critical, value: value.body, element: value });
  }
  if (extensions.length === 0) list.note(`the ${what} has an empty list of extensions`);
  return extensions;
}

export function readExtensions(extensions: readonly RawExtension[], oddities: Oddities): ExtensionFacts {
  const draft: Draft = noExtensions();
  const done = new Set<string>();
  for (const extension of extensions) {
    const reader = READERS[extension.oid];
    if (extension.critical && !UNDERSTOOD_EXTENSIONS.has(extension.oid)) {
      oddities.add(`critical extension ${extension.oid}, which no client knows,`, extension.element.start);
    }
    if (extension.critical && NEVER_CRITICAL.has(extension.oid)) {
      oddities.add(
        `${extensionName(extension.oid)} is critical, which it must not be,`,
        extension.element.start,
      );
    }
    // Of duplicates the first counts, as in OpenSSL.
    if (reader === undefined || done.has(extension.oid)) continue;
    done.add(extension.oid);
    try {
      reader.read(extension.element.inner(), draft, extension.critical);
    } catch (fault) {
      if (!(fault instanceof DerFault)) throw fault;
      oddities.add(`extension ${extensionName(extension.oid)} cannot be read: ${fault.message}`);
      Object.assign(draft, reader.broken);
    }
  }
  return draft;
}

export function noExtensions(): ExtensionFacts {
  return {
    subjectAltNames: undefined,
    basicConstraints: undefined,
    keyUsage: undefined,
    extendedKeyUsage: undefined,
    subjectKeyId: undefined,
    authorityKeyId: undefined,
    nameConstraints: undefined,
    policies: [],
    policyRules: NO_POLICY_RULES,
    ocspUrls: [],
    issuerUrls: [],
    crlUrls: [],
    mustStaple: false,
    scts: [],
    precertificate: false,
  };
}

function extensionName(identifier: string): string {
  return EXTENSION_NAMES[identifier] ?? identifier;
}

function readSubjectAltName(value: Element, draft: Draft): void {
  const names = readGeneralNames(expectTag(value, TAG.sequence, "alternative names"), "subjectAltName");
  if (names.length === 0) value.note("subjectAltName without a name");
  for (const name of names) {
    if (name.kind === "dns") noteDnsName(name.value, name.element);
    else if (name.value === "") name.element.note(`subjectAltName: an empty ${name.kind} name`);
  }
  draft.subjectAltNames = plainNames(names);
}

function readBasicConstraints(value: Element, draft: Draft, critical: boolean): void {
  const fields = fieldsOf(value, "basic constraints");
  const caField = fields.optional(TAG.boolean);
  const ca = caField !== undefined && boolean(caField);
  if (caField !== undefined && !ca) value.note("basic constraints: cA FALSE is written out");
  const lengthField = fields.optional(TAG.integer);
  fields.end();
  const pathLength = lengthField === undefined ? undefined : smallInteger(lengthField);
  if (pathLength !== undefined && pathLength < 0) value.note("basic constraints: a negative path length");
  if (pathLength !== undefined && !ca)
    value.note("basic constraints: a path length without being an authority");
  draft.basicConstraints = { ca, pathLength, critical };
}

function readKeyUsage(value: Element, draft: Draft, critical: boolean): void {
  const set = namedBits(expectTag(value, TAG.bitString, "key usage"));
  if (set.length === 0) value.note("key usage without a use");
  if (set.some((bit) => bit >= KEY_USAGES.length)) value.note("key usage with bits that have no meaning");
  draft.keyUsage = { uses: set.flatMap((bit) => KEY_USAGES[bit] ?? []), critical };
}

function readExtendedKeyUsage(value: Element, draft: Draft): void {
  const purposes: string[] = [];
  for (const purpose of expectTag(value, TAG.sequence, "extended key usage").children())
    purposes.push(oid(purpose));
  if (purposes.length === 0) value.note("extended key usage without a purpose");
  draft.extendedKeyUsage = purposes;
}

function readAuthorityKeyId(value: Element, draft: Draft): void {
  const fields = fieldsOf(value, "authority key identifier");
  const keyId = fields.optional(context(0, false));
  const issuer = fields.optional(context(1));
  const serial = fields.optional(context(2, false));
  fields.end();
  if ((issuer === undefined) !== (serial === undefined)) {
    value.note("authority key identifier with only one of issuer and serial number");
  }
  if (keyId !== undefined) draft.authorityKeyId = toHex(keyId.body);
}

function readNameConstraints(value: Element, draft: Draft, critical: boolean): void {
  const fields = fieldsOf(value, "name constraints");
  const permitted = fields.optional(context(0));
  const excluded = fields.optional(context(1));
  fields.end();
  if (permitted === undefined && excluded === undefined)
    value.note("name constraints that constrain nothing");
  draft.nameConstraints = { permitted: subtrees(permitted), excluded: subtrees(excluded), critical };
}

function subtrees(list: Element | undefined): readonly GeneralName[] {
  if (list === undefined) return [];
  const names: GeneralName[] = [];
  for (const subtree of list.children()) {
    const { kind, value } = readGeneralName(
      fieldsOf(subtree, "subtree").required(undefined, "base"),
      "nameConstraints",
      true,
    );
    names.push({ kind, value });
  }
  return names;
}

/** One extension broken leaves what the others say, and says so. */
function policyReader(read: (value: Element) => Partial<PolicyRules>): {
  readonly read: Reader;
  readonly broken: Partial<ExtensionFacts>;
} {
  return {
    read: (value, draft) => {
      draft.policyRules = { ...draft.policyRules, ...read(value) };
    },
    broken: { policyRules: { ...NO_POLICY_RULES, broken: true } },
  };
}

function readPolicies(value: Element, draft: Draft): void {
  const policies: string[] = [];
  for (const information of expectTag(value, TAG.sequence, "certificate policies").children()) {
    policies.push(oid(fieldsOf(information, "policy").required(TAG.oid, "identifier")));
  }
  if (policies.length === 0) value.note("certificate policies without a policy");
  if (new Set(policies).size !== policies.length) {
    value.note("certificate policies with one policy twice");
    draft.policyRules = { ...draft.policyRules, broken: true };
  }
  draft.policies = policies;
}

function readAuthorityInfoAccess(value: Element, draft: Draft): void {
  const ocsp: string[] = [];
  const issuers: string[] = [];
  for (const description of expectTag(value, TAG.sequence, "authority information access").children()) {
    const fields = fieldsOf(description, "access description");
    const method = oid(fields.required(TAG.oid, "method"));
    const location = readGeneralName(fields.required(undefined, "location"), "authorityInfoAccess");
    if (location.kind !== "uri") continue;
    if (method === OCSP_METHOD) ocsp.push(location.value);
    if (method === ISSUERS_METHOD) issuers.push(location.value);
  }
  draft.ocspUrls = ocsp;
  draft.issuerUrls = issuers;
}

function readCrlUrls(value: Element, draft: Draft): void {
  const urls: string[] = [];
  for (const point of expectTag(value, TAG.sequence, "CRL distribution points").children()) {
    const name = new Fields(point, "distribution point").optional(context(0))?.inner();
    if (name?.tag !== context(0)) continue;
    for (const location of readGeneralNames(name, "crlDistributionPoints")) {
      if (location.kind === "uri") urls.push(location.value);
    }
  }
  draft.crlUrls = urls;
}

function readTlsFeature(value: Element, draft: Draft): void {
  for (const feature of expectTag(value, TAG.sequence, "TLS features").children()) {
    if (smallInteger(feature) === STATUS_REQUEST) draft.mustStaple = true;
  }
}

function readScts(value: Element, draft: Draft): void {
  const { scts, fault } = readSctList(expectTag(value, TAG.octetString, "list of timestamps").body);
  if (fault !== undefined) value.note(`SCTs: ${fault}`);
  draft.scts = scts;
}
