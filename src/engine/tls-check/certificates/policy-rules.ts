/**
 * What an authority says of the policies below it (RFC 5280 §4.2.1.5, §4.2.1.11, §4.2.1.14): which of them are alike,
 * from where on one has to be named, and from where on "any" counts for nothing.
 */
import { context, DerFault, type Element, expectTag, fieldsOf, TAG } from "./der/element.ts";
import { oid, smallInteger } from "./der/values.ts";

export const ANY_POLICY = "2.5.29.32.0";

export interface PolicyRules {
  /** Certificates that may follow before each has to have a policy that holds; undefined = none has to. */
  readonly requireExplicit: number | undefined;
  /** Certificates that may follow before mappings count for nothing. */
  readonly inhibitMapping: number | undefined;
  /** Certificates that may follow before anyPolicy counts for nothing. */
  readonly inhibitAny: number | undefined;
  /** The issuer's policy, and the subject's that is taken for it. */
  readonly mappings: readonly { readonly issuer: string; readonly subject: string }[];
  /** One of these extensions, or the policies themselves, cannot be read: no path holds through it. */
  readonly broken: boolean;
}

export const NO_POLICY_RULES: PolicyRules = {
  requireExplicit: undefined,
  inhibitMapping: undefined,
  inhibitAny: undefined,
  mappings: [],
  broken: false,
};

export function readPolicyConstraints(
  value: Element,
): Pick<PolicyRules, "requireExplicit" | "inhibitMapping"> {
  const fields = fieldsOf(value, "policy constraints");
  const [explicit, mapping] = [fields.optional(context(0, false)), fields.optional(context(1, false))];
  fields.end();
  if (explicit === undefined && mapping === undefined) {
    throw new DerFault("policy constraints without a constraint", value.start);
  }
  return {
    requireExplicit: explicit === undefined ? undefined : count(explicit, context(0, false)),
    inhibitMapping: mapping === undefined ? undefined : count(mapping, context(1, false)),
  };
}

export function readInhibitAny(value: Element): Pick<PolicyRules, "inhibitAny"> {
  return { inhibitAny: count(value, TAG.integer) };
}

export function readPolicyMappings(value: Element): Pick<PolicyRules, "mappings"> {
  const mappings: { issuer: string; subject: string }[] = [];
  for (const element of expectTag(value, TAG.sequence, "policy mappings").children()) {
    const fields = fieldsOf(element, "policy mapping");
    const issuer = oid(fields.required(TAG.oid, "issuer's policy"));
    mappings.push({ issuer, subject: oid(fields.required(TAG.oid, "subject's policy")) });
  }
  if (mappings.length === 0) throw new DerFault("policy mappings without a mapping", value.start);
  return { mappings };
}

function count(element: Element, tag: number): number {
  const certificates = smallInteger(element, tag);
  if (certificates < 0) throw new DerFault("a negative number of certificates", element.start);
  return certificates;
}
