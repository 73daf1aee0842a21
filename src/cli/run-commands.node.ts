import { join } from 'node:path';
import type { Command } from 'commander';
import type * as z from 'zod';
import { csvOf } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { refuseExisting, writeWhole } from '../core/files.node.ts';
import { expectApart } from '../core/place.node.ts';
import type { RunContext } from '../events/run-event.ts';
import { seenText } from '../runs/seen.ts';
import {
  evaluateSchema,
  exportOutputSchema,
  exportSchema,
  predictOutputSchema,
  predictSchema,
} from '../runs/settings.ts';
import { overwriteSetting } from '../settings/output.ts';
import { aboutSetting, setting } from '../settings/setting.ts';
import { text } from '../settings/shared.ts';
import { appliedText } from './applied-text.ts';
import { commandOf } from './command.ts';
import { expectedCheckText, expectedText } from './expected-text.ts';
import { library } from './library.ts';
import { EXIT_IN_PART, type Outcome } from './outcome.ts';
import { evaluationTable } from './tables.ts';

const csvFlags = {
  csv: setting(
    text.optional(),
    'Output',
    'Also write the scores to this CSV file, with a row for each image',
    {
      placeholder: 'file',
    },
  ),
  overwrite: overwriteSetting('Replace that file'),
};

const foldersOf = (data: string | undefined) =>
  data === undefined ? [] : ['images', 'masks'].map((name) => join(data, name));

export function evaluateCommand(): Command {
  return commandOf(
    'evaluate',
    'Score the network of a run, image by image',
    { ...evaluateSchema.shape, ...csvFlags },
    async ({ csv, overwrite, ...options }, context) => {
      if (csv && !overwrite) refuseExisting(csv);
      if (csv) expectApart(csv, { flag: '--csv', apart: [], closed: foldersOf(options.data) });
      const result = await (await library()).evaluate(options, context);
      if (csv) await writeWhole(csv, csvOf(result.rows));
      const title = `${result.summary.images} images (${result.split}), ${result.weights} weights:`;
      const known = result.seen ? `${seenText(result.seen)}\n` : '';
      const applied = appliedText(result.applied);
      const expected = result.expectation ? `\n${expectedCheckText(result.expectation)}` : '';
      return { json: result, text: `${title}\n${known}${applied}${evaluationTable(result)}${expected}` };
    },
  );
}

/** The library returns predictions where there is no folder; a command has to have one. */
const requiredOut = setting(text, 'Output', aboutSetting(predictOutputSchema.shape.out).description, {
  placeholder: 'dir',
});

export function predictCommand(): Command {
  return commandOf(
    'predict',
    'Apply the network of a run to images',
    { ...predictSchema.shape, ...predictOutputSchema.shape, out: requiredOut },
    async ({ out, format, overwrite, ...options }, context) => {
      const result = await (await library()).predict(options, { out, format, overwrite, ...context });
      const title = `${result.predictions.length} ${format} files in ${out} (${result.weights} weights)`;
      const found = result.predictions.reduce((sum, { objects = [] }) => sum + objects.length, 0);
      const table = result.objects ? `${found} objects in ${result.objects}\n` : '';
      const told = `${title}\n${table}${appliedText(result.applied)}`;
      const expected = result.expectation
        ? `${expectedText(result.expectation)}\nof each image: ${result.expected}`
        : '';
      const exitCode = result.unusable.length > 0 ? EXIT_IN_PART : 0;
      return { json: result, text: `${told}${expected}`.trimEnd(), exitCode };
    },
  );
}

/** What is written is a file, or with `--page` a folder. */
const exportPlace = {
  out: setting(text.optional(), 'Output', aboutSetting(exportOutputSchema.shape.out).description, {
    argument: true,
    placeholder: 'file',
  }),
  page: setting(
    text.optional(),
    'Output',
    "In place of a file: write this folder, a page for any static host that applies the network to a visitor's own images in the visitor's browser",
    { placeholder: 'dir' },
  ),
  overwrite: overwriteSetting('Replace that file, or the page in that folder'),
};

export function exportCommand(): Command {
  return commandOf(
    'export',
    'Write the network of a run for other programs: as ONNX, for PyTorch, or as a page',
    { ...exportSchema.shape, ...exportPlace },
    async ({ out, page, overwrite, ...options }, context) => {
      if (page !== undefined) return pageOutcome(page, { out, overwrite, options }, context);
      if (out === undefined) {
        throw new UserError({
          what: 'export',
          got: 'no place to write to',
          expected: 'a file, or --page',
          fix: 'name a file that ends in .onnx or .safetensors, or pass --page DIR',
        });
      }
      const { metadata, ...result } = await (await library()).exportRun(options, {
        out,
        overwrite,
        ...context,
      });
      const facts = Object.entries(metadata).map((fact) => `  ${fact.join(': ')}`);
      const text = [`${result.file}, ${(result.bytes / 1e6).toFixed(1)} MB`, ...facts].join('\n');
      return { json: { ...result, metadata }, text };
    },
  );
}

/** @throws UserError for what says how a file is written */
async function pageOutcome(
  page: string,
  {
    out,
    overwrite,
    options: { run, weights, encoder, ...ofFiles },
  }: {
    readonly out?: string;
    readonly overwrite: boolean;
    readonly options: z.output<typeof exportSchema>;
  },
  context: Pick<RunContext, 'onEvent'>,
): Promise<Outcome> {
  const usual: Readonly<Record<string, unknown>> = exportSchema.parse({ run });
  const given = Object.entries(ofFiles).find(([name, value]) => value !== usual[name])?.[0];
  if (out !== undefined || given !== undefined) {
    throw new UserError({
      what: '--page',
      got: out === undefined ? `${given}, which is of files` : `the file ${out}, too`,
      expected: 'a page alone',
      fix: 'leave out what is of the file, or --page',
    });
  }
  const place = { out: page, overwrite, ...context };
  const result = await (await library()).exportPage({ run, weights, encoder }, place);
  const text = `${result.folder}: ${result.files.length} files, ${(result.bytes / 1e6).toFixed(1)} MB; put them on any static host`;
  return { json: result, text };
}
