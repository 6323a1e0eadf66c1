/**
 * The policy file: its schema, published as JSON Schema, and its reading. The YAML reader and the schema
 * library load only with this file.
 */
import { z } from "zod";
import { PROTOCOL_VERSIONS } from "../facts.ts";
import { groupByName, schemeByName, suiteByName } from "./names.ts";
import { POLICY_FEATURES, type Policy } from "./policy.ts";
import { parseYaml } from "./yaml-file.ts";

const version = z.literal(PROTOCOL_VERSIONS);

function known(what: string, find: (name: string) => unknown) {
  return z.array(
    z.string().refine((name) => find(name) !== undefined, {
      error: ({ input }) => `no ${what} is called "${input}"`,
    }),
  );
}

function names(what: string, find: (name: string) => unknown) {
  const list = known(what, find);
  return {
    allow: list.optional().describe(`Each ${what} that may be offered; nothing else may.`),
    forbid: list.optional().describe(`Each ${what} that may not be offered.`),
    require: list.optional().describe(`Each ${what} that has to be offered.`),
  };
}

const suites = names("cipher suite", suiteByName);
const groups = names("group", groupByName);
const schemes = names("signature scheme", schemeByName);
const patterns = z.array(z.string().min(1));
const features = z.array(z.enum(POLICY_FEATURES));

export const policySchema = z
  .strictObject({
    name: z.string().min(1),
    version: z
      .union([z.string().min(1), z.number()])
      .transform(String)
      .describe("For example 2026-11 or 3."),
    date: z.iso.date().optional(),
    source: z.string().optional(),
    versions: z
      .strictObject({ allow: z.array(version).optional(), require: z.array(version).optional() })
      .optional(),
    suites: z
      .strictObject({
        ...suites,
        forwardSecrecy: z.boolean().optional().describe("true: only suites with forward secrecy."),
        aead: z.boolean().optional().describe("true: only suites with authenticated encryption."),
        minBits: z.int().positive().optional(),
        order: z
          .enum(["server", "client"])
          .optional()
          .describe("Who decides among the suites up to TLS 1.2."),
      })
      .optional(),
    groups: z
      .strictObject({
        ...groups,
        postQuantum: z.boolean().optional().describe("true: at least one has to be offered."),
      })
      .optional(),
    signatures: z.strictObject({ allow: schemes.allow, forbid: schemes.forbid }).optional(),
    dh: z.strictObject({ minBits: z.int().positive() }).optional(),
    certificate: z
      .strictObject({
        keys: z
          .array(
            z.strictObject({
              type: z.enum(["rsa", "ec", "ed25519", "ed448", "ml-dsa"]),
              minBits: z.int().positive().optional(),
              curves: z.array(z.string()).optional(),
            }),
          )
          .min(1)
          .optional(),
        signatures: z.array(z.string()).optional().describe("For example sha256WithRSAEncryption."),
        maxDays: z.number().positive().optional().describe("Longest validity, both ends counted."),
        names: z
          .strictObject({
            allow: patterns.optional().describe("Patterns that every name has to fit one of."),
            require: patterns.optional().describe("Patterns each of which some name has to fit."),
          })
          .optional(),
      })
      .optional(),
    features: z
      .strictObject({
        require: features.optional(),
        forbid: features.optional(),
        earlyData: z.boolean().optional().describe("false: TLS 1.3 early data may not be accepted."),
      })
      .optional(),
  })
  .meta({
    title: "netkit.tls-policy/1",
    description: "What netkit tls-check asks of endpoints and certificates.",
  });

/** Input side: what a person writes. */
export function policyJsonSchema(): object {
  return z.toJSONSchema(policySchema, { target: "draft-2020-12", io: "input" });
}

/** @throws NetkitError `NK_CONFIG` (exit 2) with the line that is wrong. */
export function parsePolicy(text: string, path: string): Policy {
  return parseYaml(text, path, policySchema, "a policy: name, version, and what it asks for");
}
