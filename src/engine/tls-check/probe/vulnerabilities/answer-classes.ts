/**
 * Oracle probes: the same question with different faults, and whether the answers differ. An answer is what
 * the server says or does, never how long it takes.
 *
 * What differs is asked again, all of it, twice: only differences that are the same each time are an oracle.
 * Answers that vary may be the network's doing, so it is all done once more before they are left open.
 */
/** `alert 20`, `eof`, `reset`, `timeout`, `accepted` … */
export type AnswerClass = string;

export type Round<V extends string> = ReadonlyMap<V, AnswerClass>;

export type Comparison<V extends string> =
  | { readonly kind: "same"; readonly answer: AnswerClass }
  | { readonly kind: "different"; readonly answers: Round<V> }
  | { readonly kind: "unsteady"; readonly why: string }
  | { readonly kind: "inconclusive"; readonly why: string };

export type Ask<V extends string> = (vector: V) => Promise<AnswerClass | { readonly why: string }>;

const CONFIRMATIONS = 2;

/** All vectors at once; the prober bounds how many really are. */
export async function compareAnswers<V extends string>(
  vectors: readonly V[],
  ask: Ask<V>,
): Promise<Comparison<V>> {
  const comparison = await compareOnce(vectors, ask);
  return comparison.kind === "unsteady" ? compareOnce(vectors, ask) : comparison;
}

async function compareOnce<V extends string>(vectors: readonly V[], ask: Ask<V>): Promise<Comparison<V>> {
  const first = await askAll(vectors, ask);
  if ("why" in first) return { kind: "inconclusive", why: first.why };
  const [answer] = first.values();
  if (answer !== undefined && isUniform(first)) return { kind: "same", answer };
  for (let round = 0; round < CONFIRMATIONS; round++) {
    const again = await askAll(vectors, ask);
    if ("why" in again) return { kind: "inconclusive", why: again.why };
    const changed = vectors.find((vector) => again.get(vector) !== first.get(vector));
    if (changed !== undefined) {
      const both = `${first.get(changed)}, then ${again.get(changed)}`;
      return { kind: "unsteady", why: `the server's answers vary from one try to the next: ${both}` };
    }
  }
  return { kind: "different", answers: first };
}

async function askAll<V extends string>(
  vectors: readonly V[],
  ask: Ask<V>,
): Promise<Round<V> | { readonly why: string }> {
  const answers = await Promise.all(vectors.map(ask));
  const failed = answers.find((answer) => typeof answer !== "string");
  if (failed !== undefined && typeof failed !== "string") return failed;
  return new Map(vectors.map((vector, index) => [vector, answers[index] as AnswerClass]));
}

function isUniform(round: Round<string>): boolean {
  return new Set(round.values()).size === 1;
}
