/** A certificate for localhost and 127.0.0.1 as files, and as the PEM that trusts it. */
import { readFileSync } from "node:fs";
import { Folder } from "../../../support/program.ts";
import { type KeyPairFiles, selfSigned } from "../../../support/tls-servers.ts";

export interface KeyPair extends AsyncDisposable {
  readonly files: KeyPairFiles;
  readonly ca: string;
}

export async function keyPairFiles(): Promise<KeyPair> {
  const folder = await Folder.create();
  const files = await selfSigned(folder, "p256");
  return {
    files,
    ca: readFileSync(files.cert, "utf8"),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
