/** The target of `flood` without a URL: a server of our own, in a thread of its own, on a free loopback port. */
import { availableParallelism } from "node:os";
import { parseEndpoint } from "../../core/endpoint.ts";
import { startServerThread } from "../../engine/serve/embedded.ts";
import { servePlan } from "../../engine/serve/plan.ts";

export interface EmbeddedTarget extends AsyncDisposable {
  readonly url: string;
}

export async function embeddedTarget(note: (text: string) => void): Promise<EmbeddedTarget> {
  const server = await startServerThread(
    servePlan([{ endpoint: parseEndpoint("http://127.0.0.1:0", "serve") }]),
  );
  const cores = availableParallelism();
  const shares = cores < 2 ? " (it shares the one core with the generator)" : "";
  note(`no URL given: flooding a server of netkit's own at ${server.url}${shares}`);
  return server;
}
