import { describe, expect, test } from 'vitest';
import { labelEfficiency } from '../../src/study/analysis/efficiency.ts';
import { plantedTables, without } from './planted.ts';

const COUNTS = [20, 40, 80].map((masks) => ({ labels: `${masks}`, masks }));
const ARMS = ['scratch', 'denoise', 'identity'];
const AHEAD: Record<string, number> = { scratch: 0, denoise: 1, identity: -4 };

/** Scratch gains 0.1 with every doubling; denoise is a doubling ahead; identity is far behind. Seeds shift all alike. */
const tables = plantedTables({ arms: ARMS, labels: COUNTS.map(({ labels }) => labels), seeds: 4 }, (run) => {
  const doublings = Math.log2(Number(run.labels) / 20);
  const ahead = AHEAD[run.arm];
  return { dice: 0.5 + 0.1 * (doublings + ahead) + 0.02 * run.seed };
});

describe('three budgets of masks', () => {
  const { curves, area, masks_saved } = labelEfficiency(tables.runs, COUNTS, ARMS);
  const savedBy = (arm: string) => masks_saved.filter((saved) => saved.arm === arm);

  test('make a curve of each arm', () => {
    expect(curves.map(({ arm }) => arm)).toEqual(ARMS);
    expect(curves[1].points.map(({ labels, masks, seeds }) => [labels, masks, seeds])).toEqual([
      ['20', 20, 4],
      ['40', 40, 4],
      ['80', 80, 4],
    ]);
    for (const [i, { dice }] of curves[1].points.entries()) expect(dice).toBeCloseTo(0.63 + 0.1 * i, 12);
  });

  test('are compared by the mean Dice over log masks', () => {
    expect(area.map(({ arm, seeds }) => [arm, seeds])).toEqual([
      ['denoise', 4],
      ['identity', 4],
    ]);
    expect(area[0].baseline_mean).toBeCloseTo(0.63, 12);
    expect(area[0].difference).toBeCloseTo(0.1, 12);
    expect(area[1].difference).toBeCloseTo(-0.4, 12);
  });

  test('tell how many masks the baseline would need, or a bound', () => {
    const counts = savedBy('denoise').map(({ baseline_masks }) => baseline_masks);
    expect(counts.map(({ bound }) => bound)).toEqual([undefined, undefined, 'more than']);
    for (const [i, masks] of [40, 80, 80].entries()) expect(counts[i].masks).toBeCloseTo(masks, 6);
    for (const { baseline_masks } of savedBy('identity'))
      expect(baseline_masks).toEqual({ masks: 20, bound: 'fewer than' });
  });

  test('where all seeds agree, the interval is a point', () => {
    for (const { baseline_masks, ci95 } of masks_saved) {
      for (const end of ci95!) {
        expect(end.bound).toBe(baseline_masks.bound);
        expect(end.masks).toBeCloseTo(baseline_masks.masks, 6);
      }
    }
  });
});

test('where seeds differ, the interval holds the number, and may be open', () => {
  const gains = [-0.08, -0.02, 0.02, 0.04, 0.06];
  const { runs } = plantedTables(
    { arms: ['scratch', 'denoise'], labels: ['20', '40', '80'], seeds: 5 },
    ({ arm, labels, seed }) => ({
      dice: 0.5 + 0.1 * Math.log2(Number(labels) / 20) + (arm === 'denoise' ? gains[seed] : 0),
    }),
  );
  const [at20, at40, at80] = labelEfficiency(runs, COUNTS, ['scratch', 'denoise']).masks_saved;
  // Mean gain 0.004: 0.04 of a doubling.
  expect(at40.baseline_masks.masks).toBeCloseTo(40 * 2 ** 0.04, 9);
  expect(at40.ci95!.map(({ bound }) => bound)).toEqual([undefined, undefined]);
  expect(at40.ci95![0].masks).toBeLessThan(36);
  expect(at40.ci95![1].masks).toBeGreaterThan(44);
  expect(at20.ci95![0]).toEqual({ masks: 20, bound: 'fewer than' });
  expect(at80.ci95![1]).toEqual({ masks: 80, bound: 'more than' });
});

test('seeds that lack a budget of masks are left out, and two are too few to resample', () => {
  const { runs } = without(
    tables,
    ({ arm, labels, seed }) => arm === 'denoise' && ((labels === '80' && seed === 2) || seed === 3),
  );
  const { curves, area, masks_saved } = labelEfficiency(runs, COUNTS, ARMS);
  expect(curves[1].points.map(({ seeds }) => seeds)).toEqual([3, 3, 2]);
  expect(area.map(({ seeds }) => seeds)).toEqual([2, 4]);
  const saved = masks_saved.filter(({ arm }) => arm === 'denoise');
  expect(saved.map(({ seeds, ci95 }) => [seeds, ci95])).toEqual([
    [2, undefined],
    [2, undefined],
    [2, undefined],
  ]);
});
