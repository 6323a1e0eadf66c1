import { defineConfig } from "vitest/config";

// Five projects: `unit` runs the sources and speaks bytes, its files in three processes, since most wait for sockets and
// clocks; `counted`, of the same group and so of the same number, takes the census of a process, so each of its files has one
// of its own; after them `e2e` runs the built program against real
// peers; `timed` does so too and measures time, so its files run alone; `long` is soak and fuzz at length, `long-timed` what of
// it measures time or memory.
const COUNTED = [
  "test/engine/{,connect/}ownership.test.ts",
  "test/engine/ownership-protocols.test.ts",
  "test/core/lifecycle/{,tls-}ownership.test.ts",
  "test/engine/connect/resolve/{endings,lookup-process,warm-up}.test.ts",
  "test/engine/pool-test/{interrupt,targets/relay}.test.ts",
  "test/engine/serve/soak.test.ts",
];
const TIMED = [
  "test/e2e/{truth,flood-accounting,connect-curl}.test.ts",
  "test/engine/connect/way/truth.test.ts",
];
const LONG_TIMED = [
  "test/long/{connect-pipe,held-connections,pool-test-pgbench,pool-test-truth,serve-memory,stats-real,truth-protocols}.test.ts",
];
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
          exclude: [...COUNTED, ...TIMED],
          isolate: false,
          maxWorkers: 3,
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: "counted",
          include: COUNTED,
          maxWorkers: 3,
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: TIMED,
          globalSetup: ["test/support/build.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: "timed",
          include: TIMED,
          globalSetup: ["test/support/build.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
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
          exclude: LONG_TIMED,
          globalSetup: ["test/support/build.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: "long-timed",
          include: LONG_TIMED,
          globalSetup: ["test/support/build.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 4 },
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
