/**
 * Name constraints (RFC 5280 §4.2.1.10): may the certificates below this authority hold those names? Constraints
 * are kept in sets, so that the work grows with names plus constraints, not with their product.
 */
import { context, type Element, fieldsOf, Oddities, readElement } from "./der/element.ts";
import { toHex } from "./der/values.ts";
import { emailsIn, rdnKeys } from "./distinguished-name.ts";
import { ipBytes, type ReadGeneralName, readGeneralName } from "./general-name.ts";
import type { Certificate, GeneralName } from "./model.ts";
import { EXT } from "./oids.ts";
import { reading } from "./unreadable.ts";

/** No host name is longer; walking the labels of a longer one would not be linear. */
const MAX_NAME = 253;

interface DomainSet {
  /** Hosts and all below them. */
  readonly trees: Set<string>;
  /** Only what is below: constraints with a leading dot. */
  readonly below: Set<string>;
  /** Every domain above one of them: a wildcard there covers it. */
  readonly above: Set<string>;
}

/** One of the two lists, by kind of name. */
interface Subtrees {
  readonly dns: DomainSet;
  /** Hosts exactly, and domains with a leading dot. */
  readonly uri: DomainSet;
  /** Mailboxes and hosts exactly, and domains with a leading dot. */
  readonly email: DomainSet;
  /** Mask in hex to networks in hex. */
  readonly ip: Map<string, Set<string>>;
  /** By number of relative names: the joined keys. */
  readonly directory: Map<number, Set<string>>;
  readonly kinds: Set<GeneralName["kind"]>;
}

export interface Constraints {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
}

type Judged = {
  readonly kind: GeneralName["kind"];
  readonly value: string;
  readonly rdns?: readonly string[];
};

const constraintsOf = new WeakMap<Certificate, Constraints | "unreadable" | "none">();

/**
 * The first name of `certificate` that `authority` does not allow below it, in words; undefined when all may be.
 * Constraints that cannot be read allow nothing.
 */
export function forbiddenName(certificate: Certificate, authority: Certificate): string | undefined {
  const constraints = readConstraints(authority);
  if (constraints === "none") return undefined;
  if (constraints === "unreadable") return "the name constraints cannot be read";
  for (const name of namesIn(certificate)) {
    if (covers(constraints.excluded, name, true)) return `${name.kind} name "${name.value}" is excluded`;
    if (constraints.permitted.kinds.has(name.kind) && !covers(constraints.permitted, name, false)) {
      return `${name.kind} name "${name.value}" is not permitted`;
    }
  }
  return undefined;
}

/** Alternative names, the subject, and e-mail addresses in the subject. */
function* namesIn(certificate: Certificate): Generator<Judged> {
  for (const name of certificate.subjectAltNames ?? []) if (name.kind !== "directory") yield name;
  const subject = readElement(certificate.subject.der, new Oddities());
  if (certificate.subject.text !== "") {
    yield { kind: "directory", value: certificate.subject.text, rdns: rdnKeys(subject) };
  }
  for (const value of emailsIn(subject)) yield { kind: "email", value };
}

function readConstraints(authority: Certificate): Constraints | "unreadable" | "none" {
  const known = constraintsOf.get(authority);
  if (known !== undefined) return known;
  const extension = authority.extensions.find(({ oid }) => oid === EXT.nameConstraints);
  const read = extension === undefined ? "none" : reading("name constraints", () => parse(extension.value));
  const result = typeof read === "object" && "kind" in read ? "unreadable" : read;
  constraintsOf.set(authority, result);
  return result;
}

function parse(value: Uint8Array): Constraints {
  const fields = fieldsOf(readElement(value, new Oddities()), "name constraints");
  return {
    permitted: subtrees(fields.optional(context(0))),
    excluded: subtrees(fields.optional(context(1))),
  };
}

function subtrees(list: Element | undefined): Subtrees {
  const into: Subtrees = {
    dns: domainSet(),
    uri: domainSet(),
    email: domainSet(),
    ip: new Map(),
    directory: new Map(),
    kinds: new Set(),
  };
  if (list === undefined) return into;
  for (const subtree of list.children()) {
    const base = fieldsOf(subtree, "subtree").required(undefined, "base");
    addBase(into, readGeneralName(base, "nameConstraints", true));
  }
  return into;
}

function domainSet(): DomainSet {
  return { trees: new Set(), below: new Set(), above: new Set() };
}

function addBase(into: Subtrees, name: ReadGeneralName): void {
  into.kinds.add(name.kind);
  switch (name.kind) {
    case "dns":
    case "uri":
    case "email":
      addDomain(into[name.kind], name.value.toLowerCase());
      break;
    case "ip": {
      const half = name.element.length / 2;
      const body = name.element.body;
      const mask = body.subarray(half);
      const network = body.subarray(0, half).map((octet, index) => octet & mask[index]!);
      add(into.ip, toHex(mask), toHex(network));
      break;
    }
    case "directory": {
      const keys = rdnKeys(name.element);
      add(into.directory, keys.length, keys.join("\n"));
      break;
    }
    default:
      break;
  }
}

function addDomain(set: DomainSet, constraint: string): void {
  if (constraint.length > MAX_NAME) return;
  if (constraint.startsWith(".")) set.below.add(constraint.slice(1));
  else set.trees.add(constraint);
  for (const parent of parents(constraint.replace(/^\./, ""))) set.above.add(parent);
}

function add<Key>(map: Map<Key, Set<string>>, key: Key, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

/** `b.c` and `c` of `a.b.c`. */
function* parents(domain: string): Generator<string> {
  for (let dot = domain.indexOf("."); dot >= 0; dot = domain.indexOf(".", dot + 1))
    yield domain.slice(dot + 1);
}

function covers(list: Subtrees, name: Judged, excluding: boolean): boolean {
  switch (name.kind) {
    case "dns":
      return coversHost(list.dns, name.value.toLowerCase(), excluding);
    case "uri":
      return coversExactly(list.uri, uriHost(name.value), excluding);
    case "email":
      return coversEmail(list.email, name.value.toLowerCase(), excluding);
    case "ip":
      return coversAddress(list.ip, name.value);
    case "directory":
      return coversDirectory(list.directory, name.rdns ?? []);
    default:
      // No rule says how other kinds compare: a constraint on them covers all of the kind.
      return excluding && list.kinds.has(name.kind);
  }
}

/** A DNS constraint covers its host and everything below; a wildcard stands for all that is below. */
function coversHost(set: DomainSet, host: string, excluding: boolean): boolean {
  if (host.length > MAX_NAME) return excluding && set.trees.size + set.below.size > 0;
  const name = host.startsWith("*.") ? host.slice(2) : host;
  const wildcard = name !== host;
  if (set.trees.has("") || set.trees.has(name)) return true;
  if (wildcard && set.below.has(name)) return true;
  if (wildcard && excluding && set.above.has(name)) return true;
  for (const parent of parents(name)) if (set.trees.has(parent) || set.below.has(parent)) return true;
  return false;
}

/** URIs and mail hosts: a host means itself alone, a leading dot all below it. */
function coversExactly(set: DomainSet, host: string, excluding: boolean): boolean {
  if (host === "" || host.length > MAX_NAME) return excluding && set.trees.size + set.below.size > 0;
  if (set.trees.has(host) || set.trees.has("")) return true;
  for (const parent of parents(host)) if (set.below.has(parent)) return true;
  return false;
}

function coversEmail(set: DomainSet, address: string, excluding: boolean): boolean {
  return set.trees.has(address) || coversExactly(set, address.slice(address.lastIndexOf("@") + 1), excluding);
}

function uriHost(uri: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@]*)/i.exec(uri)?.[1]?.toLowerCase() ?? "";
}

function coversAddress(networks: Map<string, Set<string>>, address: string): boolean {
  const bytes = ipBytes(address);
  if (bytes === undefined) return false;
  for (const [maskHex, set] of networks) {
    const mask = Buffer.from(maskHex, "hex");
    if (mask.length !== bytes.length) continue;
    if (set.has(toHex(bytes.map((octet, index) => octet & mask[index]!)))) return true;
  }
  return false;
}

function coversDirectory(prefixes: Map<number, Set<string>>, rdns: readonly string[]): boolean {
  for (const [length, set] of prefixes) {
    if (length <= rdns.length && set.has(rdns.slice(0, length).join("\n"))) return true;
  }
  return false;
}
