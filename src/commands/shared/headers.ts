/** `-H 'Name: value'` as a pair; what may stand in a name is RFC 9110 §5.6.2. */
import { usageError } from "../../core/errors.ts";

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export function parseHeader(text: string): [string, string] {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  if (colon < 1 || !FIELD_NAME.test(name)) {
    throw usageError(`"${text}" is not a header`, "write it like -H 'Accept: application/json'", "--header");
  }
  return [name, text.slice(colon + 1).trim()];
}
