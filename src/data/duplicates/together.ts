/** Which group of duplicates an item belongs to; undefined if it is alone. */
export type GroupOf<T> = (item: T) => number | undefined;

/** The items in their order, but each followed at once by the others of its group: those are moved up. */
export function together<T>(order: readonly T[], groupOf: GroupOf<T>): T[] {
  return groupsOf(order, groupOf).flat();
}

/**
 * The first `size` items whose groups are whole: a group that would be more is passed over. If every group is more, the
 * first that leaves something over; and if none does, the first items, as if they were no duplicates.
 */
export function firstWhole<T>(order: readonly T[], size: number, groupOf: GroupOf<T>): T[] {
  const groups = groupsOf(order, groupOf);
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

function groupsOf<T>(order: readonly T[], groupOf: GroupOf<T>): T[][] {
  const groups = new Map<number | T, T[]>();
  for (const item of order) {
    const key = groupOf(item) ?? item;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
