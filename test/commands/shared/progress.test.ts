import { afterEach, describe, expect, test, vi } from "vitest";
import { startLiveLine } from "../../../src/commands/shared/progress.ts";

describe("the live line", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test("writes nothing when nobody looks", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await using line = startLiveLine({ isShown: false, isColored: false, showAfterMs: 0 });
    line.update("3 s of 10 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
    await line.clear();
    expect(write).not.toHaveBeenCalled();
  });

  test("a run that ends within a second never shows it, and leaves no timer", async () => {
    vi.useFakeTimers();
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    {
      await using line = startLiveLine({ isShown: true, isColored: false });
      line.update("1 s of 10 s");
      vi.advanceTimersByTime(999);
    }
    expect(vi.getTimerCount()).toBe(0);
    expect(write).not.toHaveBeenCalled();
  });

  test("is shown after a second, with the latest text, and taken away at the end", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    {
      await using line = startLiveLine({ isShown: true, isColored: false, showAfterMs: 1 });
      line.update("first");
      line.update("second");
      await vi.waitFor(() => expect(write.mock.calls.join("")).toContain("second"), { timeout: 5_000 });
    }
    expect(write.mock.calls.join("")).not.toContain("first");
  });
});
