/** Work on every item of a list, a bounded number at once, in order of the list. */

/**
 * Rejects with the first error, once what had begun is over. `mayBegin` is asked before each item: when it says
 * no, nothing more begins.
 */
export async function eachBounded<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<void>,
  mayBegin: () => boolean = () => true,
): Promise<void> {
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (next < items.length && failure === undefined && mayBegin()) {
      const index = next++;
      try {
        await work(items[index]!, index);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, atOnce), items.length) }, worker));
  if (failure !== undefined) throw failure.error;
}
