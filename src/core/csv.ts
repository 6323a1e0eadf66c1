/** CSV (RFC 4180): records of fields, quoted or not, by lines of any ending. */

export interface CsvFault {
  readonly kind: "fault";
  /** From 1. */
  readonly line: number;
  readonly detail: string;
}

const FIELD_END = /[,\r\n]/g;

/** All records; a line without a character is none. */
export function parseCsv(text: string): readonly (readonly string[])[] | CsvFault {
  const records: string[][] = [];
  let fields: string[] = [];
  let at = 0;
  let line = 1;
  const endRecord = (): void => {
    if (fields.length > 1 || fields[0] !== "") records.push(fields);
    fields = [];
  };
  while (at < text.length) {
    let field = "";
    if (text[at] === '"') {
      const began = line;
      at++;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote === -1) return { kind: "fault", line: began, detail: "a quote is never closed" };
        const piece = text.slice(at, quote);
        field += piece;
        line += piece.split("\n").length - 1;
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
        at++;
      }
      if (at < text.length && !",\r\n".includes(text[at]!)) {
        return { kind: "fault", line, detail: "something stands behind a closing quote" };
      }
    } else {
      FIELD_END.lastIndex = at;
      field = text.slice(at, FIELD_END.exec(text)?.index);
      if (field.includes('"'))
        return { kind: "fault", line, detail: "a quote stands in a field that is not quoted" };
      at += field.length;
    }
    fields.push(field);
    if (text[at] === ",") {
      at++;
      // A comma at the end of all is followed by an empty field.
      if (at === text.length) fields.push("");
      continue;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at++;
    if (at < text.length) {
      at++;
      line++;
    }
    endRecord();
  }
  if (fields.length > 0) endRecord();
  return records;
}
