import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { StudyTables } from '../../src/records/study-tables.ts';
import { compareArms } from '../../src/stats/compare.ts';
import { analyseStudy } from '../../src/study/analysis/analysis.ts';
import { plantedTables, without } from './planted.ts';

const ARMS = ['scratch', 'denoise', 'identity'];
const GAINS: Record<string, number> = { scratch: 0, denoise: 0.05, identity: 0.01 };

/** Random, but for the arms' effects. */
const tables = plantedTables(
  { arms: ARMS, labels: ['10%', '22'], seeds: 4, images: 6 },
  ({ arm, labels, seed }) => {
    const stream = new RandomStream('analysis-test', arm, labels, seed);
    const gain = GAINS[arm];
    const dice = 0.6 + gain + 0.02 * stream.normal();
    return { dice, loss: (epoch) => 0.4 - gain + 0.1 / epoch, valDice: (epoch) => dice * (1 - 0.5 ** epoch) };
  },
);
const options = { baseline: 'scratch' };

describe('a finished study', () => {
  const analysis = analyseStudy(tables, options);

  test('is told budget of masks by budget of masks, fewest masks first', () => {
    expect(analysis.arms).toEqual(ARMS);
    expect(analysis.budgets.map(({ labels, masks }) => [labels, masks])).toEqual([
      ['22', 22],
      ['10%', 88],
    ]);
    expect(analysis.budgets[0].arms.map(({ arm, seeds, runs }) => [arm, seeds, runs])).toEqual(
      ARMS.map((arm) => [arm, [0, 1, 2, 3], 4]),
    );
    expect(analysis.notes).toEqual([]);
    expect(analysis.primary).toBeUndefined();
    expect(analysis.efficiency!.area.map(({ seeds }) => seeds)).toEqual([4, 4]);
  });

  test('compares every metric as `fewmask compare` does', () => {
    for (const { labels, metrics } of analysis.budgets) {
      expect(metrics.map(({ metric, lower_is_better }) => [metric, lower_is_better])).toEqual([
        ['dice', false],
        ['hd95', true],
      ]);
      for (const { metric, comparisons, means, images_left_out } of metrics) {
        const scores = tables.images
          .filter((row) => row.labels === labels)
          .map(({ arm, seed, image, scores }) => ({ arm, seed: `${seed}`, image, value: scores[metric] }));
        expect(comparisons).toEqual(compareArms(scores, 'scratch'));
        expect(means[1].mean - means[0].mean).toBeCloseTo(comparisons[0].difference, 10);
        expect(images_left_out).toBe(0);
      }
    }
  });

  test('compares the numbers of runs', () => {
    const [{ lowest_val_loss, best_epoch, epochs_to_level, stability }] = analysis.budgets;
    expect(lowest_val_loss.map(({ difference }) => Number(difference.toFixed(9)))).toEqual([-0.05, -0.01]);
    expect(best_epoch.map(({ difference }) => difference)).toEqual([0, 0]);
    expect(epochs_to_level!.curves.map(({ arm, runs }) => [arm, runs])).toEqual(ARMS.map((arm) => [arm, 4]));
    expect(stability.over_epochs.map(({ difference }) => Math.abs(difference) < 1e-12)).toEqual([true, true]);
    expect(stability.over_seeds.map(({ arm, seeds }) => [arm, seeds])).toEqual([
      ['denoise', 4],
      ['identity', 4],
    ]);
  });

  test('says what four seeds and two arms could show at best', () => {
    for (const { reach } of analysis.budgets) {
      expect(reach).toEqual({
        seeds: 4,
        comparisons: 2,
        smallest_p: 2 / 16,
        smallest_p_holm: 4 / 16,
        seeds_needed: 7,
      });
    }
  });

  test('is plain data, the same whatever the order of the rows', () => {
    expect(JSON.parse(JSON.stringify(analysis))).toEqual(analysis);
    const shuffled = <Row>(rows: readonly Row[], baselineFirst: (row: Row) => boolean) => {
      const order = new RandomStream(1, 'rows').shuffled(rows);
      return [...order.filter(baselineFirst), ...order.filter((row) => !baselineFirst(row))];
    };
    const pair = without(tables, ({ arm }) => arm === 'identity');
    const isBaseline = ({ arm }: { readonly arm: string }) => arm === 'scratch';
    const mixed: StudyTables = {
      images: shuffled(pair.images, isBaseline),
      runs: shuffled(pair.runs, isBaseline),
      epochs: shuffled(pair.epochs, isBaseline),
    };
    const rounded = (value: unknown) =>
      JSON.parse(JSON.stringify(value), (_, part) =>
        typeof part === 'number' ? Number(part.toFixed(9)) : part,
      );
    expect(rounded(analyseStudy(mixed, options))).toEqual(rounded(analyseStudy(pair, options)));
  });
});

describe('the primary contrast', () => {
  const primary = { arm: 'denoise', metric: 'hd95', labels: '22' };
  const unnamed = analyseStudy(tables, options);
  const named = analyseStudy(tables, { ...options, primary });

  test('stands outside the family at its budget of masks and in its metric only', () => {
    expect(named.primary).toEqual(primary);
    for (const [i, { labels, metrics }] of named.budgets.entries()) {
      for (const [k, { metric, comparisons }] of metrics.entries()) {
        const others = unnamed.budgets[i].metrics[k].comparisons;
        const isItsFamily = labels === '22' && metric === 'hd95';
        expect(comparisons).toEqual(isItsFamily ? others.map((one) => ({ ...one, p_holm: one.p })) : others);
      }
    }
    expect(named.notes).toEqual([]);
  });

  test('with one budget nothing is said of what masks are worth', () => {
    const one = without(tables, ({ labels }) => labels === '22');
    expect(analyseStudy(one, options).efficiency).toBeUndefined();
  });

  test('without results is said', () => {
    const later = { ...primary, arm: 'joint' };
    expect(analyseStudy(tables, { ...options, primary: later }).notes).toEqual([
      'the primary contrast has no results yet',
    ]);
  });
});

describe('a study under way', () => {
  test('compares the seeds that arms share, and says which are missing', () => {
    const begun = without(
      tables,
      ({ arm, labels, seed }) => labels === '10%' && (seed > 2 || (arm === 'identity' && seed > 0)),
    );
    const { budgets, notes } = analyseStudy(begun, options);
    const [, { metrics, lowest_val_loss, reach }] = budgets;
    for (const compared of [metrics[0].comparisons, lowest_val_loss])
      expect(compared.map(({ arm, seeds }) => [arm, seeds])).toEqual([
        ['denoise', 3],
        ['identity', 1],
      ]);
    expect(reach).toMatchObject({ seeds: 3, smallest_p: 0.25 });
    expect(notes).toEqual([
      '88 masks (10%): no run of scratch (seed 3), denoise (seed 3), identity (seeds 1, 2, 3); arms are compared over the seeds that they share with scratch',
    ]);
  });

  test('without the baseline compares nothing, and does not fail', () => {
    const { budgets, arms, notes } = analyseStudy(
      without(tables, ({ arm }) => arm === 'scratch'),
      options,
    );
    expect(arms).toEqual(['denoise', 'identity']);
    for (const { metrics, lowest_val_loss, epochs_to_level, reach } of budgets) {
      expect(metrics.map(({ comparisons }) => comparisons)).toEqual([[], []]);
      expect(lowest_val_loss).toEqual([]);
      expect(epochs_to_level!.comparisons).toEqual([]);
      expect(reach).toMatchObject({ seeds: 0, comparisons: 0, smallest_p: 1 });
    }
    expect(notes.join()).toContain('no run of scratch (seeds 0, 1, 2, 3)');
  });

  test('without any run is empty', () => {
    expect(analyseStudy({ images: [], runs: [], epochs: [] }, options)).toEqual({
      baseline: 'scratch',
      arms: [],
      budgets: [],
      notes: ['no run has ended yet'],
    });
  });
});

describe('draws of a seed', () => {
  const drawn = plantedTables(
    { arms: ['scratch', 'denoise'], seeds: 3, draws: 2 },
    ({ arm, seed, draw }) => ({
      dice: 0.5 + (arm === 'denoise' ? 0.01 * (seed + 1) + 0.1 * draw : 0.03 * draw),
    }),
  );

  test('are averaged before anything else', () => {
    const [{ metrics, arms }] = analyseStudy(drawn, options).budgets;
    expect(arms.map(({ runs, seeds }) => [runs, seeds.length])).toEqual([
      [6, 3],
      [6, 3],
    ]);
    // Seed by seed 0.01 x 1, 2, 3 and half of 0.1 - 0.03.
    expect(metrics[0].comparisons[0]).toMatchObject({ seeds: 3, images: 4, p: 0.25 });
    expect(metrics[0].comparisons[0].difference).toBeCloseTo(0.02 + 0.035, 12);
  });

  test('that not every arm has had yet are left out', () => {
    const begun = without(drawn, ({ arm, seed, draw }) => arm === 'denoise' && seed === 2 && draw === 1);
    const { budgets, notes } = analyseStudy(begun, options);
    const [comparison] = budgets[0].metrics[0].comparisons;
    expect(comparison.seeds).toBe(3);
    expect(comparison.difference).toBeCloseTo((0.01 + 0.035 + 0.02 + 0.035 + 0.03) / 3, 12);
    expect(notes).toEqual([
      '88 masks: left out: 1 of 11 runs, as other arms have not had the same masks yet',
    ]);
  });
});

test('an image that a run has no value for is left out of that metric, and counted', () => {
  const images = tables.images.map((row) =>
    row.arm === 'denoise' && row.seed === 1 && row.image === '3' && row.labels === '22'
      ? { ...row, scores: { dice: row.scores.dice } }
      : row,
  );
  const { budgets, notes } = analyseStudy({ ...tables, images }, options);
  const [dice, hd95] = budgets[0].metrics;
  expect([dice.comparisons[0].images, hd95.comparisons[0].images]).toEqual([6, 5]);
  expect([dice.images_left_out, hd95.images_left_out]).toEqual([0, 1]);
  expect(notes).toEqual(['22 masks: hd95 leaves out 1 image that some run has no value for']);
});
