/**
 * The certificates of a plan: loaded or made, watched, loaded again.
 *
 * Listeners that name the same TlsPlan share one acceptor, so that one self-signed certificate serves them all.
 */
import { type CredentialSet, type ReloadResult, TlsAcceptor } from "../../core/tls/acceptor.ts";
import {
  type CredentialWarning,
  loadCertificateAuthorities,
  loadCredentials,
} from "../../core/tls/credentials.ts";
import { generateSelfSigned } from "../../core/tls/self-signed.ts";
import type { ListenerPlan, ServePlan, TlsPlan } from "./plan.ts";
import type { ServerEvent } from "./running.ts";

type Report = (event: ServerEvent) => void;

/** One TlsPlan as it is used by the listeners that name it. */
export class Certificate implements Disposable {
  readonly acceptor: TlsAcceptor;
  readonly listener: string;
  readonly #watch: Disposable | undefined;

  private constructor(acceptor: TlsAcceptor, listener: string, files: readonly string[], report: Report) {
    this.acceptor = acceptor;
    this.listener = listener;
    this.#watch =
      files.length === 0
        ? undefined
        : acceptor.watch(files, (result) => {
            for (const event of this.#events(result)) report(event);
          });
  }

  static async open(plan: TlsPlan, listeners: readonly ListenerPlan[], report: Report): Promise<Certificate> {
    const load = loader(plan, listeners);
    const credentials = await load();
    const { clientCa } = plan;
    const acceptor = new TlsAcceptor({
      credentials,
      clientCa: clientCa === undefined ? undefined : await loadCertificateAuthorities(clientCa),
      load: plan.certificate.kind === "files" ? load : undefined,
    });
    for (const warning of credentials[0].warnings) {
      const fingerprint = credentials[0].fingerprint256;
      report({ kind: "certificate-warning", text: warningText(warning), fingerprint });
    }
    return new Certificate(acceptor, listeners[0]!.endpoint.origin, watchedFiles(plan), report);
  }

  get fingerprint(): string {
    return this.acceptor.credentials[0].fingerprint256;
  }

  async reload(): Promise<readonly ServerEvent[]> {
    return this.#events(await this.acceptor.reload());
  }

  #events(result: ReloadResult): ServerEvent[] {
    const { listener } = this;
    switch (result.kind) {
      case "reloaded":
        return [
          {
            kind: "certificate-reloaded",
            listener,
            fingerprint: result.credentials[0].fingerprint256,
          },
        ];
      case "unchanged":
        return [];
      case "failed":
        return [{ kind: "certificate-kept", listener, error: result.error }];
    }
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]();
  }
}

/** The plan with every self-signed certificate made, as PEM text: what several processes have to share. */
export async function withCertificatesMade(plan: ServePlan): Promise<ServePlan> {
  const made = new Map<TlsPlan, TlsPlan>();
  for (const { tls } of plan.listeners) {
    if (tls === undefined || made.has(tls) || tls.certificate.kind === "files") continue;
    const [{ cert, key }] = await loader(
      tls,
      plan.listeners.filter((listener) => listener.tls === tls),
    )();
    made.set(tls, { ...tls, certificate: { kind: "files", cert, key, watch: false } });
  }
  const listeners = plan.listeners.map((listener) =>
    listener.tls === undefined ? listener : { ...listener, tls: made.get(listener.tls) ?? listener.tls },
  );
  return { ...plan, listeners };
}

function loader(plan: TlsPlan, listeners: readonly ListenerPlan[]): () => Promise<CredentialSet> {
  const { certificate } = plan;
  if (certificate.kind === "files") return async () => [await loadCredentials(certificate)];
  const hosts = listeners.map(({ endpoint }) => endpoint.host).filter((host) => !isWildcard(host));
  return async () => [await generateSelfSigned(hosts)];
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function watchedFiles(plan: TlsPlan): string[] {
  const { certificate } = plan;
  if (certificate.kind !== "files" || certificate.watch === false) return [];
  // PEM text instead of a path has nothing to watch.
  return [certificate.cert, certificate.key].filter((source) => !source.includes("-----BEGIN "));
}

function warningText(warning: CredentialWarning): string {
  switch (warning.kind) {
    case "expired":
      return `it expired on ${warning.at.toISOString()}; clients will refuse it`;
    case "not-yet-valid":
      return `it is not valid before ${warning.at.toISOString()}; clients will refuse it`;
    case "expires-soon":
      return `it expires in ${warning.days} days`;
    case "no-names":
      return "it has no subject alternative name; clients will match no host with it";
  }
}
