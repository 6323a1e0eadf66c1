/** `-H 'Name: value'` as a pair; what may stand in a name is RFC 9110 §5.6.2. */
import { usageError } from "../../core/errors.ts";
import { isSecretName, MASK } from "../../core/secrets.ts";

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export function parseHeader(text: string): [string, string] {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  if (colon < 1 || !FIELD_NAME.test(name)) {
    // Whatever was meant as the value may be a secret; the first word says which header it is.
    const shown = isSecretName(text) ? `${text.trim().split(/[\s:=]/, 1)[0]} ${MASK}` : text;
    throw usageError(`"${shown}" is not a header`, "write it like -H 'Accept: application/json'", "--header");
  }
  const value = text.slice(colon + 1).trim();
  // RFC 9110 section 5.5: a line's end would be another header.
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
    throw usageError(
      `the value of header ${name} holds a character that no header may`,
      "write it in ISO 8859-1 on one line",
      "--header",
    );
  }
  return [name, value];
}
