/**
 * Closes a `switch` over a discriminated union: adding a member to the union breaks the build at every
 * switch that ends here without handling it.
 */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
