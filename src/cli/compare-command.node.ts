import { Command } from 'commander';
import { compareResults } from '../index.ts';
import { compareText } from './compare-text.ts';
import { print } from './outcome.ts';
import { Progress } from './progress.ts';

export function compareCommand(): Command {
  return new Command('compare')
    .description('compare the arms of a results file with one of them, seed by seed and image by image')
    .argument('<file>', "CSV file with the columns arm, seed, image and the metric: a study's study.csv")
    .requiredOption('--baseline <arm>', 'arm to compare all others with')
    .option('--metric <column>', 'column to compare', 'dice')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, flags: { baseline: string; metric: string; json?: boolean }) => {
      const comparisons = await compareResults({ file, baseline: flags.baseline, metric: flags.metric });
      const json = comparisons.map(({ arm, difference, ci95, p, p_holm, seeds, images }) => ({
        arm,
        difference,
        ci95,
        p,
        p_holm,
        seeds,
        images,
      }));
      print({ json, text: compareText(comparisons) }, new Progress(process.stderr), flags.json);
    });
}
