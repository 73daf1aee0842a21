import { join, resolve } from 'node:path';
import { Command } from 'commander';
import * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { quoted } from '../core/shell.ts';
import { baselineText } from '../eval/baseline-names.ts';
import type { Output, PretrainOptions, PretrainSummary, TrainOptions, TrainSummary } from '../index.ts';
import { RUN_PATHS } from '../records/entries.ts';
import { type SettingsFile, settingsOfCommand } from '../settings/given.node.ts';
import { readMapping } from '../settings/mapping.node.ts';
import { outputSchema } from '../settings/output.ts';
import { parseSettings } from '../settings/parse.ts';
import { setting } from '../settings/setting.ts';
import { text } from '../settings/shared.ts';
import { pretrainSchema, trainSchema } from '../settings/training.ts';
import { json } from './command.ts';
import { addFlags, givenSettings } from './flags.ts';
import { onInterrupt } from './interrupt.node.ts';
import { library } from './library.ts';
import { type Outcome, print } from './outcome.ts';
import { formatDuration, Progress } from './progress.ts';
import { testTable } from './tables.ts';

const outputFlags = {
  config: setting(
    z.array(text).default([]),
    'Output',
    'Read settings from this YAML file, such as the config.yaml of a run. May be repeated: later ones override earlier ones, and flags all of them',
    { placeholder: 'file', repeated: true },
  ),
  set: setting(
    z.array(text).default([]),
    'Output',
    'Set a value of the settings file, also within others: seeds=5, arms.full.augment=strong. May be repeated; other flags override it',
    { placeholder: 'key=value', repeated: true },
  ),
  overwrite: outputSchema.shape.overwrite,
  resume: setting(
    z.union([z.boolean(), text]).default(false),
    'Output',
    'Continue what was stopped in this folder (default: that of --out). Its settings need not be repeated',
    { placeholder: 'dir' },
  ),
  pictures: outputSchema.shape.pictures,
  log: outputSchema.shape.log,
};

export type Runner<Flags> = (settings: Record<string, unknown>, output: Output & Flags) => Promise<Outcome>;

export function pretrainCommand(): Command {
  const description = 'Train the decoder as an autoencoder, on images without masks';
  return trainingCommand('pretrain', description, pretrainSchema, {}, runPretrain);
}

export function trainCommand(): Command {
  const description = 'Train a segmentation network on images with masks, and test it';
  return trainingCommand('train', description, trainSchema, {}, runTrain);
}

/** A command whose flags are the settings of a schema and which writes a folder. */
export function trainingCommand<Shape extends z.ZodRawShape>(
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
    const { config, set, resume, ...output } = parseSettings(flagsSchema, given);
    const folder = typeof resume === 'string' ? resume : output.out;
    if (given.out !== undefined && resolve(output.out) !== resolve(folder))
      throw twoFolders(folder, output.out);
    const files: SettingsFile[] = [];
    for (const path of config)
      files.push({ path, content: await readMapping(path, 'a YAML file of settings') });
    const flags = givenSettings(command, schema);
    const settings = settingsOfCommand(schema, { files, overrides: set, flags });
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

/** How what was stopped goes on. */
export function goOn(command: string, { out, known }: Output & { readonly known?: string }): string {
  const also = known === undefined ? '' : ` --known ${quoted(known)}`;
  return `stopped; continue with: npx fewmask ${command} --resume ${quoted(out)}${also}`;
}
