/** Which sizes a sweep goes through: those named, or powers of two up to as many as there are callers. */
import { usageError } from "../../../core/errors.ts";
import { parseCount } from "../../../core/units.ts";

const MOST_SIZES = 64;
const LARGEST = 100_000;
/** Where an open loop sets no bound. */
const AUTO_LARGEST = 64;

/** `1,2,4,8` or `auto`. @param callers at once at most; undefined when nobody knows. @throws NetkitError `NK_USAGE` */
export function parseSizes(text: string, callers: number | undefined): readonly number[] {
  if (text.trim() === "auto") return automatic(callers);
  const sizes = text.split(",").map((part) => {
    try {
      return parseCount(part.trim(), 1, LARGEST);
    } catch {
      throw usageError(
        `"${text}" is no list of sizes`,
        "write it like --sizes 1,2,4,8,16 or --sizes auto",
        "--sizes",
      );
    }
  });
  const distinct = [...new Set(sizes)].toSorted((a, b) => a - b);
  if (distinct.length <= MOST_SIZES) return distinct;
  throw usageError(
    `${distinct.length} sizes are more than a sweep takes`,
    `name at most ${MOST_SIZES}`,
    "--sizes",
  );
}

/** More connections than callers are never used, so the number of callers is the last size. */
function automatic(callers = AUTO_LARGEST): readonly number[] {
  const largest = Math.max(1, Math.min(callers, 4 * AUTO_LARGEST));
  const sizes: number[] = [];
  for (let size = 1; size < largest; size *= 2) sizes.push(size);
  return [...sizes, largest];
}
