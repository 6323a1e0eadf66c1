/** A file without anything in it that is known. */
import { defineRule } from "../shared/define.ts";

export const fileEmpty = defineRule(
  {
    id: "file-empty",
    title: "The file holds nothing",
    severity: "high",
    about: "file",
    probes: ["files"],
    why: "No certificate, key, request or list was found. A renewal that failed half-way leaves such files behind.",
    fix: "Check the path, and what should have written the file.",
    references: ["RFC 7468"],
  },
  function* (subject) {
    if (subject.file === undefined || subject.file.items.length > 0) return;
    yield { message: "the file holds no certificate, key, request or list", where: subject.file.path };
  },
);
