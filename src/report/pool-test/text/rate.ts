/** Checkouts per second: `1,203/s`. */
import { formatRate } from "../../../core/units.ts";

export function perSecond(rate: number): string {
  return formatRate(rate, "").replace(" /s", "/s");
}
