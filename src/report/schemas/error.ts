/** `netkit.error/1`: the document that `--json` prints when a command could not do its work. */
import { z } from "zod";
import type { ExitCode, Stage } from "../../core/errors.ts";
import type { Agrees } from "./agreement.ts";

export interface ErrorDocument {
  readonly schema: "netkit.error/1";
  /** Empty when no command was reached. */
  readonly command: string;
  readonly stage: Stage;
  /** Stable, for example `NK_CONNECT_REFUSED`. */
  readonly code: string;
  readonly message: string;
  readonly subject: string | null;
  readonly why: string | null;
  readonly next: string | null;
  readonly exitCode: ExitCode;
  /** Only with `DEBUG=netkit*`. */
  readonly stack: string | null;
}

/** The layer that an error belongs to. */
export const stageSchema = z.enum([
  "usage",
  "config",
  "file",
  "dns",
  "connect",
  "proxy",
  "tls",
  "protocol",
  "request",
  "resource",
  "measurement",
  "internal",
]);

export const errorSchema = z
  .strictObject({
    schema: z.literal("netkit.error/1"),
    command: z.string(),
    stage: stageSchema,
    code: z.string().describe("Stable, for example NK_CONNECT_REFUSED."),
    message: z.string().describe("What failed."),
    subject: z.string().nullable().describe("On what: a flag, a file, a URL."),
    why: z.string().nullable(),
    next: z.string().nullable().describe("The next thing to try."),
    exitCode: z.literal([0, 1, 2, 3, 4, 130]),
    stack: z.string().nullable(),
  })
  .meta({
    id: "netkit.error_1",
    title: "netkit.error/1",
    description: "Why a command could not do its work.",
  });

export const errorAgrees: Agrees<z.infer<typeof errorSchema>, ErrorDocument> = true;
