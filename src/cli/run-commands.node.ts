import { join } from 'node:path';
import type { Command } from 'commander';
import { csvOf } from '../core/csv.ts';
import { refuseExisting, writeWhole } from '../core/files.node.ts';
import { expectApart } from '../core/place.node.ts';
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
      return { json: result, text: `${told}${expected}`.trimEnd() };
    },
  );
}

export function exportCommand(): Command {
  return commandOf(
    'export',
    'Write the network of a run for other programs: as ONNX, or for PyTorch',
    { ...exportSchema.shape, ...exportOutputSchema.shape },
    async ({ out, overwrite, ...options }, context) => {
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
