import { describe, expect, test } from 'vitest';
import type { TrainSummary } from '../../src/records/summaries.ts';
import type { Run } from '../../src/report/model.ts';
import { baselineTable, optimismOf } from '../../src/report/run/trust.ts';

const summary = {
  ...{ kind: 'train', interrupted: false, steps: 10, epochs: 2, images: 20, masks: 22, seconds: 1 },
  ...{ waited_for_data: 0, stopped_early: false },
} as const satisfies Partial<TrainSummary>;

function runWith(changes: Partial<TrainSummary>, dice: readonly number[] = []): Run {
  return {
    ...{ kind: 'train', folder: 'run', config: {}, environment: {}, steps: [], rounds: [], notes: [] },
    epochs: [
      { epoch: 1, val_dice: 0.9 },
      { epoch: 2, val_dice: 0.8 },
    ],
    test: dice.map((value, i) => ({ stem: String(i), network: { dice: value }, native: {} })),
    summary: { ...summary, ...changes },
  } as Run;
}

describe('how far the numbers of a run may be flattered', () => {
  test('the best epoch beside the last and the test images, and how few it was chosen on', () => {
    const run = runWith({ best_val_dice: 0.9, best_epoch: 1, validated_on: 2 }, [0.6, 0.8]);
    expect(optimismOf(run)).toEqual([
      'The validation Dice of 0.900 is the best of its epochs, so it is flattered: the last epoch has 0.800; the test images, on which nothing was chosen, have 0.700 at the same size.',
      'It was chosen on 2 images: with fewer than 10, much of that is luck.',
    ]);
  });

  test('nothing is said where nothing was chosen', () => {
    expect(optimismOf(runWith({}, [0.7]))).toEqual([]);
    const enough = optimismOf(runWith({ best_val_dice: 0.9, best_epoch: 2, validated_on: 10 }));
    expect(enough).toEqual(['The validation Dice of 0.900 is the best of its epochs, so it is flattered.']);
  });

  test('what costs nothing is named where the network is no better', () => {
    const baselines = { otsu: 0.7, mean_mask: 0.3, nearest: 0.2 };
    expect(optimismOf(runWith({ baselines }, [0.6, 0.8]))).toEqual([
      "Without a network, Otsu's threshold of brightness reaches 0.700: not less than this network.",
    ]);
    expect(optimismOf(runWith({ baselines }, [0.9]))).toEqual([]);
  });
});

test('the table has the network first, and is left out where nothing was tested', () => {
  const baselines = { otsu: 0.7, mean_mask: 0.3 };
  const [table] = baselineTable(runWith({ baselines }, [0.6, 0.8]));
  expect(table.text.replaceAll(/<[^>]+>/g, ' ')).toMatch(
    /this network\s+\.?0?\.700[\s\S]*threshold[\s\S]*\.700[\s\S]*all images\s+0?\.300/,
  );
  expect(baselineTable(runWith({ baselines }))).toEqual([]);
  expect(baselineTable(runWith({}, [0.6]))).toEqual([]);
});
