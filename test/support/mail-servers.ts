// Mail servers of one test's own: exim for SMTP, dovecot for IMAP and POP3.
import { Daemon, groupOf, onFreePort, ServerFolder, serverUser } from "./daemon.ts";
import type { Peer } from "./peers.ts";
import { freePort } from "./program.ts";
import type { KeyPairFiles, RunningServer } from "./tls-servers.ts";

/** Only root, and the user that it was built for, may start it as a daemon. */
export const EXIM: Peer = { program: "exim4", needs: "root" };

export interface MailOptions {
  /** Without it the server has no TLS. */
  readonly tls?: KeyPairFiles | undefined;
  /** Lines added to its configuration. */
  readonly settings?: readonly string[] | undefined;
}

/** It takes no mail from anybody. */
export function startExim(options: MailOptions = {}): Promise<RunningServer> {
  return onFreePort(async (port) => {
    const folder = await ServerFolder.create(serverUser("Debian-exim"));
    const spool = folder.makeFolder("spool");
    const config = folder.write(
      "exim.conf",
      [
        `spool_directory = ${spool}`,
        `log_file_path = ${spool}/%slog`,
        "primary_hostname = mail.test",
        "keep_environment =",
        // Otherwise it waits for minutes when somebody else has the port.
        "daemon_startup_retries = 0",
        ...eximTls(folder, options),
        ...(options.settings ?? []),
        "acl_smtp_rcpt = deny",
        "",
      ].join("\n"),
    );
    const args = ["-C", config, "-bdf", "-oX", `127.0.0.1.${port}`, "-oP", `${spool}/pid`];
    return Daemon.start({ program: "exim4", args, folder, port });
  });
}

function eximTls(folder: ServerFolder, { tls }: MailOptions): readonly string[] {
  if (tls === undefined) return ["tls_advertise_hosts ="];
  const { cert, key } = folder.copyPair(tls);
  return ["tls_advertise_hosts = *", `tls_certificate = ${cert}`, `tls_privatekey = ${key}`];
}

export interface DovecotServer extends AsyncDisposable {
  readonly imapPort: number;
  readonly pop3Port: number;
  /** What it logged so far. */
  log(): string;
}

/** One password for everyone, one mailbox, empty. */
export function startDovecot(options: MailOptions = {}): Promise<DovecotServer> {
  return onFreePort(async (imapPort) => {
    const pop3Port = await freePort();
    const folder = await ServerFolder.create(serverUser("nobody"));
    const { name, uid } = folder.user;
    const group = groupOf(folder.user);
    const run = folder.makeFolder("run");
    const config = folder.write(
      "dovecot.conf",
      `base_dir = ${run}
state_dir = ${run}
log_path = /dev/stderr
protocols = imap pop3
default_internal_user = ${name}
default_internal_group = ${group}
default_login_user = ${name}
service anvil {
  chroot =
}
${loginService("imap", imapPort)}
${loginService("pop3", pop3Port)}
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${uid ?? process.getuid!()} gid=${group} home=${folder.makeFolder("mail")}
}
mail_location = maildir:~/mail
${dovecotTls(folder, options).join("\n")}
${(options.settings ?? []).join("\n")}
`,
    );
    const daemon = await Daemon.start({
      program: "dovecot",
      args: ["-F", "-c", config],
      folder,
      port: imapPort,
    });
    return {
      imapPort,
      pop3Port,
      log: () => daemon.output,
      [Symbol.asyncDispose]: () => daemon.stop(),
    };
  });
}

/** The process before login; without rights it cannot lock itself in. */
function loginService(protocol: "imap" | "pop3", port: number): string {
  return `service ${protocol}-login {
  chroot =
  inet_listener ${protocol} {
    address = 127.0.0.1
    port = ${port}
  }
  inet_listener ${protocol}s {
    port = 0
  }
}`;
}

function dovecotTls(folder: ServerFolder, { tls }: MailOptions): readonly string[] {
  if (tls === undefined) return ["ssl = no"];
  const { cert, key } = folder.copyPair(tls);
  // As Debian ships it: without parameters it agrees to DHE suites and then fails.
  return ["ssl = yes", "ssl_dh = </usr/share/dovecot/dh.pem", `ssl_cert = <${cert}`, `ssl_key = <${key}`];
}
