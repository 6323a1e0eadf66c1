/**
 * Hellos in words, for `--trace`.
 */
import type { HelloSpec } from "../../../core/framing/tls/client-hello.ts";
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import type { ServerHello } from "../../../core/framing/tls/server-messages.ts";
import { group } from "../registry/groups.ts";
import { suite } from "../registry/suites.ts";
import { versionOf } from "./offers.ts";

export function versionName(wire: number): string {
  return versionOf(wire) ?? `version 0x${wire.toString(16).padStart(4, "0")}`;
}

/** IANA name, or the code. */
export function suiteName(code: number): string {
  return suite(code)?.name ?? `suite 0x${code.toString(16).padStart(4, "0")}`;
}

export function groupName(code: number): string {
  return group(code)?.name ?? `group 0x${code.toString(16).padStart(4, "0")}`;
}

export function describeHello(spec: HelloSpec): string {
  const modern = spec.extensions.some(({ type }) => type === EXTENSION.supportedVersions);
  const version = modern ? "TLSv1.3" : versionName(spec.legacyVersion);
  return `ClientHello ${version}, ${spec.suites.length} suites, ${spec.extensions.length} extensions`;
}

export function describeServerHello(hello: ServerHello): string {
  const suiteText = suiteName(hello.suite);
  if (hello.isRetry) {
    const asked = hello.retryGroup === undefined ? "no group" : groupName(hello.retryGroup);
    return `HelloRetryRequest ${suiteText}, asks for ${asked}`;
  }
  return `ServerHello ${versionName(hello.version)} ${suiteText}`;
}
