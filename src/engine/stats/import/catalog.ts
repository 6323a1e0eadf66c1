/** Every importer. A new one is one file and one line here. */
import { autocannon } from "./autocannon.ts";
import { hdrLog } from "./hdr-log.ts";
import type { Importer } from "./importer.ts";
import { k6Json } from "./k6-json.ts";
import { vegeta } from "./vegeta.ts";
import { wrk2 } from "./wrk2.ts";

export const IMPORTERS = [wrk2, hdrLog, k6Json, vegeta, autocannon] as const satisfies readonly Importer[];

export type ImporterId = (typeof IMPORTERS)[number]["id"];
