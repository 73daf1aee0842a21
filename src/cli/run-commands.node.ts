import { Command, Option } from 'commander';
import { csvOf } from '../core/csv.ts';
import { refuseExisting, writeWhole } from '../core/files.node.ts';
import { evaluate, predict } from '../index.ts';
import { print } from './outcome.ts';
import { Progress } from './progress.ts';
import { evaluationTable } from './tables.ts';

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description("score a run's network image by image")
    .argument('<run>', 'folder of a run')
    .option('--data <dir>', "data folder (default: the run's)")
    .addOption(
      new Option('--split <name>', 'images to score')
        .choices(['test', 'validation', 'train', 'all'])
        .default('test'),
    )
    .addOption(weightsOption())
    .option('--encoder <name|file>', "encoder (default: the run's)")
    .option('--csv <file>', 'write one row an image')
    .option('--overwrite', 'replace that file')
    .option('--json', 'print the result as JSON')
    .action(
      async (
        run: string,
        flags: {
          data?: string;
          split: 'test';
          weights: 'auto';
          encoder?: string;
          csv?: string;
          overwrite?: boolean;
          json?: boolean;
        },
      ) => {
        if (flags.csv && !flags.overwrite) refuseExisting(flags.csv);
        const progress = new Progress(process.stderr);
        const hooks = progress.hooks();
        const result = await evaluate({ ...flags, ...hooks, run, onImage: hooks.onTest });
        if (flags.csv) {
          await writeWhole(flags.csv, csvOf(result.rows));
        }
        const title = `${result.summary.images} images (${result.split}), ${result.weights} weights:`;
        print({ json: result, text: `${title}\n${evaluationTable(result)}` }, progress, flags.json);
      },
    );
}

export function predictCommand(): Command {
  return new Command('predict')
    .description("apply a run's network to images")
    .argument('<run>', 'folder of a run')
    .argument('<images...>', 'image files, or folders of them')
    .requiredOption('--out <dir>', 'folder for <stem>.png or <stem>.npy')
    .addOption(weightsOption())
    .addOption(
      new Option(
        '--format <name>',
        'png: mask at native size; npy: float32 probabilities [C,H,W] at network size',
      )
        .choices(['png', 'npy'])
        .default('png'),
    )
    .option('--encoder <name|file>', "encoder (default: the run's)")
    .option('--overwrite', 'replace files in the way')
    .option('--strict', 'refuse an image that cannot be used; otherwise it is named and left out')
    .option('--json', 'print the result as JSON')
    .action(
      async (
        run: string,
        images: string[],
        flags: {
          out: string;
          weights: 'auto';
          format: 'png';
          encoder?: string;
          overwrite?: boolean;
          strict?: boolean;
          json?: boolean;
        },
      ) => {
        const progress = new Progress(process.stderr);
        const hooks = progress.hooks();
        const result = await predict({ ...flags, ...hooks, run, images, onImage: hooks.onTest });
        const text = `${result.predictions.length} ${flags.format} files in ${flags.out} (${result.weights} weights)`;
        print({ json: result, text }, progress, flags.json);
      },
    );
}

export function weightsOption(): Option {
  return new Option('--weights <name>', 'best, last, or auto: the best if the run validated, else the last')
    .choices(['auto', 'best', 'last'])
    .default('auto');
}
