import { describe, expect, test } from 'vitest';
import type { Sample } from '../../src/data/folders/folder.node.ts';
import { noAugmentation } from '../../src/data/loading/augmentation.ts';
import { resolveTrain } from '../../src/settings/resolve.node.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import { planBatches } from '../../src/train/batch-plan.ts';
import { pseudoMaskPlanOf, trainingBatches } from '../../src/train/pseudo-batches.ts';
import { refusal } from '../support/expect-user-error.ts';

const given: TrainOptions = { recipe: 'classic', data: 'd', encoder: 'random', batch: 4, pseudoRounds: 1 };
const planOf = (changes: Partial<TrainOptions>, masked: number, pseudo: readonly Sample[]) =>
  pseudoMaskPlanOf(resolveTrain({ ...given, ...changes }, 1), masked, pseudo);
const samples = (count: number, source?: number): Sample[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ stem: `${source}-${i}`, image: `${source}/${i}.png`, mask: `masks/${source}/${i}.png` },
    ...(source !== undefined && { source }),
  }));
const options = { seed: 3, batch: 4, epochs: 10, shuffle: true, augmentation: noAugmentation };

describe('steps on masks and pseudo-masks', () => {
  test('have as many of each, and are as many as without pseudo-masks', () => {
    const pseudo = planOf({}, 9, samples(30));
    const { request, ...length } = trainingBatches({ ...options, pseudo }, 39);
    const { request: _, ...alone } = planBatches(options, 9);
    expect(length).toEqual({ ...alone, batch: 8 });
    const seen = new Set<number>();
    for (let step = 1; step <= length.steps; step++) {
      const { indices } = request(step);
      expect(indices.filter((index) => index < 9)).toHaveLength(4);
      expect(new Set(indices).size).toBe(8);
      for (const index of indices) seen.add(index);
    }
    // Each pass of 7 steps takes 28 of the 30, each of 2 steps 8 of the 9.
    expect(Math.max(...seen)).toBe(38);
    expect(seen.size).toBe(39);
  });

  test('with few masks and fewer plain images take all of them', () => {
    const pseudo = planOf({ plainBatch: 6 }, 3, samples(2));
    const { request, batch, stepsPerEpoch } = trainingBatches({ ...options, pseudo }, 5);
    expect([batch, stepsPerEpoch]).toEqual([5, 1]);
    for (let step = 1; step <= 10; step++) expect([...request(step).indices].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('take of each folder by its weight', async () => {
    const weighted = { plain: ['/a', '/b'], plainWeights: [3, 1] };
    const two = [...samples(5, 1), ...samples(2, 2)];
    const { request } = trainingBatches({ ...options, pseudo: planOf(weighted, 6, two) }, 13);
    for (let step = 1; step <= 20; step++) {
      const { indices } = request(step);
      const inRange = (from: number, to: number) => indices.filter((i) => i >= from && i < to).length;
      expect([inRange(0, 6), inRange(6, 11), inRange(11, 13)]).toEqual([4, 3, 1]);
    }
    expect(await refusal(() => planOf({ ...weighted, plainBatch: 16 }, 6, two))).toMatch(
      /--plain \/a: got 5 of 7 plain images, expected at least 6, which a step of 7/,
    );
  });
});

test('without them they are the batches of before', () => {
  const [own, plain] = [trainingBatches(options, 9), planBatches(options, 9)];
  for (let step = 1; step <= 20; step++) expect(own.request(step)).toEqual(plain.request(step));
});

describe('rounds of self-training as a setting', () => {
  test('turn the consistency of a recipe off, and go with a choice of plain images', () => {
    const full = { ...given, recipe: 'full' } as const;
    expect(resolveTrain(full, 1)).toMatchObject({ consistency: 'off', pseudoRounds: 1, views: 4 });
    const { pseudoRounds: _, ...without } = full;
    expect(resolveTrain(without, 1)).toMatchObject({ consistency: 'auto' });
    const choice = { plain: ['/a', 'rest'], plainWeights: [2, 1], plainCount: 7, plainBatch: 3 };
    expect(resolveTrain({ ...full, ...choice }, 1)).toMatchObject(choice);
  });

  test.each<[Partial<TrainOptions>, RegExp]>([
    [{ consistency: 'teacher' }, /^pseudoRounds: got 1 with --consistency teacher, expected one way to/],
    [{ consistency: 'auto' }, /^pseudoRounds: got 1 with --consistency auto/],
    [{ pseudoRounds: 0 }, /^pseudoRounds: got 0, expected .*>= ?1/],
    [{ plain: 'labelled' }, /^plain: got labelled with --pseudo-rounds, expected images without masks/],
    [{ cutmix: 0.2 }, /^cutmix: got 0.2 without --consistency teacher/],
    [{ pseudoRounds: undefined, plainCount: 3 }, /^plainCount: got 3 without --consistency teacher/],
  ])('%j is refused', async (changes, said) => {
    expect(await refusal(() => resolveTrain({ ...given, ...changes }, 1))).toMatch(said);
  });
});
