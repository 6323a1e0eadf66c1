/** A document as JSON for files that people open: histograms are long lines, everything else is readable. */
export function renderJsonFile(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
