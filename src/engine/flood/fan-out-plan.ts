/** What planners and drivers agree on for a fan-out: one connection sends, the others listen. */

/** The slot that sends. */
export const SENDER = 0;

/** `nk`, six digits for the run, eight for the message. */
export const MARK_BYTES = 16;

/** Stands in a body where the mark is to be; without it the mark stands at its beginning. */
export const MARK_PLACE = "{{id}}";
