/**
 * The admin listener: dashboard, metrics, figures, health and readiness, by node:http on its own address.
 *
 * It serves people and scrapers, a few requests a minute, so comfort wins here. It stays up until a drain is
 * over, so that an orchestrator sees `/readyz` turn 503.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { wrapSystemError } from "../../../core/errors.ts";
import { formatPrometheus, PROMETHEUS_CONTENT_TYPE } from "../../../core/metrics/prometheus.ts";
import type { MetricsSnapshot } from "../../../core/metrics/snapshot.ts";
import type { AdminPlan } from "../plan.ts";
import type { AdminAt } from "../running.ts";
import type { ServeStats } from "../stats.ts";
import { DASHBOARD_HTML } from "./dashboard.ts";
import { isOurHost } from "./host-check.ts";

/** What the pages show. */
interface AdminSource {
  ready(): boolean;
  snapshot(): Promise<MetricsSnapshot>;
  stats(): Promise<ServeStats>;
}

export interface AdminServer {
  readonly at: AdminAt;
  close(): void;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type MakePage = (source: AdminSource) => Page | Promise<Page>;

const TEXT = "text/plain; charset=utf-8";

/** The catalog of pages. */
const PAGES: Readonly<Record<string, MakePage>> = {
  "/": () => ({ status: 200, type: "text/html; charset=utf-8", body: DASHBOARD_HTML }),
  "/metrics": async (source) => ({
    status: 200,
    type: PROMETHEUS_CONTENT_TYPE,
    body: formatPrometheus(await source.snapshot()),
  }),
  "/stats": async (source) => ({
    status: 200,
    type: "application/json",
    body: `${JSON.stringify(await source.stats(), null, 2)}\n`,
  }),
  // Alive as long as it can answer at all.
  "/healthz": () => ({ status: 200, type: TEXT, body: "ok\n" }),
  "/readyz": (source) =>
    source.ready()
      ? { status: 200, type: TEXT, body: "ready\n" }
      : { status: 503, type: TEXT, body: "draining\n" },
};

/** Only this page's own script and style run, nothing is loaded from elsewhere, nobody may frame it. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'";

/** @throws NetkitError when it cannot listen */
export async function startAdmin(plan: AdminPlan, source: AdminSource): Promise<AdminServer> {
  const server = createServer((request, response) => {
    void answer(request, response, source, plan.host);
  });
  await listen(server, plan);
  const { address, port } = server.address() as AddressInfo;
  const host = plan.host.includes(":") ? `[${plan.host}]` : plan.host;
  return {
    at: { url: `http://${host}:${port}`, address, port },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server, { host, port }: AdminPlan): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(wrapSystemError(error, "listen on", `${host}:${port}`)));
    server.listen(port, host, () => {
      // Later errors belong to single connections, which node has closed already.
      server.removeAllListeners("error").on("error", () => {});
      resolve();
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  source: AdminSource,
  bound: string,
): Promise<void> {
  const { host } = request.headers;
  const page = isOurHost(host, bound) ? await pageFor(request, source) : foreignHost(host);
  response.writeHead(page.status, {
    "Content-Type": page.type,
    "Content-Length": Buffer.byteLength(page.body),
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    ...(page.status === 405 ? { Allow: "GET, HEAD" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : page.body);
}

function foreignHost(host: string | undefined): Page {
  const name = JSON.stringify(host);
  const body = `the admin pages do not answer to the name ${name}: call them by address or as localhost, or start serve with --admin and that name\n`;
  return { status: 403, type: TEXT, body };
}

async function pageFor(request: IncomingMessage, source: AdminSource): Promise<Page> {
  const path = (request.url ?? "/").split("?", 1)[0]!;
  const make = Object.hasOwn(PAGES, path) ? PAGES[path] : undefined;
  if (make === undefined) {
    return { status: 404, type: TEXT, body: `nothing here; try ${Object.keys(PAGES).join(" ")}\n` };
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, type: TEXT, body: "GET and HEAD only\n" };
  }
  try {
    return await make(source);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { status: 500, type: TEXT, body: `could not be worked out: ${why}\n` };
  }
}
