/**
 * Compile-time proof that a zod schema and a TypeScript type describe the same document: each is assignable
 * to the other once `readonly` is put everywhere. A field added on one side only breaks the build.
 */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** `true`, or `never` when the two differ. */
export type Agrees<A, B> = [Frozen<A>] extends [Frozen<B>]
  ? [Frozen<B>] extends [Frozen<A>]
    ? true
    : never
  : never;
