// An FTP server of one test's own: vsftpd, which lets nobody but anonymous in.
import { Daemon, onFreePort, ServerFolder, serverUser } from "./daemon.ts";
import type { KeyPairFiles, RunningServer } from "./tls-servers.ts";

export interface FtpOptions {
  /** Without it the server has no TLS. */
  readonly tls?: KeyPairFiles | undefined;
  /** As vsftpd.conf has them: `{ max_per_ip: 2 }`. */
  readonly settings?: Readonly<Record<string, string | number>> | undefined;
}

/** What it would otherwise do to itself, which takes root. */
const WITHOUT_RIGHTS = {
  run_as_launching_user: "YES",
  seccomp_sandbox: "NO",
  isolate: "NO",
  isolate_network: "NO",
};

export function startFtp({ tls, settings = {} }: FtpOptions = {}): Promise<RunningServer> {
  return onFreePort(async (port) => {
    const folder = await ServerFolder.create(serverUser("nobody"));
    const lines = {
      listen: "YES",
      listen_address: "127.0.0.1",
      listen_port: port,
      background: "NO",
      anonymous_enable: "YES",
      anon_root: folder.path,
      ...WITHOUT_RIGHTS,
      ...tlsSettings(folder, tls),
      ...settings,
    };
    const text = Object.entries(lines).map(([name, value]) => `${name}=${value}\n`);
    const config = folder.write("vsftpd.conf", text.join(""));
    return Daemon.start({ program: "vsftpd", args: [config], folder, port });
  });
}

function tlsSettings(folder: ServerFolder, tls: KeyPairFiles | undefined): Record<string, string> {
  if (tls === undefined) return { ssl_enable: "NO" };
  const { cert, key } = folder.copyPair(tls);
  return { ssl_enable: "YES", allow_anon_ssl: "YES", rsa_cert_file: cert, rsa_private_key_file: key };
}
