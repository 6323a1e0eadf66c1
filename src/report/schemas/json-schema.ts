/** The JSON Schema (draft 2020-12) of everything a command prints with `--json`. */
import { z } from "zod";

/** One document is described as it is; several as a choice that their `schema` field decides. */
export function toJsonSchema(schemas: readonly z.ZodType[]): object {
  const [only, ...others] = schemas;
  return z.toJSONSchema(only !== undefined && others.length === 0 ? only : z.union([...schemas]), {
    target: "draft-2020-12",
  });
}
