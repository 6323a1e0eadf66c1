// An XMPP server of one test's own: prosody for the host `localhost`, clients only.
import { Daemon, onFreePort, ServerFolder, serverUser } from "./daemon.ts";
import type { KeyPairFiles, RunningServer } from "./tls-servers.ts";

export interface XmppOptions {
  /** Without it the server has no TLS. */
  readonly tls?: KeyPairFiles | undefined;
  /** Lines added to its global configuration. */
  readonly settings?: readonly string[] | undefined;
}

export function startXmpp({ tls, settings = [] }: XmppOptions = {}): Promise<RunningServer> {
  return onFreePort(async (port) => {
    const folder = await ServerFolder.create(serverUser("prosody", "nobody"));
    const config = folder.write(
      "prosody.cfg.lua",
      `pidfile = "${folder.path}/pid"
data_path = "${folder.makeFolder("data")}"
certificates = "${folder.makeFolder("certs")}"
log = { info = "*console" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_direct_tls_ports = {}
modules_enabled = { "saslauth", "limits"${tls === undefined ? "" : ', "tls"'} }
modules_disabled = { "s2s" }
limits = { c2s = { rate = "10kb/s" } }
${tlsLines(folder, tls).join("\n")}
${settings.join("\n")}
VirtualHost "localhost"
`,
    );
    return Daemon.start({ program: "prosody", args: ["-F", "--config", config], folder, port });
  });
}

function tlsLines(folder: ServerFolder, tls: KeyPairFiles | undefined): readonly string[] {
  if (tls === undefined) return ["c2s_require_encryption = false", "allow_unencrypted_plain_auth = true"];
  const { cert, key } = folder.copyPair(tls);
  return ["c2s_require_encryption = true", `ssl = { certificate = "${cert}", key = "${key}" }`];
}
