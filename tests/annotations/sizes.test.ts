import { expect, it } from 'vitest';
import { settle } from '../../src/annotations/settle.ts';
import { eachOf } from '../../src/core/each.ts';
import { memorySource } from '../support/memory-source.ts';

const count = 100;
const names = Array.from({ length: count }, (_, i) => `images/${String(i).padStart(3, '0')}.png`);
const sizes = Object.fromEntries(names.map((name, i) => [name, [10 + i, 8] as const]));

/** The set of all images, and how many sizes are read at once. */
function slow() {
  const state = { running: 0, most: 0, read: 0 };
  const plain = memorySource({}, sizes);
  const source = {
    ...plain,
    sizeOf: async (path: string) => {
      state.most = Math.max(state.most, ++state.running);
      state.read++;
      // Later ones are ready first.
      await new Promise((ready) => setTimeout(ready, path.charCodeAt(path.length - 5) % 2 ? 1 : 4));
      state.running--;
      return plain.sizeOf(path);
    },
  };
  return { source, state };
}

it('sizes are read several at once, and come in the order of the images', async () => {
  const { source, state } = slow();
  const set = { classes: [], images: names.map((file) => ({ file, objects: [] })), notes: [] };
  const told: number[] = [];
  const { images } = await settle(set, source, (done) => told.push(done));
  expect(images.map(({ path, size }) => [path, size?.width])).toEqual(names.map((name, i) => [name, 10 + i]));
  expect(state).toMatchObject({ read: count, most: 16 });
  expect(told).toEqual(names.map((_, i) => i + 1));
});

it('the first failure in the order of the items counts, and nothing is begun after one', async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    await new Promise((ready) => setTimeout(ready, 8 - 2 * item));
    if (item > 0) throw new Error(`item ${item}`);
    return item;
  };
  await expect(eachOf([0, 1, 2, 3, 4, 5], 3, work)).rejects.toThrow('item 1');
  expect(begun).toEqual([0, 1, 2]);
});
