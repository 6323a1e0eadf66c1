// Reports do not overwrite one another, nor what the command reads.
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkReportFiles } from "../../../src/commands/shared/report-files.ts";
import { Folder } from "../../support/program.ts";

const csv = (path: string) => ({ path, format: "csv" as const });
const html = (path: string) => ({ path, format: "html" as const });

test("the same file by another name is the same file", async () => {
  await using folder = await Folder.create();
  const path = join(folder.path, "a");
  await checkReportFiles([csv(path), html(join(folder.path, "b"))], []);
  const again = join(folder.path, "..", folder.path.split("/").at(-1)!, "a");
  await expect(checkReportFiles([csv(path), html(again)], [])).rejects.toMatchObject({ code: "NK_USAGE" });
  await folder.write("a", "");
  await symlink(path, join(folder.path, "link"));
  const link = html(join(folder.path, "link"));
  await expect(checkReportFiles([csv(path), link], [])).rejects.toMatchObject({ code: "NK_USAGE" });
});

test("what is to be read is not written over", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("cert.pem", "");
  await expect(checkReportFiles([csv(path)], [path])).rejects.toMatchObject({ code: "NK_USAGE" });
  await expect(checkReportFiles([csv(path)], ["https://example.com"])).resolves.toBeUndefined();
});

test("a device takes several", async () => {
  await expect(checkReportFiles([csv("/dev/null"), html("/dev/null")], [])).resolves.toBeUndefined();
});
