import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type * as z from 'zod';
import { UserError } from '../core/errors.ts';
import {
  explainStudy,
  type Output,
  type PretrainOptions,
  type PretrainSummary,
  planStudy,
  pretrain,
  type RunHooks,
  type StudyOptions,
  type StudySummary,
  study,
  type TrainOptions,
  train,
} from '../index.ts';
import { readMapping } from '../settings/mapping.node.ts';
import { pretrainSchema, trainSchema } from '../settings/training.ts';
import { studySchema } from '../study/config.ts';
import { addFlags, givenSettings } from './flags.ts';
import { onInterrupt } from './interrupt.node.ts';
import { type Outcome, print, quoted } from './outcome.ts';
import { planText } from './plan-text.ts';
import { formatDuration, Progress } from './progress.ts';
import { studyTable, testTable } from './tables.ts';

interface Flags {
  readonly config?: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly resume?: string | true;
  readonly pictures: boolean;
  readonly json?: boolean;
  /** Of a study. */
  readonly dryRun?: boolean;
  readonly known?: string;
}

type Runner = (
  settings: Record<string, unknown>,
  output: Output,
  hooks: RunHooks & ReturnType<Progress['hooks']>,
  flags: Flags,
) => Promise<Outcome>;

export function pretrainCommand(): Command {
  const description = 'train the decoder as an autoencoder on images without masks';
  return trainingCommand('pretrain', description, pretrainSchema, runPretrain);
}

export function trainCommand(): Command {
  const description = 'train a segmentation network on images with masks, and test it';
  return trainingCommand('train', description, trainSchema, runTrain);
}

export function studyCommand(): Command {
  const description = 'compare decoders that start from scratch or from pretraining, over seeds';
  return trainingCommand('study', description, studySchema, runStudy)
    .option('--dry-run', 'only tell what would be done, and about how long and how much room it takes')
    .option(
      '--known <dir>',
      'tables of this study from elsewhere; runs that have rows there are not done again',
    );
}

/** A command whose flags are the settings of a schema and which writes a folder. */
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
    .option(
      '--resume [dir]',
      'go on with what was stopped in that folder (default: --out); its settings need not be repeated',
    )
    .addOption(picturesOption())
    .option('--json', 'print the result as JSON');
  return command.action(async () => {
    const flags = command.opts<Flags>();
    if (typeof flags.resume === 'string' && flags.out && resolve(flags.out) !== resolve(flags.resume)) {
      throw new UserError({
        what: '--resume',
        got: `${flags.resume} beside --out ${flags.out}`,
        expected: 'one folder, in which the run goes on',
        fix: 'leave one of them out',
      });
    }
    const settings = { ...(await settingsFile(flags.config)), ...givenSettings(command, schema) };
    const output = {
      out: flags.out ?? (typeof flags.resume === 'string' ? flags.resume : join('runs', name)),
      overwrite: flags.overwrite,
      resume: flags.resume !== undefined,
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
      print(await runner(settings, output, hooks, flags), progress, flags.json);
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

async function settingsFile(path: string | undefined): Promise<Record<string, unknown>> {
  if (!path) return {};
  // A run's own config.yaml says of which kind it is.
  const { kind, ...settings } = await readMapping(path, 'a YAML file of settings');
  return settings;
}

const runPretrain: Runner = async (settings, output, hooks) => {
  const summary = await pretrain(settings as PretrainOptions, output, hooks);
  return {
    json: { ...summary, out: output.out },
    interrupted: summary.interrupted,
    text: [
      `${pretrained(summary)} in ${formatDuration(summary.seconds)}${reachedBy(summary)}`,
      summary.interrupted
        ? goOn('pretrain', output)
        : `next: npx fewmask train --pretrained ${quoted(output.out)} ...`,
      `report: ${join(output.out, 'report.html')}`,
    ].join('\n'),
  };
};

const pretrained = ({ method, steps, images }: PretrainSummary) =>
  method === 'statistics'
    ? `took the statistics of ${images} images`
    : `pretrained ${steps} steps on ${images} images`;

function reachedBy({ method, val_mse: mse, val_psnr: psnr, best_epoch: epoch }: PretrainSummary): string {
  if (method === 'statistics') return '; nothing was learned';
  if (mse === undefined) return '';
  const scale = psnr === undefined ? 'of the noise, whose own is 1' : `PSNR ${psnr.toFixed(2)} dB`;
  return `, lowest validation MSE ${mse.toFixed(6)} (${scale}) in epoch ${epoch}`;
}

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

const runStudy: Runner = async (settings, output, hooks, { dryRun, known }) => {
  if (dryRun) {
    const plan = await planStudy(settings as StudyOptions, { ...output, known }, hooks);
    return { json: plan, interrupted: false, text: planText(plan) };
  }
  const place = { ...output, known };
  return studyOutcome(await study(settings as StudyOptions, place, hooks), place);
};

/** A study's table, what it means, and where the report is. */
export async function studyOutcome(
  summary: StudySummary,
  output: Output & { readonly known?: string },
): Promise<Outcome> {
  return {
    json: { ...summary, out: output.out },
    interrupted: summary.interrupted,
    text: [
      summary.arms.length > 0
        ? `${studyTable(summary.arms)}\nDice: overlap with the true masks, from 0 to 1. Native: at the images' own size;\nnetwork: at the size the network works at, also in the seed columns.\n\n${(await explainStudy(output.out)).join('\n')}\n`
        : 'no run was finished',
      summary.interrupted ? goOn('study', output) : `done in ${formatDuration(summary.seconds)}`,
      `report: ${join(output.out, 'report.html')}`,
    ].join('\n'),
  };
}

function goOn(command: string, { out, known }: Output & { readonly known?: string }): string {
  const also = known === undefined ? '' : ` --known ${quoted(known)}`;
  return `stopped; go on with: npx fewmask ${command} --resume ${quoted(out)}${also}`;
}
