// The pipe of the built `netkit connect` between programs of others: netcats, a shell's pipes, a terminal.
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Exchange, exchange, exchangeIn, randomFile, sha256Of } from "../support/netcats.ts";
import { BIN, serve } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { Folder, runProgram } from "../support/program.ts";
import { type KeyPairFiles, selfSigned } from "../support/tls-servers.ts";

const MEBIBYTES_64 = 64 * 1024 * 1024;

let folder: Folder;
let pair: KeyPairFiles;
let server: Awaited<ReturnType<typeof serve>>;
let echo: string;

beforeAll(async () => {
  folder = await Folder.create();
  [pair, server] = await Promise.all([selfSigned(folder, "p256"), serve("tcp://127.0.0.1:0", "--no-admin")]);
  echo = server.ready.listeners[0]!.url;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A line of bash, `$NETKIT` being the program; its output is both streams'. */
async function shell(line: string): Promise<{ code: number | null; output: string }> {
  const script = `NETKIT="'${process.execPath}' '${BIN}'"; NETKIT="eval $NETKIT"; ${line}`;
  return await runProgram("bash", ["-c", script]);
}

describe("sixty-four megabytes each way", () => {
  let files: Exchange;
  let digests: readonly [string, string];

  beforeAll(async () => {
    files = exchangeIn(folder);
    await randomFile(files.ours, MEBIBYTES_64);
    await randomFile(files.theirs, MEBIBYTES_64 / 2 + 1);
    digests = [await sha256Of(files.ours), await sha256Of(files.theirs)];
  });

  for (const netcat of ["socat", "ncat"] as const) {
    for (const secured of [false, true]) {
      peerTest(netcat, `${netcat}${secured ? ", TLS" : ""}: nothing lost, nothing changed`, async () => {
        const carried = await exchange(netcat, files, secured ? pair : undefined);
        expect(carried).toMatchObject({ code: 0, stderr: "" });
        expect([await sha256Of(files.oursArrived), await sha256Of(files.theirsArrived)]).toEqual(digests);
      });
    }
  }
});

describe("in a shell", () => {
  test("a reader that leaves ends it without a word", async () => {
    const { code, output } = await shell(
      `yes | $NETKIT connect ${echo} | head -n 2; exit "\${PIPESTATUS[1]}"`,
    );
    expect(output).toBe("y\ny\n");
    expect(code).toBe(0);
  });

  test("a peer that ends is the end, although somebody could still type", async () => {
    const short = createServer((socket) => socket.end("bye\n")).listen(0, "127.0.0.1");
    await once(short, "listening");
    const { port } = short.address() as { port: number };
    const child = spawn(process.execPath, [BIN, "connect", `tcp://127.0.0.1:${port}`], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const text = child.stdout.setEncoding("utf8").toArray();
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(await text).toEqual(["bye\n"]);
    short.close();
  });

  test("a pipe is carried through, however slowly it is read", async () => {
    const { output } = await shell(
      `seq 1 300000 | $NETKIT connect ${echo} --exit-on-eof both | (sleep 0.5; sha256sum); seq 1 300000 | sha256sum`,
    );
    const [ours, theirs] = output.trim().split("\n");
    expect(ours).toBe(theirs);
  });

  test("with --exit-on-eof stdin, a peer that is late to read gets everything", async () => {
    let received = 0;
    const late = createServer({ allowHalfOpen: true }, (socket: Socket) => {
      socket.on("error", () => undefined).pause();
      // It talks while it does not read: closing on unread bytes would reset the connection.
      socket.write("busy");
      setTimeout(() => {
        socket.write("still busy");
        socket
          .on("data", (bytes) => (received += bytes.length))
          .on("end", () => socket.end())
          .resume();
      }, 300);
    }).listen(0, "127.0.0.1");
    await once(late, "listening");
    const { port } = late.address() as { port: number };
    const { code, output } = await shell(
      `head -c 1000000 /dev/zero | $NETKIT connect tcp://127.0.0.1:${port} --exit-on-eof stdin`,
    );
    late.close();
    expect({ code, output, received }).toEqual({ code: 0, output: "busystill busy", received: 1_000_000 });
  });

  test("digits go in and a dump comes out", async () => {
    const { output } = await shell(`printf '48 69 0a # Hi\\n' | $NETKIT connect ${echo} --hex`);
    expect(output).toBe("00000000  48 69 0a                                          |Hi.|\n");
  });

  test("digits that are none are refused with their line, exit 2", async () => {
    const { code, output } = await shell(`printf 'xyz\\n' | $NETKIT connect ${echo} --hex`);
    expect(output).toContain("line 1 of the input is no hexadecimal");
    expect(code).toBe(2);
  });

  test("a file that was never recorded is refused, exit 2, and so is a folder to record to", async () => {
    const wrong = await folder.write("wrong.ndjson", "hello\n");
    const replayed = await shell(`$NETKIT connect ${echo} --replay ${wrong}`);
    expect(replayed.output).toContain("line 1 of");
    expect(replayed.code).toBe(2);
    const recorded = await shell(`echo x | $NETKIT connect ${echo} --record ${folder.path}/none/session`);
    expect(recorded.output).toContain("could not write");
    expect(recorded.code).toBe(2);
  });

  test("a session is recorded for its owner alone, and plays again at its pace", async () => {
    const file = `${folder.path}/session.ndjson`;
    await shell(`(echo one; sleep 1.5; echo two) | $NETKIT connect ${echo} --record ${file}`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const began = performance.now();
    const { output } = await shell(`$NETKIT connect ${echo} --replay ${file}`);
    expect(output).toBe("one\ntwo\n");
    expect(performance.now() - began).toBeGreaterThan(400);
  });

  test("an earlier recording outlives a server that is down, and its own replay", async () => {
    const file = await folder.write("kept.ndjson", "precious\n");
    expect((await shell(`echo x | $NETKIT connect tcp://127.0.0.1:1 --record ${file}`)).code).toBe(3);
    expect((await shell(`$NETKIT connect ${echo} --replay ${file} --record ${file}`)).code).toBe(2);
    expect(await readFile(file, "utf8")).toBe("precious\n");
  });

  test.each(["--count 3", "--expect status==200", "--out x.json", "--json", "--trace", "--all-addresses"])(
    "a pipe has no result: %s is refused, exit 2",
    async (flag) => {
      const { code, output } = await shell(`echo x | $NETKIT connect ${echo} -i ${flag}`);
      expect(output).toContain("a pipe carries bytes and has no result");
      expect(code).toBe(2);
    },
  );

  test("datagrams go there and back, and the end of the input is the end", async () => {
    const responder = createSocket("udp4", (message, from) =>
      responder.send(message, from.port, from.address),
    );
    responder.bind(0, "127.0.0.1");
    await once(responder, "listening");
    const { output } = await shell(
      `printf 'a\\nb\\n' | $NETKIT connect udp://127.0.0.1:${responder.address().port}`,
    );
    responder.close();
    expect(output).toBe("a\nb\n");
  });

  test("interrupted before it is open is 130", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const child = spawn(process.execPath, [BIN, "connect", `tls://127.0.0.1:${port}`, "-i"], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const [socket] = (await once(silent, "connection")) as [Socket];
    await once(socket, "data");
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([130, null]);
    socket.destroy();
    silent.close();
  });

  test("HTTP/2 is not typed, and TLS to a web server offers HTTP/1.1 alone", async () => {
    const { code, output } = await shell("echo x | $NETKIT connect h2c://127.0.0.1:1 -i");
    expect(output).toContain("a pipe does not carry HTTP/2");
    expect(code).toBe(2);
    const certificate = { cert: await readFile(pair.cert), key: await readFile(pair.key) };
    const web = createTlsServer({ ...certificate, ALPNProtocols: ["h2", "http/1.1"] }, (socket) =>
      socket.end(`${socket.alpnProtocol}`),
    ).listen(0, "127.0.0.1");
    await once(web, "listening");
    const { port } = web.address() as { port: number };
    const chosen = await shell(`echo | $NETKIT connect https://127.0.0.1:${port} -i --insecure`);
    web.close();
    expect(chosen.output).toBe("http/1.1");
  });
});

/**
 * In a pseudo-terminal; `type` gives it keys once its output holds the text. Ctrl-C reaches the shell around it as well,
 * which a plain `sh` would not survive: the trap keeps it.
 */
async function inTerminal(
  line: string,
  type: readonly { readonly after: string; readonly keys: string }[],
): Promise<{ readonly output: string; readonly before: string; readonly after: string }> {
  const child = spawn(
    "script",
    ["-qfec", `stty -g; trap : INT; ${line}; echo "exit $?"; stty -g`, "/dev/null"],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  let output = "";
  const left = [...type];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    const [next] = left;
    if (next === undefined || !output.includes(next.after)) return;
    left.shift();
    child.stdin.write(next.keys);
  });
  await once(child, "close");
  const lines = output.split("\r\n").filter((text) => text !== "");
  return { output, before: lines.at(0)!, after: lines.at(-1)! };
}

describe("at a terminal", () => {
  const interactive = (url: string): string => `'${process.execPath}' '${BIN}' connect ${url} -i`;

  peerTest("script", "lines go there and back, and Ctrl-D ends our side", async () => {
    const { output, before, after } = await inTerminal(interactive(echo), [
      { after: "Ctrl-C leaves", keys: "hello\n" },
      { after: "hello\r\nhello", keys: "\u0004" },
    ]);
    expect(output).toContain("netkit: connected to 127.0.0.1 port ");
    expect(output).toContain("6 B sent, 6 B received");
    expect(output).toContain("exit 0");
    expect(after).toBe(before);
  });

  peerTest("script", "Ctrl-C leaves, with 130 and the terminal as it was", async () => {
    const { output, before, after } = await inTerminal(interactive(echo), [
      { after: "Ctrl-C leaves", keys: "\u0003" },
    ]);
    expect(output).toContain("exit 130");
    expect(after).toBe(before);
  });

  peerTest("script", "a peer cannot steer it", async () => {
    const rude = createServer((socket) => socket.end("\u001b[?25l\u001b[?1049h\u009b31mred\u0007\tgrün\r\n"));
    rude.listen(0, "127.0.0.1");
    await once(rude, "listening");
    const { port } = rude.address() as { port: number };
    const { output, before, after } = await inTerminal(interactive(`tcp://127.0.0.1:${port}`), []);
    rude.close();
    expect(output).toContain("^[[?25l^[[?1049hM-^[31mred^G\tgrün");
    expect(after).toBe(before);
  });
});
