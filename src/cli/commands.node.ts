import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { writeWhole } from '../core/files.node.ts';
import {
  evaluate,
  type Output,
  type PretrainOptions,
  predict,
  pretrain,
  type RunHooks,
  type StudyOptions,
  study,
  type TrainOptions,
  train,
} from '../index.ts';
import { readMapping } from '../runs/open-run.node.ts';
import { pretrainSchema, studySchema, trainSchema } from '../train/config.ts';
import { csvOf, manifest } from '../train/run-folder.node.ts';
import { testRow } from '../train/train.node.ts';
import { addFlags, givenSettings } from './flags.ts';
import { formatDuration, Progress } from './progress.ts';
import { evaluationTable, studyTable, testTable } from './tables.ts';

/** Ended by Ctrl-C, as shells count it. */
const EXIT_INTERRUPTED = 130;

/** What a command came to: printed as text, or as JSON. */
interface Outcome {
  readonly text: string;
  readonly json: unknown;
  readonly interrupted?: boolean;
}

/** `fewmask` and its commands. */
export function program(): Command {
  const root = new Command('fewmask')
    .description(
      'Train a segmentation network from few masks and many plain images, and know whether the pretraining taught it anything.',
    )
    .version(manifest.version);
  root.addCommand(
    trainingCommand(
      'pretrain',
      'train the decoder as an autoencoder on images without masks',
      pretrainSchema,
      runPretrain,
    ),
  );
  root.addCommand(
    trainingCommand(
      'train',
      'train a segmentation network on images with masks, and test it',
      trainSchema,
      runTrain,
    ),
  );
  root.addCommand(evaluateCommand());
  root.addCommand(predictCommand());
  root.addCommand(
    trainingCommand(
      'study',
      'compare decoders that start from scratch or from pretraining, over seeds',
      studySchema,
      runStudy,
    ),
  );
  return root;
}

type Runner = (
  settings: Record<string, unknown>,
  output: Output,
  hooks: RunHooks & ReturnType<Progress['hooks']>,
) => Promise<Outcome>;

function trainingCommand(name: string, description: string, schema: z.ZodObject, runner: Runner): Command {
  const command = new Command(name).description(description);
  addFlags(command, schema);
  command
    .option(
      '--config <file>',
      'settings from a YAML file, such as the config.yaml of a run; flags come first',
    )
    .option('--out <dir>', `folder to write (default: runs/${name})`)
    .option('--overwrite', 'replace an earlier run in that folder')
    .addOption(picturesOption())
    .option('--json', 'print the result as JSON');
  return command.action(async () => {
    const flags = command.opts<{
      config?: string;
      out?: string;
      overwrite?: boolean;
      pictures: boolean;
      json?: boolean;
    }>();
    const settings = { ...(await settingsFile(flags.config)), ...givenSettings(command, schema) };
    const output = {
      out: flags.out ?? join('runs', name),
      overwrite: flags.overwrite,
      pictures: flags.pictures,
    };
    const progress = new Progress(process.stderr);
    const interrupt = onInterrupt(progress);
    try {
      const hooks = {
        ...progress.hooks(),
        command: ['fewmask', ...process.argv.slice(2)].map(quoted).join(' '),
        signal: interrupt.signal,
      };
      print(await runner(settings, output, hooks), progress, flags.json);
    } finally {
      interrupt.release();
    }
  });
}

/** `--images DIR` names a folder, `--no-images` leaves pictures out: commander would give both one name. */
function picturesOption(): Option {
  const option = new Option('--no-images', 'leave pictures of the data out of folder and report').default(
    true,
  );
  option.attributeName = () => 'pictures';
  return option;
}

const runPretrain: Runner = async (settings, output, hooks) => {
  const summary = await pretrain(settings as PretrainOptions, output, hooks);
  const reached =
    summary.val_mse === undefined
      ? ''
      : `, lowest validation MSE ${summary.val_mse.toFixed(6)} (PSNR ${summary.val_psnr!.toFixed(2)} dB) in epoch ${summary.best_epoch}`;
  return {
    json: { ...summary, out: output.out },
    interrupted: summary.interrupted,
    text: [
      `pretrained ${summary.steps} steps on ${summary.images} images in ${formatDuration(summary.seconds)}${reached}`,
      summary.interrupted
        ? goOn('pretrain', output)
        : `next: fewmask train --pretrained ${quoted(output.out)} ...`,
      `report: ${join(output.out, 'report.html')}`,
    ].join('\n'),
  };
};

const runTrain: Runner = async (settings, output, hooks) => {
  const summary = await train(settings as TrainOptions, output, hooks);
  const reached =
    summary.best_val_dice === undefined
      ? ''
      : `, best validation Dice ${summary.best_val_dice.toFixed(4)} in epoch ${summary.best_epoch}`;
  const tested = summary.test
    ? [`${summary.test.images} test images, ${summary.tested} weights:`, testTable(summary.test)]
    : ['not tested'];
  return {
    json: { ...summary, out: output.out },
    interrupted: summary.interrupted,
    text: [
      `trained ${summary.steps} steps on ${summary.images} images in ${formatDuration(summary.seconds)}${reached}`,
      ...(summary.interrupted ? [goOn('train', output)] : tested),
      `report: ${join(output.out, 'report.html')}`,
    ].join('\n'),
  };
};

const runStudy: Runner = async (settings, output, hooks) => {
  const summary = await study(settings as StudyOptions, output, hooks);
  return {
    json: { ...summary, out: output.out },
    interrupted: summary.interrupted,
    text: [
      summary.arms.length > 0
        ? `${studyTable(summary)}\nseed columns: Dice at network size`
        : 'no run was finished',
      summary.interrupted
        ? `stopped; finished runs are in ${output.out}`
        : `done in ${formatDuration(summary.seconds)}`,
      `report: ${join(output.out, 'report.html')}`,
    ].join('\n'),
  };
};

function goOn(command: 'pretrain' | 'train', { out }: Output): string {
  const weights = join(out, 'weights', 'last.safetensors');
  return `stopped; the weights are kept. Go on from them (the optimizer starts anew): fewmask ${command} --init ${quoted(weights)} ...`;
}

function evaluateCommand(): Command {
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
    .option('--encoder <file>', "encoder weights (default: the run's)")
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
        const result = await evaluate({ ...flags, run, onImage: progress.hooks().onTest });
        if (flags.csv) {
          await writeWhole(
            flags.csv,
            csvOf(
              result.kind === 'segmentation'
                ? result.scores.map(testRow)
                : result.scores.map((row) => ({ ...row })),
            ),
          );
        }
        const title = `${result.summary.images} images (${result.split}), ${result.weights} weights:`;
        print({ json: result, text: `${title}\n${evaluationTable(result)}` }, progress, flags.json);
      },
    );
}

function predictCommand(): Command {
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
    .option('--encoder <file>', "encoder weights (default: the run's)")
    .option('--overwrite', 'replace files in the way')
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
          json?: boolean;
        },
      ) => {
        const progress = new Progress(process.stderr);
        const result = await predict({ ...flags, run, images, onImage: progress.hooks().onTest });
        const text = `${result.predictions.length} ${flags.format} files in ${flags.out} (${result.weights} weights)`;
        print({ json: result, text }, progress, flags.json);
      },
    );
}

function weightsOption(): Option {
  return new Option('--weights <name>', 'best, last, or auto: the best if the run validated, else the last')
    .choices(['auto', 'best', 'last'])
    .default('auto');
}

async function settingsFile(path: string | undefined): Promise<Record<string, unknown>> {
  if (!path) return {};
  // A run's own config.yaml says of which kind it is.
  const { kind, ...settings } = await readMapping(path, 'a YAML file of settings');
  return settings;
}

function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new UserError({ what: path, got: 'a file in the way', expected: 'none', fix: 'pass --overwrite' });
}

function print(outcome: Outcome, progress: Progress, json = false): void {
  progress.clear();
  console.log(json ? JSON.stringify(outcome.json, null, 2) : outcome.text);
  if (outcome.interrupted) process.exitCode = EXIT_INTERRUPTED;
}

/** The first Ctrl-C asks the run to save and stop, the second ends the program at once. */
function onInterrupt(progress: Progress) {
  const controller = new AbortController();
  const handle = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      // As if unhandled: `process.exit` would wait for the step, then crash in the runtime's threads.
      release();
      process.kill(process.pid, signal);
      return;
    }
    progress.line('stopping after this step (Ctrl-C again: at once)');
    controller.abort();
  };
  const release = () => {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return { signal: controller.signal, release };
}

/** For a shell to read. */
function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
