/**
 * `netkit serve`: flags to a ServePlan, the server until a signal ends it, the drain report.
 */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { EXIT } from "../core/errors.ts";
import type { RunningServer } from "../engine/serve/running.ts";
import type { ReadyDocument } from "../report/schemas/ready.ts";
import { NetkitCommand } from "./shared/base-command.ts";
import { countFlag, durationFlag, shown, sizeFlag } from "./shared/flag-types.ts";

/** Hosts a test server: flags to a ServePlan, the engine, a banner, and the drain at the end. */
export default class Serve extends NetkitCommand {
  static override summary = "Host a test server: HTTP/1.1 and 2; WebSocket, TCP, UDP echo; or TLS.";

  static override description =
    `Listens on every URL given, by default on http://127.0.0.1:8080, and on an admin address.

Schemes: http: https: h2c: ws: wss: tcp: tls: framed: framed+tls: udp:. All but http:, https: and h2c: echo; tcp://HOST:PORT/sink reads and counts, /source sends as fast as it is read. Port 0 takes a free port. Only loopback is bound unless another address is named. With --unix-socket it listens on that file instead, and removes it at the end.

HTTP paths: / /echo /headers /status/{code} /bytes/{n} /stream/{n}?every=100ms /delay/{duration} /drip?bytes=&over= /redirect/{n} /close /reset /hang /basic-auth/{user}/{password} /upload /ws /broadcast. The admin address answers /metrics /stats /healthz /readyz.

SIGTERM and Ctrl-C drain: nothing new is accepted, what was begun finishes within --drain, the rest is cut, and the last line counts both. A second signal stops at once. SIGHUP loads the certificate again.

Every flag can stand in netkit.yaml (as serve: {max-connections: 100}) or in the environment (NETKIT_SERVE_MAX_CONNECTIONS or NETKIT_MAX_CONNECTIONS). A flag wins over the environment, the environment over the file.

Exit codes: 0 drained, 2 bad flag, file or URL, 3 an address could not be listened on.`;

  static override examples = [
    { description: "Serve on http://127.0.0.1:8080", command: "<%= config.bin %> <%= command.id %>" },
    {
      description: "HTTP and HTTPS, with a certificate made in memory",
      command:
        "<%= config.bin %> <%= command.id %> http://127.0.0.1:8080 https://127.0.0.1:8443 --self-signed",
    },
    {
      description: "HTTP/2 without TLS, for curl --http2-prior-knowledge",
      command: "<%= config.bin %> <%= command.id %> h2c://127.0.0.1:8080",
    },
    {
      description: "Echo length-prefixed frames and raw bytes, on all addresses",
      command: "<%= config.bin %> <%= command.id %> framed://0.0.0.0:7000 tcp://0.0.0.0:7001",
    },
    {
      description: "WebSocket and UDP echo, and a raw sink to measure throughput into",
      command:
        "<%= config.bin %> <%= command.id %> ws://127.0.0.1:8081 udp://127.0.0.1:7002 tcp://127.0.0.1:7003/sink",
    },
    {
      description: "On a unix socket, for curl --unix-socket /tmp/netkit.sock http://localhost/",
      command: "<%= config.bin %> <%= command.id %> --unix-socket /tmp/netkit.sock",
    },
    {
      description: "In a script: wait for the one line that tells the real port",
      command: "<%= config.bin %> <%= command.id %> http://127.0.0.1:0 --no-admin --json",
    },
    {
      description: "Four processes, at most 20,000 connections",
      command: "<%= config.bin %> <%= command.id %> --threads 4 --max-connections 20k",
    },
  ];

  static override usage = "<%= command.id %> [URL...] [FLAGS]";

  static override args = {
    url: Args.string({
      description: "Where to listen. Default: http://127.0.0.1:8080",
      multiple: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    "unix-socket": Flags.string({
      summary: "Listen on this unix socket; of the one URL only the scheme counts then.",
      helpValue: "<path>",
    }),
    http: Flags.string({
      summary: "Offer one version of HTTP on https: listeners; otherwise clients choose, HTTP/2 first.",
      options: ["1.1", "2"],
    }),
    "ws-deflate": Flags.boolean({
      summary: "Compress the WebSockets of clients that offer permessage-deflate.",
    }),
    admin: Flags.string({
      summary: "Address of the admin listener.",
      helpValue: "<host:port>",
      defaultHelp: shown("127.0.0.1:9090"),
    }),
    "no-admin": Flags.boolean({ summary: "No admin listener." }),
    threads: countFlag({ summary: "Processes that serve.", defaultHelp: shown("1") }),
    drain: durationFlag({ summary: "Time for work in flight after SIGTERM.", defaultHelp: shown("10s") }),
    cert: Flags.string({ summary: "Certificate chain, PEM.", helpValue: "<file>", helpGroup: "tls" }),
    key: Flags.string({ summary: "Private key of --cert, PEM.", helpValue: "<file>", helpGroup: "tls" }),
    "self-signed": Flags.boolean({
      summary: "Make a certificate in memory and print its fingerprint.",
      helpGroup: "tls",
    }),
    "client-ca": Flags.string({
      summary: "Ask clients for a certificate that leads to this authority (mutual TLS).",
      helpValue: "<file>",
      helpGroup: "tls",
    }),
    "max-connections": countFlag({
      summary:
        "Open connections at once. Up to 511 more for each listener (and process) wait, connected and unread; those beyond are reset.",
      defaultHelp: shown("10k"),
      helpGroup: "limit",
    }),
    "max-in-flight": countFlag({
      summary: "Requests with a complete head and no complete answer; one more gets 503.",
      defaultHelp: shown("10k"),
      helpGroup: "limit",
    }),
    "max-frame": sizeFlag({
      summary: "Payload of one frame.",
      defaultHelp: shown("16MiB"),
      helpGroup: "limit",
    }),
    "max-header": sizeFlag({
      summary: "Head of one request; more gets 431.",
      defaultHelp: shown("16KiB"),
      helpGroup: "limit",
    }),
    "max-body": sizeFlag({
      summary: "Body of one request; more gets 413.",
      defaultHelp: shown("16GiB"),
      helpGroup: "limit",
    }),
    "header-timeout": durationFlag({
      summary: "Time for a request head to arrive; later gets 408.",
      defaultHelp: shown("10s"),
      helpGroup: "limit",
    }),
    "idle-timeout": durationFlag({
      summary: "Silence after which a connection is closed.",
      defaultHelp: shown("65s"),
      helpGroup: "limit",
    }),
  };

  static override alternatives = [
    ["admin", "no-admin"],
    ["self-signed", "cert"],
    ["self-signed", "key"],
  ];

  async run(): Promise<void> {
    const settings = await this.settings(Serve);
    if (settings["json-schema"] === true) return await this.#printSchema();
    const { buildServePlan } = await import("./shared/serve-plan.ts");
    const { startServer } = await import("../engine/serve/server.ts");
    const { renderDrained, renderDraining, renderEvent, renderReady } = await import(
      "../report/text/serve.ts"
    );
    const { explainListening, runUntilSignal } = await import("./shared/serve-session.ts");

    const plan = buildServePlan(settings);
    const people = this.terminal();
    const aside = this.terminal(process.stderr);
    await using server = await startServer(plan, {
      onEvent: (event) => this.note(renderEvent(event, aside)),
    }).catch((error) => {
      throw explainListening(error, plan);
    });
    // Signals are heard before anybody is told that there is a server: a script may send one at once.
    const ended = runUntilSignal(server, {
      onDrain: () => this.note(renderDraining(plan.drainMs, aside)),
      onReloaded: (events) => {
        for (const event of events) this.note(renderEvent(event, aside));
      },
    });
    if (this.wantsJson) this.emit(readyDocument(server, this.config.version));
    else this.show(renderReady(server, plan.drainMs, people));
    this.show(renderDrained(await ended, people));
    this.leave(EXIT.ok);
  }

  async #printSchema(): Promise<void> {
    const [{ readySchema }, { serveStatsSchema }] = await Promise.all([
      import("../report/schemas/ready.ts"),
      import("../report/schemas/serve-stats.ts"),
    ]);
    await this.emitSchema([readySchema, serveStatsSchema]);
  }
}

function readyDocument(server: RunningServer, version: string): ReadyDocument {
  return {
    schema: "netkit.ready/1",
    command: "serve",
    version,
    pid: process.pid,
    listeners: server.listeners.map(({ scheme, url, address, port, path, fingerprint }) => ({
      scheme,
      url,
      address,
      port,
      path: path ?? null,
      fingerprint: fingerprint ?? null,
    })),
    admin: server.admin ?? null,
  };
}
