import { Command } from 'commander';
import { compareResults } from '../index.ts';
import { compareText } from './compare-text.ts';
import { print } from './outcome.ts';
import { Progress } from './progress.ts';

interface CompareFlags {
  readonly baseline: string;
  readonly metric: string;
  readonly labels?: string;
  readonly json?: boolean;
}

export function compareCommand(): Command {
  return new Command('compare')
    .description('compare the arms of a results file with one of them, seed by seed and image by image')
    .argument('<file>', "CSV file with the columns arm, seed, image and the metric: a study's study.csv")
    .requiredOption('--baseline <arm>', 'arm to compare all others with')
    .option('--metric <column>', 'column to compare', 'dice')
    .option('--labels <count>', 'label count to compare at, where the file has several')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, flags: CompareFlags) => {
      const { baseline, metric, labels } = flags;
      const comparisons = await compareResults({ file, baseline, metric, labels });
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
