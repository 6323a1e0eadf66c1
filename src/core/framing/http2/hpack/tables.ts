// The two tables that HPACK indexes (RFC 7541 section 2.3): the static one of appendix A, and the dynamic one,
// first in first out, whose size counts 32 bytes an entry besides its octets (section 4.1).

/** Appendix A, names and values in turn; entry i is at 2 * (i - 1). */
export const STATIC_TABLE: readonly string[] = (
  ":authority,|:method,GET|:method,POST|:path,/|:path,/index.html|:scheme,http|:scheme,https|:status,200|" +
  ":status,204|:status,206|:status,304|:status,400|:status,404|:status,500|accept-charset,|" +
  "accept-encoding,gzip, deflate|accept-language,|accept-ranges,|accept,|access-control-allow-origin,|age,|" +
  "allow,|authorization,|cache-control,|content-disposition,|content-encoding,|content-language,|" +
  "content-length,|content-location,|content-range,|content-type,|cookie,|date,|etag,|expect,|expires,|from,|" +
  "host,|if-match,|if-modified-since,|if-none-match,|if-range,|if-unmodified-since,|last-modified,|link,|" +
  "location,|max-forwards,|proxy-authenticate,|proxy-authorization,|range,|referer,|refresh,|retry-after,|" +
  "server,|set-cookie,|strict-transport-security,|transfer-encoding,|user-agent,|vary,|via,|www-authenticate,"
)
  .split("|")
  .flatMap((entry) => [entry.slice(0, entry.indexOf(",")), entry.slice(entry.indexOf(",") + 1)]);

export const STATIC_COUNT = 61;
/** What an entry costs beyond its octets (section 4.1). */
export const ENTRY_OVERHEAD = 32;

export class DynamicTable {
  /** Names and values in turn, newest entry last. */
  readonly #entries: string[] = [];
  #size = 0;
  #maxSize: number;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get size(): number {
    return this.#size;
  }

  /** 0: nothing is ever kept. */
  get maxSize(): number {
    return this.#maxSize;
  }

  get count(): number {
    return this.#entries.length / 2;
  }

  resize(maxSize: number): void {
    this.#maxSize = maxSize;
    this.#evict(maxSize);
  }

  /** An entry larger than the table empties it and is not kept (section 4.4). */
  insert(name: string, value: string): void {
    const cost = name.length + value.length + ENTRY_OVERHEAD;
    this.#evict(this.#maxSize - cost);
    if (cost > this.#maxSize) return;
    this.#entries.push(name, value);
    this.#size += cost;
  }

  /** @param position 1 is the newest entry; the caller has seen that it exists. */
  name(position: number): string {
    return this.#entries[this.#entries.length - 2 * position]!;
  }

  value(position: number): string {
    return this.#entries[this.#entries.length - 2 * position + 1]!;
  }

  #evict(room: number): void {
    let gone = 0;
    while (gone < this.#entries.length && this.#size > room) {
      this.#size -= this.#entries[gone]!.length + this.#entries[gone + 1]!.length + ENTRY_OVERHEAD;
      gone += 2;
    }
    if (gone > 0) this.#entries.splice(0, gone);
  }
}
