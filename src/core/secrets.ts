/**
 * What may be a secret, by its name: such header values and query parameters are sent, and never shown or written.
 * The one place that decides, for results, reports and errors.
 */

const SECRET_NAME = /auth|token|secret|api[-_]?key|cookie|passw|session|signature|credential/i;

/** Stands for what is not shown. */
export const MASK = "…";

/** Of a header field or a query parameter. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** A URL or a path: query parameters that may be secrets keep their name and lose their value. */
export function maskUrl(url: string): string {
  const query = url.indexOf("?");
  if (query === -1) return url;
  const masked = url.slice(query + 1).replace(/([^&=]*)=[^&]*/g, (whole: string, name: string) => {
    return isSecretName(decoded(name)) ? `${name}=${MASK}` : whole;
  });
  return `${url.slice(0, query + 1)}${masked}`;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
