import { expect, test } from 'vitest';
import { runInLanes } from '../../src/study/run/lanes.ts';

/** A task that is done when it is told. */
function controlled() {
  const ends = new Map<string, (goesOn: boolean | Error) => void>();
  const begun: string[] = [];
  const work = (task: string, atWork: number) => {
    begun.push(`${task} of ${atWork}`);
    return new Promise<boolean>((resolve, reject) => {
      ends.set(task, (end) => (end instanceof Error ? reject(end) : resolve(end)));
    });
  };
  const end = async (task: string, how: boolean | Error = true) => {
    ends.get(task)!(how);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { begun, work, end };
}

const CHAINS = [['a1', 'a2'], ['b1'], ['c1']];

test('chains are taken in their order, tasks of a chain one after the other, the last with fewer beside them', async () => {
  const { begun, work, end } = controlled();
  const all = runInLanes(CHAINS, 2, work, () => {});
  expect(begun).toEqual(['a1 of 2', 'b1 of 2']);
  await end('b1');
  expect(begun.slice(2)).toEqual(['c1 of 2']);
  await end('c1');
  await end('a1');
  expect(begun.slice(3)).toEqual(['a2 of 1']);
  await end('a2');
  await all;
});

test('more lanes than chains are no lanes', async () => {
  const { begun, work, end } = controlled();
  const all = runInLanes([['a'], ['b']], 9, work, () => {});
  expect(begun).toEqual(['a of 2', 'b of 2']);
  await end('a');
  await end('b');
  await all;
});

test('after a task that says so no other is begun', async () => {
  const { begun, work, end } = controlled();
  const all = runInLanes(CHAINS, 2, work, () => {});
  await end('b1', false);
  await end('a1');
  await all;
  expect(begun).toEqual(['a1 of 2', 'b1 of 2']);
});

test('after one that fails neither; what is under way is told, and waited for', async () => {
  const { begun, work, end } = controlled();
  let told = 0;
  let settled = false;
  const all = runInLanes(CHAINS, 2, work, () => told++);
  const outcome = all.catch((error) => error).finally(() => (settled = true));
  await end('b1', new Error('first'));
  expect([told, settled]).toEqual([1, false]);
  await end('a1', new Error('second'));
  expect((await outcome).message).toBe('first');
  expect(begun).toHaveLength(2);
});
