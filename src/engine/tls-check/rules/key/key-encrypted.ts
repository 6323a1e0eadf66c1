/** A private key under a password. */
import { defineRule, unanswered } from "../shared/define.ts";
import { items } from "../shared/files.ts";

export const keyEncrypted = defineRule(
  {
    id: "key-encrypted",
    title: "The private key is encrypted",
    severity: "info",
    about: "key",
    probes: ["files"],
    why:
      "A server has to be given the password whenever it starts. That protects copies of the file; it also keeps a server " +
      "down after a restart at night.",
    fix:
      "Nothing, if it is meant; the server needs the password.\n" +
      "nginx:    ssl_password_file /etc/ssl/key.pass;\n" +
      "Apache:   SSLPassPhraseDialog exec:/etc/ssl/pass.sh\n" +
      'Node:     tls.createServer({ key, passphrase: "…" })\n' +
      "Postgres: ssl_passphrase_command = 'cat /etc/ssl/key.pass'",
    references: ["RFC 5958", "RFC 8018"],
  },
  function* (subject) {
    for (const { item, where } of items(subject, "private-key")) {
      if (item.encrypted)
        yield { status: "note", message: "the private key is encrypted", where, evidence: [item.form] };
    }
    for (const { item, where } of items(subject, "unreadable")) {
      if (item.locked && /key/i.test(item.what)) {
        yield unanswered(where, "the encrypted key fits its certificate", item.why);
      }
    }
  },
);
