const PARTS: readonly (readonly [part: string, word: RegExp])[] = [
  ['train', /(^|[^a-z])train/i],
  ['val', /(^|[^a-z])val(id(ation)?)?([^a-z]|$)/i],
  ['test', /(^|[^a-z])test/i],
];

/** Which part of the data a name tells: `instances_val2017` is of `val`. */
export function splitIn(name: string): string | undefined {
  return PARTS.find(([, word]) => word.test(name))?.[0];
}

/** Things by the part that they belong to, in the order in which parts come; `undefined` for those of none. */
export function bySplit<Item extends { readonly split?: string }>(
  items: readonly Item[],
): Map<string | undefined, Item[]> {
  const parts = new Map<string | undefined, Item[]>();
  for (const item of items) {
    const part = parts.get(item.split);
    if (part) part.push(item);
    else parts.set(item.split, [item]);
  }
  return parts;
}
