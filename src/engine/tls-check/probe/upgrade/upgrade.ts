/**
 * The step from a plain dialogue to TLS on the same connection, one small file a protocol.
 *
 * Guarantees: a server that says no is a refusal with its words; one that says "not now" is tried again;
 * what the server may send before TLS is bounded; bytes after its last word are left for TLS.
 */
import type { Upgrade } from "../../plan.ts";
import type { Link } from "../link.ts";
import { ftp } from "./ftp.ts";
import { imap } from "./imap.ts";
import { ldap } from "./ldap.ts";
import { mysql } from "./mysql.ts";
import { pop3 } from "./pop3.ts";
import { postgres } from "./postgres.ts";
import type { UpgradeDialogue } from "./refusal.ts";
import { smtp } from "./smtp.ts";
import { xmpp } from "./xmpp.ts";

const DIALOGUES: Record<Exclude<Upgrade, "none">, UpgradeDialogue> = {
  smtp,
  imap,
  pop3,
  ftp,
  ldap,
  xmpp,
  postgres,
  mysql,
};

/**
 * Leaves the link where a ClientHello may follow.
 * @param injected see `UpgradeDialogue`
 * @throws UpgradeRefused, LinkLost
 */
export async function upgradeLink(
  upgrade: Exclude<Upgrade, "none">,
  link: Link,
  host: string,
  injected = "",
): Promise<void> {
  await DIALOGUES[upgrade](link, host, injected);
  link.trace?.("note", `${upgrade}: the server is ready for TLS`);
}
