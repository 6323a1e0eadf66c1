#!/usr/bin/env node
// The sub-path loads half of what "@oclif/core" as a whole does.
import { execute } from "@oclif/core/execute";

await execute({ dir: import.meta.url });
