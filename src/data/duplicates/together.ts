/** Which group of items that stay together an item belongs to; undefined if it is alone. */
export type GroupOf<T> = (item: T) => number | undefined;

/**
 * What stays together: duplicates, and images of one named group, such as a patient. A group joins all duplicates of its
 * images, and they join all groups that they lie in.
 *
 * @param items all there are
 * @returns `clusterOf` itself if no item has a group
 */
export function joined<T extends { readonly group?: string }>(
  items: readonly T[],
  clusterOf: GroupOf<T>,
): GroupOf<T> {
  if (items.every(({ group }) => group === undefined)) return clusterOf;
  const parents = new Map<string | number, string | number>();
  const rootOf = (key: string | number): string | number => {
    let root = key;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    return root;
  };
  for (const item of items) {
    const cluster = clusterOf(item);
    if (item.group === undefined || cluster === undefined) continue;
    const [from, to] = [rootOf(cluster), rootOf(item.group)];
    if (from !== to) parents.set(from, to);
  }
  const numbers = new Map<string | number, number>();
  return (item) => {
    const key = item.group ?? clusterOf(item);
    if (key === undefined) return undefined;
    const root = rootOf(key);
    if (!numbers.has(root)) numbers.set(root, numbers.size);
    return numbers.get(root);
  };
}

/** The items in their order, but each followed at once by the others of its group: those are moved up. */
export function together<T>(order: readonly T[], groupOf: GroupOf<T>): T[] {
  return clustersIn(order, groupOf).flat();
}

/**
 * The first `size` items whose groups are whole: a group that would be more is passed over. If every group is more, the
 * first that leaves something over; and if none does, the first items, as if they were no duplicates.
 */
export function firstWhole<T>(order: readonly T[], size: number, groupOf: GroupOf<T>): T[] {
  const groups = clustersIn(order, groupOf);
  const taken: T[] = [];
  for (const group of groups) if (taken.length + group.length <= size) taken.push(...group);
  if (taken.length > 0 || size === 0) return taken;
  return [...(groups.find(({ length }) => length < order.length) ?? order.slice(0, size))];
}

/**
 * Where to cut an order whose groups lie together, so that none is cut: the place nearest to the one wanted that leaves
 * `least` items after it and one before; the wanted one if there is none.
 */
export function cutBetween<T>(
  order: readonly T[],
  wanted: number,
  least: number,
  groupOf: GroupOf<T>,
): number {
  const places = order.flatMap((item, i) => {
    const group = groupOf(item);
    const within = i > 0 && group !== undefined && group === groupOf(order[i - 1]);
    return i === 0 || i > order.length - least || within ? [] : [i];
  });
  const distance = (place: number) => Math.abs(place - wanted);
  return places.reduce(
    (best, place) => (distance(place) < distance(best) ? place : best),
    places[0] ?? wanted,
  );
}

/** The items in their order by what they belong to; each that is alone by itself. */
export function clustersIn<T>(order: readonly T[], groupOf: GroupOf<T>): T[][] {
  const groups = new Map<number | T, T[]>();
  for (const item of order) {
    const key = groupOf(item) ?? item;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
