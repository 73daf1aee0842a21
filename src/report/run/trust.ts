import { count, fixed } from '../../core/format.ts';
import { mean } from '../../core/mean.ts';
import { ENOUGH_TO_CHOOSE } from '../../data/folders/split.ts';
import { baselineText } from '../../eval/baseline-names.ts';
import type { TrainSummary } from '../../records/summaries.ts';
import { type Run, scoresOf } from '../model.ts';
import type { Html } from '../page/html.ts';
import { number, table } from '../page/table.ts';

const trained = ({ summary }: Run): TrainSummary | undefined =>
  summary?.kind === 'train' ? summary : undefined;

/** What costs nothing, beside the network. */
export function baselineTable(run: Run): Html[] {
  const { baselines = {} } = trained(run) ?? {};
  const own = scoresOf(run.test, 'network', 'dice');
  if (Object.keys(baselines).length === 0 || own.length === 0) return [];
  const rows = [
    ['this network', mean(own)] as const,
    ...Object.entries(baselines).map(([name, dice]) => [baselineText(name), dice] as const),
  ];
  return [
    table({
      caption:
        'Without a network: mean Dice of the same images at network size. What can be chosen (the side of the threshold, the size of the mask) is chosen on the training images',
      columns: [{ title: 'Mask' }, number('Dice')],
      rows: rows.map(([name, dice]) => [name, fixed(dice)]),
    }),
  ];
}

/** How far the numbers of a run may be flattered by what was chosen: a sentence for each reason. */
export function optimismOf(run: Run): string[] {
  const { best_val_dice: best, validated_on: on, best_epoch: epoch, baselines } = trained(run) ?? {};
  const last = run.epochs.findLast(({ val_dice }) => val_dice !== undefined);
  const native = scoresOf(run.test, 'network', 'dice');
  const own = native.length > 0 ? mean(native) : undefined;
  const better = Object.entries(baselines ?? {}).filter(([, dice]) => own !== undefined && dice >= own);
  return [
    ...(best !== undefined && on !== undefined
      ? [
          `The validation Dice of ${fixed(best)} is the best of its epochs, so it is flattered${last?.val_dice !== undefined && last.epoch !== epoch ? `: the last epoch has ${fixed(last.val_dice)}` : ''}${own === undefined ? '' : `; the test images, on which nothing was chosen, have ${fixed(own)} at the same size`}.`,
        ]
      : []),
    ...(on !== undefined && on < ENOUGH_TO_CHOOSE
      ? [`It was chosen on ${count(on, 'image')}: with fewer than ${ENOUGH_TO_CHOOSE}, much of that is luck.`]
      : []),
    ...better.map(
      ([name, dice]) =>
        `Without a network, ${baselineText(name)} reaches ${fixed(dice)}: not less than this network.`,
    ),
  ];
}
