/**
 * Patterns with `*` (any text, also none) and `?` (one character) over a whole text, letters of either case.
 * Takes time in proportion to pattern times text, whatever the pattern.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const [p, t] = [pattern.toLowerCase(), text.toLowerCase()];
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let resume = 0;
  while (at < t.length) {
    // The star first: in the text, too, it is an ordinary character (`*.example.org`).
    if (p[inPattern] === "*") {
      star = inPattern++;
      resume = at;
    } else if (inPattern < p.length && (p[inPattern] === "?" || p[inPattern] === t[at])) {
      inPattern++;
      at++;
    } else if (star >= 0) {
      inPattern = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (p[inPattern] === "*") inPattern++;
  return inPattern === p.length;
}
