/** `netkit.ready/1`: the one line that `serve --json` prints as soon as all its listeners accept. */
import { z } from "zod";
import type { Agrees } from "./agreement.ts";

export interface ReadyListener {
  readonly scheme: string;
  /** With the real port: port 0 was replaced by the one that the system chose. */
  readonly url: string;
  readonly address: string;
  readonly port: number;
  /** File of a unix socket. */
  readonly path: string | null;
  /** SHA-256 of the certificate, `AA:BB:…`; TLS only. */
  readonly fingerprint: string | null;
}

export interface ReadyDocument {
  readonly schema: "netkit.ready/1";
  readonly command: "serve";
  readonly version: string;
  /** The process to send SIGTERM and SIGHUP to. */
  readonly pid: number;
  readonly listeners: readonly ReadyListener[];
  readonly admin: { readonly url: string; readonly address: string; readonly port: number } | null;
}

const port = z.int().min(0).max(65_535);

export const readySchema = z
  .strictObject({
    schema: z.literal("netkit.ready/1"),
    command: z.literal("serve"),
    version: z.string(),
    pid: z.int().min(1).describe("The process to send SIGTERM and SIGHUP to."),
    listeners: z
      .array(
        z.strictObject({
          scheme: z.string(),
          url: z.string().describe("With the real port, also when port 0 was asked for."),
          address: z.string(),
          port,
          path: z.string().nullable().describe("File of a unix socket."),
          fingerprint: z.string().nullable().describe("SHA-256 of the certificate; TLS only."),
        }),
      )
      .min(1),
    admin: z.strictObject({ url: z.string(), address: z.string(), port }).nullable(),
  })
  .meta({
    id: "netkit.ready_1",
    title: "netkit.ready/1",
    description: "netkit serve accepts connections on all its listeners.",
  });

export const readyAgrees: Agrees<z.infer<typeof readySchema>, ReadyDocument> = true;
