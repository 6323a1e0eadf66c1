/**
 * What may be a secret, by its name: such header values and query parameters are sent, and never shown or written.
 * The one place that decides, for results, reports and errors.
 */

const SECRET_NAME =
  /auth|token|secret|(?:api|access)[-_]?key|^key$|cookie|passw|^pass$|^pwd$|^code$|^sig$|^jwt$|session|signature|credential/i;

/** Stands for what is not shown. */
export const MASK = "…";

/** Of a header field or a query parameter. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** A URL or a path: user information is left out, parameters (query and fragment) that may be secrets lose their value. */
export function maskUrl(whole: string): string {
  const url = whole.replace(/^([a-z][a-z0-9+.-]*:)?(\/\/)[^/?#@\s]*@/i, "$1$2");
  const start = url.search(/[?#]/) + 1;
  if (start === 0) return url;
  return url.slice(0, start) + url.slice(start).split("&").map(maskParameter).join("&");
}

/** A sentence: every URL and path in it as `maskUrl` has it. They end at a space or a quotation mark. */
export function maskText(text: string): string {
  return text.replace(/[?#][^\s"'<>]*/g, maskUrl);
}

/**
 * `name=value`. Some servers take `;` for `&`, and a value may be a URL with parameters: whatever follows the first
 * secret is part of it.
 */
function maskParameter(parameter: string): string {
  for (const { 0: whole, 1: name = "", index } of parameter.matchAll(/(?:^|[;?#])([^=;?#]*)=/g)) {
    if (isSecretName(decoded(name))) return `${parameter.slice(0, index + whole.length)}${MASK}`;
  }
  return parameter;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
