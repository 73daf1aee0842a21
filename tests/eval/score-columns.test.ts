import { describe, expect, test } from 'vitest';
import { SCORE_COLUMNS, scoreColumn } from '../../src/eval/score-columns.ts';
import { metricName } from '../../src/study/analysis/metric-names.ts';
import { analyseMetrics } from '../../src/study/analysis/metrics.ts';

describe('columns of scores', () => {
  test('of the mean, of the network size and of a class are known', () => {
    expect(scoreColumn('hd95')).toEqual({ metric: 'hd95', size: 'native' });
    expect(scoreColumn('net_iou')).toEqual({ metric: 'iou', size: 'network' });
    expect(scoreColumn('dice:site: left')).toEqual({ metric: 'dice', size: 'native', ofClass: 'site: left' });
    expect(SCORE_COLUMNS.every((column) => scoreColumn(column) !== undefined)).toBe(true);
  });

  test.each([
    'dise',
    'dice:',
    'net_hd95',
    'net_dice:polyp',
    ':polyp',
    'constructor',
    '',
  ])('%j is none', (column) => {
    expect(scoreColumn(column)).toBeUndefined();
  });

  test('have titles with class, size and unit', () => {
    expect(metricName('hd95:polyp')).toEqual({ title: 'HD95 of polyp at native size, px', digits: 1 });
    expect(metricName('net_dice').title).toBe('Dice at network size');
    expect(metricName('best_epoch').title).toBe('best epoch');
  });
});

test('a class is compared on the images that have something of it in every run, and less of its distance is better', () => {
  const rows = ['a', 'b'].flatMap((arm) =>
    [0, 1].flatMap((seed) =>
      ['x', 'y', 'z'].map((image) => ({
        ...{ arm, seed, image, labels: '9', draw: 0 },
        scores: {
          dice: 0.5,
          'hd95:car': arm === 'b' ? 4 : 8,
          // One run has marked something in z where nothing is.
          ...((image !== 'z' || (arm === 'b' && seed === 1)) && { 'dice:car': arm === 'b' ? 0.75 : 0.25 }),
        },
      })),
    ),
  );
  const found = analyseMetrics(rows, ['a', 'b'], () => undefined);
  const of = (metric: string) => found.find((one) => one.metric === metric)!;
  expect(found.map(({ metric, lower_is_better }) => [metric, lower_is_better])).toEqual([
    ['dice', false],
    ['hd95:car', true],
    ['dice:car', false],
  ]);
  expect(of('dice:car').comparisons[0]).toMatchObject({ arm: 'b', difference: 0.5, images: 2 });
  expect(of('dice:car').images_left_out).toBe(1);
});
