/**
 * DER as a tree of views (X.690): where an element lies, what it is, what it holds. Nothing is copied, every
 * element knows its offset in the bytes it came from, and reading is linear: an element is read once, when
 * its parent is walked.
 *
 * Definite lengths only (`ber.ts` turns indefinite ones into definite ones first). What BER allows and DER does
 * not is read and noted as an oddity. What cannot be read throws a `DerFault`, which never leaves the
 * certificate readers: they turn it into an `Unreadable`.
 */

/** Deeper nesting than any certificate has; bounds recursion on hostile input. */
export const MAX_DEPTH = 40;
/** An oddity list stops here and counts the rest: a broken generator repeats itself. */
export const MAX_ODDITIES = 50;

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Identifier octet of context tag `number`. */
export function context(number: number, constructed = true): number {
  return (constructed ? 0xa0 : 0x80) | number;
}

/** The bytes stop making sense at `offset`. */
export class DerFault extends Error {
  override readonly name = "DerFault";
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`${what} at byte ${offset}`);
    this.offset = offset;
  }
}

/** Collects breaches that did not stop the reading, at most `MAX_ODDITIES` of them. */
export class Oddities {
  readonly #list: string[] = [];
  #dropped = 0;

  add(what: string, offset?: number): void {
    const text = offset === undefined ? what : `${what} at byte ${offset}`;
    if (this.#list.length < MAX_ODDITIES) this.#list.push(text);
    else this.#dropped++;
  }

  list(): readonly string[] {
    return this.#dropped === 0 ? [...this.#list] : [...this.#list, `${this.#dropped} more like these`];
  }
}

export class Element {
  readonly source: Uint8Array;
  readonly oddities: Oddities;
  /** Identifier octet: class, constructed bit and number; 0x1f in the low bits = a number above 30. */
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
  readonly depth: number;

  /** Reads the element that begins at `at` and must end by `limit`. */
  constructor(source: Uint8Array, oddities: Oddities, at: number, limit: number, depth: number) {
    if (depth > MAX_DEPTH) throw new DerFault("nested too deeply", at);
    if (at + 2 > limit) throw new DerFault("the data end inside an element", at);
    let position = at + 1;
    const tag = source[at]!;
    if ((tag & 0x1f) === 0x1f) position = skipHighTag(source, position, limit);
    if (position >= limit) throw new DerFault("the data end inside an element", at);
    let length = source[position++]!;
    if (length === 0x80) throw new DerFault("indefinite length (BER, not DER)", at);
    if (length > 0x80) {
      const octets = length & 0x7f;
      length = longLength(source, position, octets, limit);
      if (length < 0x80 || source[position] === 0) oddities.add("length not in its shortest form", at);
      position += octets;
    }
    if (length > limit - position) {
      throw new DerFault(`an element of ${length} bytes where ${limit - position} are left, truncated`, at);
    }
    this.source = source;
    this.oddities = oddities;
    this.tag = tag;
    this.start = at;
    this.contentStart = position;
    this.end = position + length;
    this.depth = depth;
  }

  get constructed(): boolean {
    return (this.tag & 0x20) !== 0;
  }

  get length(): number {
    return this.end - this.contentStart;
  }

  /** Header and contents, a view. */
  get bytes(): Uint8Array {
    return this.source.subarray(this.start, this.end);
  }

  /** Contents, a view. */
  get body(): Uint8Array {
    return this.source.subarray(this.contentStart, this.end);
  }

  note(what: string): void {
    this.oddities.add(what, this.start);
  }

  /** Elements in a constructed one, in order. */
  *children(): Generator<Element> {
    if (!this.constructed)
      throw new DerFault("a primitive element where a constructed one is due", this.start);
    for (let at = this.contentStart; at < this.end; ) {
      const child = this.#read(at);
      yield child;
      at = child.end;
    }
  }

  /**
   * The one element that the contents hold: EXPLICIT tags, DER wrapped in an OCTET STRING, or, with `skip` 1 for
   * the count of unused bits, in a BIT STRING.
   */
  inner(skip = 0): Element {
    const child = this.#read(this.contentStart + skip);
    if (child.end !== this.end) this.oddities.add(`${this.end - child.end} bytes too many`, child.end);
    return child;
  }

  #read(at: number): Element {
    return new Element(this.source, this.oddities, at, this.end, this.depth + 1);
  }
}

function skipHighTag(source: Uint8Array, from: number, limit: number): number {
  for (let at = from; at < limit && at < from + 4; at++) {
    if ((source[at]! & 0x80) === 0) return at + 1;
  }
  throw new DerFault("a tag number too large to be meant", from - 1);
}

function longLength(source: Uint8Array, from: number, octets: number, limit: number): number {
  if (octets === 0x7f || from + octets > limit) throw new DerFault("a length that cannot be", from - 1);
  let length = 0;
  for (let at = from; at < from + octets; at++) {
    length = length * 256 + source[at]!;
    if (length > Number.MAX_SAFE_INTEGER / 256) throw new DerFault("a length that cannot be", from - 1);
  }
  return length;
}

/** The element at `at`; more bytes may follow it. */
export function readElement(source: Uint8Array, oddities: Oddities, at = 0): Element {
  return new Element(source, oddities, at, source.length, 0);
}

/** Walks the fields of a SEQUENCE as ASN.1 lists them: required, optional, rest. */
export class Fields {
  readonly #parent: Element;
  readonly #what: string;
  readonly #elements: Generator<Element>;
  #next: Element | undefined;

  constructor(parent: Element, what: string) {
    this.#parent = parent;
    this.#what = what;
    this.#elements = parent.children();
    this.#advance();
  }

  /** The next field, which must be there and have that tag (undefined = any). */
  required(tag: number | undefined, field: string): Element {
    const element = this.#next;
    if (element === undefined) {
      throw new DerFault(`the ${this.#what} ends before its ${field}`, this.#parent.start);
    }
    if (tag !== undefined && element.tag !== tag) {
      throw new DerFault(
        `${field} of the ${this.#what} has the wrong type (tag ${hexByte(element.tag)})`,
        element.start,
      );
    }
    this.#advance();
    return element;
  }

  /** The next field if it has one of those tags. */
  optional(...tags: readonly number[]): Element | undefined {
    const element = this.#next;
    if (element === undefined || !tags.includes(element.tag)) return undefined;
    this.#advance();
    return element;
  }

  get nextTag(): number | undefined {
    return this.#next?.tag;
  }

  /** Notes what is left over. */
  end(): void {
    if (this.#next !== undefined) this.#next.note(`the ${this.#what} has more fields than its type`);
  }

  #advance(): void {
    const step = this.#elements.next();
    this.#next = step.done === true ? undefined : step.value;
  }
}

/** The element itself, when it has that tag. */
export function expectTag(element: Element, tag: number, what: string): Element {
  if (element.tag === tag) return element;
  throw new DerFault(`the ${what} has the wrong type (tag ${hexByte(element.tag)})`, element.start);
}

export function fieldsOf(element: Element, what: string, tag: number = TAG.sequence): Fields {
  return new Fields(expectTag(element, tag, what), what);
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
