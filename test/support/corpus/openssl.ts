/** The openssl and keytool programs, where they are installed: second opinions and files of other makes. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

function works(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

export const hasOpenssl = works("openssl", "version");
/** RC2 and single DES live in a provider of their own since OpenSSL 3. */
export const hasLegacyProvider = hasOpenssl && works("openssl", "list", "-providers", "-provider", "legacy");
export const hasKeytool = works("keytool", "-help");

/** A folder of its own for one case, gone afterwards. */
export class Workshop implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "netkit-certificates-"));

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  read(name: string): Buffer {
    return readFileSync(join(this.folder, name));
  }

  openssl(...args: readonly string[]): string {
    return execFileSync("openssl", args, {
      cwd: this.folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  keytool(...args: readonly string[]): void {
    execFileSync("keytool", args, { cwd: this.folder, stdio: "ignore" });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
