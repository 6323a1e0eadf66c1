/** What files hold, as rules walk over it. */
import type { FileFacts, Item } from "../../certificates/model.ts";
import type { Subject } from "../rule.ts";

export type ItemOf<K extends Item["kind"]> = Extract<Item, { readonly kind: K }>;

/** Items of one kind in the subject's own file, each with its place. */
export function items<K extends Item["kind"]>(
  subject: Subject,
  kind: K,
): readonly { readonly item: ItemOf<K>; readonly where: string }[] {
  const { file } = subject;
  if (file === undefined) return [];
  return itemsOf(file, kind).map((item) => ({ item, where: placeInFile(file, item) }));
}

export function itemsOf<K extends Item["kind"]>(file: FileFacts, kind: K): readonly ItemOf<K>[] {
  return file.items.filter((item): item is ItemOf<K> => item.kind === kind);
}

export function placeInFile(file: FileFacts, item: Item): string {
  return item.where === "" ? file.path : `${file.path}, ${item.where}`;
}

/** The other files of the same command, each once and without the subject's own. */
export function companionsOf(subject: Subject): readonly FileFacts[] {
  const seen = new Set(subject.file === undefined ? [] : [subject.file.path]);
  return subject.companions.filter(({ path }) => {
    if (seen.has(path)) return false;
    seen.add(path);
    return true;
  });
}
