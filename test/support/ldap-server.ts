// An LDAP server of one test's own: slapd without any database.
import { Daemon, onFreePort, ServerFolder, serverUser } from "./daemon.ts";
import type { KeyPairFiles, RunningServer } from "./tls-servers.ts";

export interface LdapOptions {
  /** Without it the server has no TLS. */
  readonly tls?: KeyPairFiles | undefined;
  /** Lines added to slapd.conf. */
  readonly settings?: readonly string[] | undefined;
}

export function startLdap({ tls, settings = [] }: LdapOptions = {}): Promise<RunningServer> {
  return onFreePort(async (port) => {
    const folder = await ServerFolder.create(serverUser("openldap", "nobody"));
    const lines = [`pidfile ${folder.path}/pid`, `argsfile ${folder.path}/args`, ...tlsLines(folder, tls)];
    const config = folder.write("slapd.conf", `${[...lines, ...settings].join("\n")}\n`);
    // With a level of debugging, be it 0, it stays in the foreground.
    const args = ["-h", `ldap://127.0.0.1:${port}`, "-f", config, "-d", "0"];
    return Daemon.start({ program: "slapd", args, folder, port });
  });
}

function tlsLines(folder: ServerFolder, tls: KeyPairFiles | undefined): readonly string[] {
  if (tls === undefined) return [];
  const { cert, key } = folder.copyPair(tls);
  return [`TLSCertificateFile ${cert}`, `TLSCertificateKeyFile ${key}`];
}
