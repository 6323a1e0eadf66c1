// Enough of an XML reader to tell whether a report is well-formed, and what is in it.

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decode(text: string): string {
  if (/[<]/.test(text)) throw new Error(`a bare < in ${text.slice(0, 60)}`);
  return text.replace(/&([^;]*;?)/g, (whole, name: string) => {
    const known = name.endsWith(";") ? ENTITIES[name.slice(0, -1)] : undefined;
    if (known === undefined) throw new Error(`a bare & before ${whole}`);
    return known;
  });
}

/** @throws Error for what is not well-formed. */
export function parseXml(source: string): XmlElement {
  const root: XmlElement = { name: "", attributes: {}, children: [] };
  const stack = [root];
  let at = source.indexOf("?>") + 1 === 0 ? 0 : source.indexOf("?>") + 2;
  const token = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  while (at < source.length) {
    token.lastIndex = at;
    const match = token.exec(source);
    if (match === null) throw new Error(`not XML at ${source.slice(at, at + 60)}`);
    at = token.lastIndex;
    const [, closing, name, attributes = "", empty, text] = match;
    if (text !== undefined) {
      decode(text);
      continue;
    }
    if (closing === "/") {
      const top = stack.pop()!;
      if (top.name !== name) throw new Error(`</${name}> closes <${top.name}>`);
      continue;
    }
    const pairs = [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(
      ([, key, value]) => [key!, decode(value!)] as const,
    );
    if (new Set(pairs.map(([key]) => key)).size !== pairs.length)
      throw new Error(`an attribute twice in <${name}>`);
    const element: XmlElement = { name: name!, attributes: Object.fromEntries(pairs), children: [] };
    stack.at(-1)!.children.push(element);
    if (empty !== "/") stack.push(element);
  }
  if (stack.length !== 1 || root.children.length !== 1) throw new Error("not one root element");
  return root.children[0]!;
}
