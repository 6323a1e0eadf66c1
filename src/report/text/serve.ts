/** What `serve` says: where it listens, how to try it, what happens meanwhile, and how it ended. */
import { formatMillis, groupThousands } from "../../core/units.ts";
import type { DrainReport, ListeningAt, RunningServer, ServerEvent } from "../../engine/serve/running.ts";
import { flow, hanging, type Palette, padEnd, paletteOf, printable, type TextOptions } from "./style.ts";

export function renderReady(
  server: Pick<RunningServer, "listeners" | "admin">,
  drainMs: number,
  options: TextOptions,
): string {
  const palette = paletteOf(options);
  const shown = server.listeners.map((listener) => ({ listener, url: shownUrl(listener) }));
  const admin = server.admin?.url.replace(/\/$/, "");
  const urlWidth = Math.max(...shown.map(({ url }) => url.length), admin === undefined ? 0 : admin.length);
  const lines = ["", ` ${palette.title("netkit serve")} ${palette.dim("accepts connections on")}`, ""];
  for (const { listener, url } of shown) {
    lines.push(`   ${palette.label(padEnd(url, urlWidth))}  ${palette.dim(speaks(listener))}`);
    if (listener.fingerprint !== undefined) {
      const words = hanging("     sha256 ", listener.fingerprint.replaceAll(":", ": "), options.width);
      lines.push(...words.map((line) => palette.dim(line.replaceAll(": ", ":"))));
    }
  }
  if (admin !== undefined) {
    lines.push(`   ${palette.label(padEnd(admin, urlWidth))}  ${palette.dim("admin")}`);
    const pages = ["/metrics", "/stats", "/healthz", "/readyz"];
    lines.push(...flow(pages, options.width - 6).map((line) => `     ${palette.dim(line)}`));
  }
  lines.push("", ...hints(server.listeners, palette), "");
  lines.push(
    ...hanging(
      " ",
      `Ctrl-C drains (at most ${formatMillis(drainMs)}), a second Ctrl-C stops at once.`,
      options.width,
    ).map((line) => palette.dim(line)),
  );
  return `${lines.join("\n")}\n`;
}

function shownUrl(listener: ListeningAt): string {
  return listener.path === undefined ? listener.url : `${listener.url} (${listener.path})`;
}

function speaks({ scheme, url, http }: ListeningAt): string {
  const after = url.endsWith("/sink") ? "read and counted" : url.endsWith("/source") ? "sent" : "echoed";
  switch (scheme) {
    case "http":
      return "HTTP/1.1";
    case "h2c":
      return "HTTP/2";
    case "https":
      return `${http === undefined ? "HTTP/2 and HTTP/1.1" : `HTTP/${http}`} over TLS`;
    case "ws":
      return "WebSocket messages, echoed";
    case "wss":
      return "WebSocket messages over TLS, echoed";
    case "udp":
      return "datagrams, echoed";
    case "tcp":
      return `raw bytes, ${after}`;
    case "tls":
      return `raw bytes over TLS, ${after}`;
    case "framed":
      return "length-prefixed frames, echoed";
    case "framed+tls":
      return "length-prefixed frames over TLS, echoed";
  }
}

function speaksHttp(scheme: ListeningAt["scheme"]): boolean {
  return scheme === "http" || scheme === "https" || scheme === "h2c";
}

/** A command to copy for the first HTTP listener, and one to flood it. */
function hints(listeners: readonly ListeningAt[], palette: Palette): string[] {
  const http = listeners.find(({ scheme, path }) => speaksHttp(scheme) && path === undefined);
  if (http === undefined) return [];
  const secure = http.scheme === "https";
  const curl = http.scheme === "h2c" ? "--http2-prior-knowledge " : secure ? "-k " : "";
  return [
    `   ${palette.dim("try")}  curl ${curl}${http.url.replace(/^h2c:/, "http:")}/headers`,
    `        netkit flood ${http.url}${secure ? " --insecure" : ""}`,
  ];
}

export function renderEvent(event: ServerEvent, options: TextOptions): string {
  const palette = paletteOf(options);
  const [ink, text] = eventWords(event, palette);
  return hanging(" ", printable(text), options.width)
    .map((line) => ink(line))
    .join("\n");
}

function eventWords(event: ServerEvent, palette: Palette): [(text: string) => string, string] {
  switch (event.kind) {
    case "certificate-warning":
      return [palette.warn, `certificate: ${event.text}`];
    case "certificate-reloaded":
      return [palette.good, `${event.listener}: certificate loaded, sha256 ${event.fingerprint}`];
    case "certificate-kept":
      return [
        palette.warn,
        `${event.listener}: the certificate stays as it was, ${event.error.message}${reason(event.error.why)}`,
      ];
    case "accept-failed":
      return [palette.bad, `${event.listener}: ${event.error.message}${reason(event.error.why)}`];
    case "worker-died": {
      const how = event.signal === null ? `code ${event.code}` : event.signal;
      const after = event.restarted ? "a new one takes its place" : "it is not replaced";
      return [palette.bad, `worker ${event.worker} ended with ${how}; ${after}`];
    }
  }
}

function reason(why: string | undefined): string {
  return why === undefined ? "" : `: ${why}`;
}

export function renderDraining(drainMs: number, options: TextOptions): string {
  const palette = paletteOf(options);
  return palette.dim(
    ` draining: nothing new is accepted, what was begun has ${formatMillis(drainMs)} to finish`,
  );
}

/** The last line: how many finished and how many were cut. */
export function renderDrained(report: DrainReport, options: TextOptions): string {
  const palette = paletteOf(options);
  const cut = report.cut > 0 ? palette.bad : palette.good;
  return ` drained in ${formatMillis(report.seconds * 1000)}: ${palette.good(
    `${groupThousands(report.finished)} finished`,
  )}, ${cut(`${groupThousands(report.cut)} cut`)}`;
}
