import { join, resolve } from 'node:path';
import { Command } from 'commander';
import * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { baselineText } from '../eval/baseline-names.ts';
import type {
  Output,
  PretrainOptions,
  PretrainSummary,
  StudyOptions,
  StudySummary,
  TrainOptions,
  TrainSummary,
} from '../index.ts';
import { RUN_PATHS } from '../records/entries.ts';
import { laidOver } from '../settings/augmentation.ts';
import { readMapping } from '../settings/mapping.node.ts';
import { outputSchema, planSchema } from '../settings/output.ts';
import { parseSettings } from '../settings/parse.ts';
import { setting } from '../settings/setting.ts';
import { text } from '../settings/shared.ts';
import { pretrainSchema, trainSchema } from '../settings/training.ts';
import { studySchema } from '../study/config.ts';
import { json } from './command.ts';
import { addFlags, givenSettings } from './flags.ts';
import { onInterrupt } from './interrupt.node.ts';
import { library } from './library.ts';
import { type Outcome, print, quoted } from './outcome.ts';
import { planText } from './plan-text.ts';
import { formatDuration, Progress } from './progress.ts';
import { studyTable, testTable } from './tables.ts';

const outputFlags = {
  config: setting(
    text.optional(),
    'Output',
    'Read settings from this YAML file, such as the config.yaml of a run. Flags override it',
    { placeholder: 'file' },
  ),
  overwrite: outputSchema.shape.overwrite,
  resume: setting(
    z.union([z.boolean(), text]).default(false),
    'Output',
    'Continue what was stopped in this folder (default: that of --out). Its settings need not be repeated',
    { placeholder: 'dir' },
  ),
  pictures: outputSchema.shape.pictures,
};

const studyFlags = {
  known: planSchema.shape.known,
  dryRun: setting(
    z.boolean().default(false),
    'Output',
    'Only show what would be done, and estimate time, memory and disk space, and which differences it could show',
  ),
  like: planSchema.shape.like,
  difference: planSchema.shape.difference,
};

type Runner<Flags> = (settings: Record<string, unknown>, output: Output & Flags) => Promise<Outcome>;

export function pretrainCommand(): Command {
  const description = 'Train the decoder as an autoencoder, on images without masks';
  return trainingCommand('pretrain', description, pretrainSchema, {}, runPretrain);
}

export function trainCommand(): Command {
  const description = 'Train a segmentation network on images with masks, and test it';
  return trainingCommand('train', description, trainSchema, {}, runTrain);
}

export function studyCommand(): Command {
  const description = 'Compare decoders that start from scratch with pretrained ones, over several seeds';
  return trainingCommand('study', description, studySchema, studyFlags, runStudy);
}

/** A command whose flags are the settings of a schema and which writes a folder. */
function trainingCommand<Shape extends z.ZodRawShape>(
  name: string,
  description: string,
  schema: z.ZodObject,
  ownFlags: Shape,
  runner: Runner<z.output<z.ZodObject<Shape>>>,
): Command {
  const out = setting(text.default(join('runs', name)), 'Output', 'Folder to write', { placeholder: 'dir' });
  const flagsSchema = z.strictObject({ out, ...outputFlags });
  const ownSchema = z.strictObject(ownFlags);
  const command = new Command(name).description(description);
  addFlags(command, schema.extend({ ...flagsSchema.shape, ...ownFlags, json }));
  return command.action(async () => {
    const given = givenSettings(command, flagsSchema);
    const own = parseSettings(ownSchema, givenSettings(command, ownSchema));
    const { config, resume, ...output } = parseSettings(flagsSchema, given);
    const folder = typeof resume === 'string' ? resume : output.out;
    if (given.out !== undefined && resolve(output.out) !== resolve(folder))
      throw twoFolders(folder, output.out);
    const settings = laidOver(await settingsFile(config), givenSettings(command, schema));
    const progress = new Progress(process.stderr);
    const interrupt = onInterrupt(progress);
    try {
      const caller = {
        onEvent: progress.listen,
        command: ['fewmask', ...process.argv.slice(2)].map(quoted).join(' '),
        signal: interrupt.signal,
      };
      const place = { ...output, out: folder, resume: resume !== false, ...own, ...caller };
      print(await runner(settings, place), progress, command.opts<{ json?: true }>().json);
    } finally {
      interrupt.release();
    }
  });
}

function twoFolders(resumed: string, out: string): UserError {
  return new UserError({
    what: '--resume',
    got: `${resumed}, but also --out ${out}`,
    expected: 'one folder, in which the run continues',
    fix: 'leave out one of them',
  });
}

async function settingsFile(path: string | undefined): Promise<Record<string, unknown>> {
  if (!path) return {};
  // A run's own config.yaml says of which kind it is.
  const { kind, ...settings } = await readMapping(path, 'a YAML file of settings');
  return settings;
}

const runPretrain: Runner<object> = async (settings, output) => {
  const summary = await (await library()).pretrain(settings as PretrainOptions, output);
  return {
    json: { ...summary, out: output.out },
    interrupted: summary.interrupted,
    text: [
      `${pretrained(summary)} in ${formatDuration(summary.seconds)}${reachedBy(summary)}`,
      summary.interrupted
        ? goOn('pretrain', output)
        : `next: npx fewmask train --pretrained ${quoted(output.out)} ...`,
      `report: ${join(output.out, RUN_PATHS.report)}`,
    ].join('\n'),
  };
};

const pretrained = ({ method, steps, images }: PretrainSummary) =>
  method === 'statistics'
    ? `computed the statistics of ${images} images`
    : `pretrained ${steps} steps on ${images} images`;

function reachedBy({ method, val_mse: mse, val_psnr: psnr, best_epoch: epoch }: PretrainSummary): string {
  if (method === 'statistics') return '; nothing was learned';
  if (mse === undefined) return '';
  const scale = psnr === undefined ? 'of the noise, whose variance is 1' : `PSNR ${psnr.toFixed(2)} dB`;
  return `, lowest validation MSE ${mse.toFixed(6)} (${scale}) in epoch ${epoch}`;
}

const runTrain: Runner<object> = async (settings, output) => {
  const summary = await (await library()).train(settings as TrainOptions, output);
  const reached =
    summary.best_val_dice === undefined
      ? ''
      : `, best validation Dice ${summary.best_val_dice.toFixed(4)} in epoch ${summary.best_epoch}`;
  const tested = summary.test
    ? [
        `${summary.test.images} test images, ${summary.tested} weights:`,
        testTable(summary.test),
        ...baselineLine(summary),
      ]
    : ['not tested'];
  return {
    json: { ...summary, out: output.out },
    interrupted: summary.interrupted,
    text: [
      `trained ${summary.steps} steps on ${imagesOf(summary)} in ${formatDuration(summary.seconds)}${reached}`,
      ...(summary.interrupted ? [goOn('train', output)] : tested),
      `report: ${join(output.out, RUN_PATHS.report)}`,
    ].join('\n'),
  };
};

/** What costs nothing, beside the network, in a line. */
function baselineLine({ test, baselines }: TrainSummary): string[] {
  if (!test || !baselines) return [];
  const each = Object.entries(baselines).map(([name, dice]) => `${dice.toFixed(3)} ${baselineText(name)}`);
  return [`Dice at network size ${test.network.dice.mean.toFixed(3)}; without a network: ${each.join(', ')}`];
}

const imagesOf = ({ images, plain }: TrainSummary) =>
  plain === undefined ? `${images} images` : `${images} images with masks and ${plain} without`;

interface StudyFlags {
  readonly known?: string;
  readonly dryRun: boolean;
  readonly like?: string;
  readonly difference?: number;
}

const runStudy: Runner<StudyFlags> = async (settings, output) => {
  const { dryRun, like, difference, ...place } = output;
  if (!dryRun) {
    if (like !== undefined || difference !== undefined) throw withoutDryRun(like === undefined);
    return studyOutcome(await (await library()).study(settings as StudyOptions, place), place);
  }
  const plan = await (await library()).planStudy(settings as StudyOptions, { ...place, like, difference });
  return { json: plan, text: planText(plan) };
};

function withoutDryRun(difference: boolean): UserError {
  return new UserError({
    what: difference ? '--difference' : '--like',
    got: 'a study that is to be made',
    expected: 'it together with --dry-run, as it only says what a study could show',
    fix: 'add --dry-run, or leave it out',
  });
}

/** A study's table, what it means, and where the report is. */
export async function studyOutcome(
  summary: StudySummary,
  output: Output & { readonly known?: string },
): Promise<Outcome> {
  const { explainStudy, studyFindings } = await library();
  const { more_masks } = await studyFindings(output.out);
  return {
    json: { ...summary, ...(more_masks && { more_masks }), out: output.out },
    interrupted: summary.interrupted,
    text: [
      summary.arms.length > 0
        ? `${studyTable(summary.arms)}\nDice: overlap with the true masks, from 0 to 1. Native: at the size of each image.\nNetwork: at the size of the network's input, as in the columns of the seeds.\n\n${(await explainStudy(output.out)).join('\n')}\n`
        : 'no run is finished',
      summary.interrupted ? goOn('study', output) : `done in ${formatDuration(summary.seconds)}`,
      `report: ${join(output.out, RUN_PATHS.report)}`,
    ].join('\n'),
  };
}

function goOn(command: string, { out, known }: Output & { readonly known?: string }): string {
  const also = known === undefined ? '' : ` --known ${quoted(known)}`;
  return `stopped; continue with: npx fewmask ${command} --resume ${quoted(out)}${also}`;
}
