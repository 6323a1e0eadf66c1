import { defineConfig } from "vitest/config";

// Three projects: `unit` runs the sources and speaks bytes; `e2e` runs the built program against real peers,
// one file at a time because it measures time; `long` is soak and fuzz at length.
const shared = { environment: "node" as const, globals: false };

export default defineConfig({
  oxc: { target: "node20" },
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: "unit",
          include: ["test/{architecture,core,engine,report,commands}/**/*.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/support/build.ts"],
          fileParallelism: false,
          // Not beside the unit tests: what measures time runs alone.
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: "long",
          include: ["test/long/**/*.test.ts"],
          globalSetup: ["test/support/build.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
