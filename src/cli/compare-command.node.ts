import type { Command } from 'commander';
import { compareSchema } from '../study/analysis/compare-results.node.ts';
import { commandOf } from './command.ts';
import { compareText } from './compare-text.ts';
import { library } from './library.ts';

export function compareCommand(): Command {
  return commandOf(
    'compare',
    'Compare the arms in a results file with one of them, seed by seed and image by image',
    compareSchema.shape,
    async (options) => {
      const comparisons = await (await library()).compareResults(options);
      const json = comparisons.map(({ arm, difference, ci95, p, p_holm, seeds, images, parts, leftOut }) => ({
        arm,
        difference,
        ci95,
        p,
        p_holm,
        seeds,
        images,
        ...(parts && { parts }),
        ...(leftOut !== undefined && { images_left_out: leftOut }),
      }));
      return { json, text: compareText(comparisons) };
    },
  );
}
