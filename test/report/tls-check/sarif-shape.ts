// What SARIF 2.1.0 (OASIS) allows of the objects that netkit writes: every property with its section, nothing else
// (the standard forbids unknown properties outside of property bags).
import { z } from "zod";

const text = z.string().min(1);
const index = z.int().min(-1);
/** 3.8: a bag takes anything; `tags` (3.8.2) are unique strings. */
const bag = z.looseObject({ tags: z.array(z.string()).optional() });
const level = z.enum(["none", "note", "warning", "error"]);

/** 3.11 message, 3.12 multiformat message string: plain text is required beside Markdown. */
const message = z.strictObject({ text, markdown: text.optional() });

/** 3.49 and 3.52: a rule, or a reference to one. */
const reportingDescriptor = z.strictObject({
  id: text,
  name: text.optional(),
  shortDescription: message.optional(),
  fullDescription: message.optional(),
  help: message.optional(),
  helpUri: z.url().optional(),
  defaultConfiguration: z
    .strictObject({ level: level.optional(), enabled: z.boolean().optional() })
    .optional(),
  properties: bag.optional(),
});

/** 3.4: a URI reference; 3.30: lines count from 1. */
const physicalLocation = z.strictObject({
  artifactLocation: z.strictObject({
    uri: z.string().regex(/^[^\s<>"{}|\\^`]+$/),
    uriBaseId: text.optional(),
  }),
  region: z.strictObject({ startLine: z.int().min(1) }).optional(),
});

/** 3.28 and 3.33. */
const location = z.strictObject({
  physicalLocation: physicalLocation.optional(),
  logicalLocations: z
    .array(
      z.strictObject({ name: text.optional(), fullyQualifiedName: text.optional(), kind: text.optional() }),
    )
    .optional(),
  message: message.optional(),
});

/** 3.35. */
const suppression = z.strictObject({
  kind: z.enum(["inSource", "external"]),
  status: z.enum(["accepted", "underReview", "rejected"]).optional(),
  justification: text.optional(),
});

/** 3.27; a result that is not of kind "fail" has level "none" (3.27.10). */
const result = z
  .strictObject({
    ruleId: text,
    ruleIndex: index,
    kind: z.enum(["notApplicable", "pass", "fail", "review", "open", "informational"]),
    level,
    message,
    locations: z.array(location),
    partialFingerprints: z.record(z.string(), z.string()),
    suppressions: z.array(suppression).optional(),
    properties: bag.optional(),
  })
  .refine(({ kind, level }) => kind === "fail" || level === "none");

/** 3.58 and 3.20. */
const invocation = z.strictObject({
  executionSuccessful: z.boolean(),
  toolExecutionNotifications: z.array(
    z.strictObject({
      level: level.optional(),
      message,
      descriptor: z.strictObject({ id: text }).optional(),
      locations: z.array(location).optional(),
    }),
  ),
});

/** 3.13, 3.14, 3.18, 3.19. */
export const sarifLog = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z.array(
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: text,
          fullName: text.optional(),
          version: text.optional(),
          semanticVersion: z
            .string()
            .regex(/^\d+\.\d+\.\d+/)
            .optional(),
          informationUri: z.url().optional(),
          rules: z.array(reportingDescriptor),
        }),
      }),
      invocations: z.array(invocation),
      columnKind: z.enum(["utf16CodeUnits", "unicodeCodePoints"]),
      results: z.array(result),
    }),
  ),
});
