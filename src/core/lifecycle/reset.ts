/**
 * Closing with a reset (RST), at once. Node's own `resetAndDestroy` first waits until all is written, throws for unix
 * sockets, and when the socket is in the middle of its FIN it is refused by the system (`EINVAL`, reset): then node lets
 * go of the descriptor's owner, `close` never comes, and whoever waits for it waits for ever (seen with node 20 to 26).
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** Below a socket's streams. `resetAndClosing` is what `resetAndDestroy` sets, and what `destroy` looks at. */
interface LowSocket {
  resetAndClosing?: boolean;
  readonly _handle: { readonly reset?: unknown } | null;
  /** The connection under TLS; resetting TLS itself crashes node. */
  readonly _parent?: LowSocket;
}

/** `close` comes, whatever the socket was about. What knows no reset (unix sockets, what only connects, a FIN under way) is just closed. */
export function resetSocket(socket: Socket): void {
  const low = socket as unknown as LowSocket;
  const raw = socket instanceof TLSSocket ? low._parent : low;
  const unfit = socket.connecting || (socket.writableEnded && !socket.writableFinished);
  if (!unfit && typeof raw?._handle?.reset === "function") raw.resetAndClosing = true;
  socket.destroy();
}
