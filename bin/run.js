#!/usr/bin/env node
// The sub-path loads half of what "@oclif/core" as a whole does.
import { execute } from "@oclif/core/execute";

// A URL may hold a password, and every user of a machine sees every command line: ours is written over.
if (process.argv.some((word) => /:\/\/[^/?#\s]*@/.test(word))) process.title = "netkit";

let finished = false;

// With nothing left to do all is written, too. What node would do now besides can wait for ever, at full speed, for a
// request of a connection that is gone (seen with Node 20.20: CleanupHandles).
process.once("beforeExit", () => {
  if (finished) process.exit();
  process.stderr.write(
    "netkit met a bug of its own: it waits for something that cannot come, so there is no result.\n",
  );
  process.exit(1);
});

await execute({ dir: import.meta.url });
finished = true;
