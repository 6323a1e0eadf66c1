/**
 * The system's resolver: getaddrinfo, asked twice so that the two families are timed apart, and beside it the
 * first name server for what getaddrinfo keeps to itself: TTLs, aliases, and why there is no answer.
 *
 * Only what getaddrinfo says counts. The name server beside it is asked once, without sending again, and never
 * for names that do not come from the DNS: those of the hosts file, `localhost`, names without a dot (to which the
 * system adds its search list) and `.local`. In this process getaddrinfo cannot be interrupted, and keeps it from
 * ending; `lookup-process.ts` has it in another.
 */
import { Resolver } from "node:dns";
import { lookup } from "node:dns/promises";
import { open } from "node:fs/promises";
import { systemCodeOf } from "../../../core/errors.ts";
import { nameKey } from "../../../core/framing/dns/name.ts";
import { askName } from "./ask-name.ts";
import { type Answer, type Asker, type Beside, failed, type RecordType } from "./asker.ts";
import { dnsServer } from "./dns-server.ts";
import { systemFailure, timedOut } from "./failures.ts";

export interface NameServer {
  readonly address: string;
  readonly port: number;
}

/** What is asked of the system, for tests to replace. */
export interface SystemView {
  /** getaddrinfo of one family. @throws with its code: `ENOTFOUND`, `EAI_AGAIN`. Nobody waits for it after the signal. */
  lookup(host: string, family: 4 | 6, signal: AbortSignal): Promise<readonly string[]>;
  /** Whom to ask beside it; undefined for nobody. */
  nameServer(host: string): Promise<NameServer | undefined>;
}

const SPOKEN = "the system's resolver";
const HOSTS_FILE = process.platform === "win32" ? "C:\\Windows\\System32\\drivers\\etc\\hosts" : "/etc/hosts";
/** Block lists in hosts files reach some megabytes; what stands behind this is not looked at. */
const MAX_HOSTS_BYTES = 4 * 1024 * 1024;

/** Asks in this process. */
export const realSystem: SystemView = {
  async lookup(host, family) {
    const found = await lookup(host, { family, all: true, verbatim: true });
    return found.map(({ address }) => address);
  },
  async nameServer(host) {
    if (!comesFromDns(host)) return undefined;
    // A new Resolver reads the configuration anew, whatever changed since the start.
    const first = new Resolver().getServers()[0];
    if (first === undefined || (await inHostsFile(host))) return undefined;
    return parseServer(first);
  },
};

export function systemAsker(system: SystemView, timeoutMs: number): Asker {
  const beside = new AskedBeside(system);
  return {
    label: "system",
    spokenLabel: SPOKEN,
    beside,
    async ask(host, type, signal) {
      beside.ask(host, type, signal);
      return raceWithSignal(askSystem(system, host, type, signal), signal, () =>
        failed(timedOut(SPOKEN, timeoutMs), null),
      );
    },
    close: () => undefined,
  };
}

async function askSystem(
  system: SystemView,
  host: string,
  type: RecordType,
  signal: AbortSignal,
): Promise<Answer> {
  const plain = { transport: null, cname: [] };
  try {
    const addresses = await system.lookup(host, type === "A" ? 4 : 6, signal);
    if (addresses.length === 0) return { kind: "no-data", ...plain };
    return {
      kind: "addresses",
      records: addresses.map((address) => ({ address, ttlSeconds: null })),
      ...plain,
    };
  } catch (error) {
    const code = systemCodeOf(error) ?? "UNKNOWN";
    if (code === "ENODATA" || code === "EAI_NODATA") return { kind: "no-data", ...plain };
    if (code === "ENOTFOUND") return { kind: "no-such-name", word: code, ttlSeconds: undefined, ...plain };
    return failed(systemFailure(code, SPOKEN), null);
  }
}

class AskedBeside implements Beside {
  label: string | undefined;
  readonly #system: SystemView;
  readonly #answers = new Map<RecordType, Answer>();
  readonly #asked: Promise<void>[] = [];
  #server: Promise<NameServer | undefined> | undefined;

  constructor(system: SystemView) {
    this.#system = system;
  }

  known(type: RecordType): Answer | undefined {
    return this.#answers.get(type);
  }

  get settled(): Promise<void> {
    return Promise.all(this.#asked).then(() => undefined);
  }

  ask(host: string, type: RecordType, signal: AbortSignal): void {
    // What cannot be found out beside is not told; it is nobody's failure.
    this.#asked.push(this.#ask(host, type, signal).catch(() => undefined));
  }

  async #ask(host: string, type: RecordType, signal: AbortSignal): Promise<void> {
    this.#server ??= this.#system.nameServer(host);
    const server = await this.#server;
    if (server === undefined || signal.aborted) return;
    // The signal bounds it; without a time-out of its own it is not sent again.
    const transport = dnsServer(server.address, server.port, Number.POSITIVE_INFINITY);
    this.label = transport.label;
    const answer = await askName(transport, host, type, signal);
    if (!signal.aborted) this.#answers.set(type, answer);
  }
}

function comesFromDns(host: string): boolean {
  const name = nameKey(host);
  return name.includes(".") && !/(^|\.)(localhost|local)$/.test(name);
}

async function inHostsFile(host: string): Promise<boolean> {
  try {
    await using file = await open(HOSTS_FILE);
    const bytes = Buffer.alloc(Math.min((await file.stat()).size, MAX_HOSTS_BYTES));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return hostsFileHas(bytes.toString("latin1", 0, bytesRead), host);
  } catch {
    return false;
  }
}

/** A line is an address, then names; `#` begins a comment. */
export function hostsFileHas(text: string, host: string): boolean {
  const wanted = nameKey(host);
  return text.split("\n").some((line) => {
    const [, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    return names.some((name) => nameKey(name) === wanted);
  });
}

/** As `getServers` writes it: `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353`. */
function parseServer(text: string): NameServer {
  const [, address = text, port = "53"] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(withPort(text)) ?? [];
  return { address, port: Number(port) };
}

function withPort(text: string): string {
  const bare = text.startsWith("[") ? text.endsWith("]") : (text.match(/:/g)?.length ?? 0) !== 1;
  return bare ? `${text}:53` : text;
}

/** What the promise gives, or what `onAbort` gives if the signal comes first. */
function raceWithSignal<T>(promise: Promise<T>, signal: AbortSignal, onAbort: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(onAbort());
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
