import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { noAugmentation } from '../../src/data/loading/augmentation.ts';
import { drawPlaces, mostPlaces, planSharedBatches } from '../../src/train/shared-batches.ts';

const sharesOf = (...weights: number[]) => weights.map((w) => w / weights.reduce((a, b) => a + b));
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('places of a batch', () => {
  test.each<[number[], number, number[]]>([
    [[3, 1], 8, [6, 2]],
    [[1, 1, 1], 3, [1, 1, 1]],
    [[0.1, 0.2, 0.7], 10, [1, 2, 7]],
  ])('by weights %j of %i: where shares are whole numbers, always %j', (weights, batch, places) => {
    expect(mostPlaces(sharesOf(...weights), batch)).toEqual(places);
    for (let step = 1; step <= 200; step++)
      expect(drawPlaces(sharesOf(...weights), batch, new RandomStream(step))).toEqual(places);
  });

  test.each<[number[], number]>([
    [[3, 1], 2],
    [[1, 1], 1],
    [[5, 2, 2, 1], 7],
    [[0.01, 1], 4],
    [[1, 1, 1], 16],
  ])('by weights %j of %i: rounded down or up, all places taken, right in the mean', (weights, batch) => {
    const shares = sharesOf(...weights);
    const most = mostPlaces(shares, batch);
    const steps = 4000;
    const sums = weights.map(() => 0);
    for (let step = 1; step <= steps; step++) {
      const places = drawPlaces(shares, batch, new RandomStream(0, 'places', step));
      expect(sum(places)).toBe(batch);
      for (const [i, count] of places.entries()) {
        expect(count).toBeGreaterThanOrEqual(Math.floor(shares[i] * batch + 1e-5));
        expect(count).toBeLessThanOrEqual(most[i]);
        sums[i] += count;
      }
    }
    // Five deviations of a mean of numbers that are at most one apart.
    const bound = (5 * 0.5) / Math.sqrt(steps);
    for (const [i, total] of sums.entries())
      expect(Math.abs(total / steps - shares[i] * batch)).toBeLessThan(bound);
  });
});

describe('batches of several sources', () => {
  // The second source has every third image.
  const all = Array.from({ length: 30 }, (_, i) => i);
  const images = [all.filter((i) => i % 3 > 0), all.filter((i) => i % 3 === 0)];
  const options = { seed: 7, batch: 4, shuffle: true, augmentation: noAugmentation };
  const plan = () => planSharedBatches(options, { images, shares: sharesOf(5, 3) });

  test('each source goes through its own images, pass by pass, none twice in a batch', () => {
    const { request } = plan();
    const drawn = images.map(() => new Map<number, number>());
    for (let step = 1; step <= 400; step++) {
      const { indices, epoch } = request(step);
      expect(epoch).toBe(step);
      expect(new Set(indices).size).toBe(4);
      for (const index of indices) {
        const times = drawn[index % 3 > 0 ? 0 : 1];
        times.set(index, (times.get(index) ?? 0) + 1);
      }
    }
    expect(drawn.map((times) => [...times.keys()].sort((a, b) => a - b))).toEqual(images);
    const [large, small] = drawn.map((times) => sum([...times.values()]));
    expect(large / small).toBeCloseTo(5 / 3, 1);
    for (const [i, times] of drawn.entries()) {
      const mean = [large, small][i] / images[i].length;
      for (const count of times.values()) expect(Math.abs(count / mean - 1)).toBeLessThan(0.35);
    }
  });

  test('a step is the same whatever was asked for before it', () => {
    const inOrder = plan();
    const steps = Array.from({ length: 50 }, (_, i) => inOrder.request(i + 1));
    const back = plan();
    for (let step = 50; step >= 1; step--) expect(back.request(step)).toEqual(steps[step - 1]);
    const other = planSharedBatches({ ...options, seed: 8 }, { images, shares: sharesOf(5, 3) });
    expect(other.request(1).indices).not.toEqual(steps[0].indices);
  });
});
