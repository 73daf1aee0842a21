/**
 * Does some work for each item, of a few at a time; results are in the order of the items.
 *
 * @throws what the first of the items throws whose work fails; later ones are not begun
 */
export async function eachOf<In, Out>(
  items: readonly In[],
  atOnce: number,
  work: (item: In, index: number) => Promise<Out>,
): Promise<Out[]> {
  const results = new Array<Out>(items.length);
  const failures = new Map<number, unknown>();
  let next = 0;
  const one = async () => {
    while (next < items.length && failures.size === 0) {
      const i = next++;
      try {
        results[i] = await work(items[i], i);
      } catch (error) {
        failures.set(i, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, one));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  return results;
}
