/**
 * The three functions of the metadata reflection proposal that the dependency container under
 * `@peculiar/x509` calls while it loads: it refuses to start when `Reflect.getMetadata` is missing.
 *
 * Installed only where nobody else has installed them, as properties that do not show up in enumeration.
 */
type Key = string | symbol;

interface MetadataReflection {
  getMetadata(key: unknown, target: object, property?: Key): unknown;
  getOwnMetadata(key: unknown, target: object, property?: Key): unknown;
  defineMetadata(key: unknown, value: unknown, target: object, property?: Key): void;
}

function createReflection(): MetadataReflection {
  const byTarget = new WeakMap<object, Map<Key | undefined, Map<unknown, unknown>>>();
  const entriesOf = (target: object, property?: Key) => byTarget.get(target)?.get(property);
  return {
    getMetadata(key, target, property) {
      for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
        const entries = entriesOf(at, property);
        if (entries?.has(key)) return entries.get(key);
      }
      return undefined;
    },
    getOwnMetadata: (key, target, property) => entriesOf(target, property)?.get(key),
    defineMetadata(key, value, target, property) {
      const properties = byTarget.get(target) ?? new Map<Key | undefined, Map<unknown, unknown>>();
      byTarget.set(target, properties);
      const entries = properties.get(property) ?? new Map<unknown, unknown>();
      properties.set(property, entries);
      entries.set(key, value);
    },
  };
}

/** Makes `Reflect.getMetadata` and its two companions exist. */
export function provideMetadataReflection(): void {
  if ("getMetadata" in Reflect) return;
  for (const [name, value] of Object.entries(createReflection())) {
    Object.defineProperty(Reflect, name, { value, writable: true, configurable: true });
  }
}
