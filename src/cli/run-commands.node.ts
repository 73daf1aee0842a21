import type { Command } from 'commander';
import { csvOf } from '../core/csv.ts';

import { refuseExisting, writeWhole } from '../core/files.node.ts';
import { evaluate, exportRun, predict } from '../index.ts';
import { evaluateSchema, exportSchema, predictSchema } from '../runs/settings.ts';
import { overwriteSetting } from '../settings/output.ts';
import { setting } from '../settings/setting.ts';
import { text } from '../settings/shared.ts';
import { commandOf } from './command.ts';
import { evaluationTable } from './tables.ts';

const csvFlags = {
  csv: setting(text.optional(), 'Output', 'Also write the scores to this CSV file, a row an image', {
    placeholder: 'file',
  }),
  overwrite: overwriteSetting('Replace that file'),
};

export function evaluateCommand(): Command {
  return commandOf(
    'evaluate',
    'Score the network of a run, image by image',
    { ...evaluateSchema.shape, ...csvFlags },
    async ({ csv, overwrite, ...options }, progress) => {
      if (csv && !overwrite) refuseExisting(csv);
      const hooks = progress.hooks();
      const result = await evaluate(options, { ...hooks, onImage: hooks.onTest });
      if (csv) await writeWhole(csv, csvOf(result.rows));
      const title = `${result.summary.images} images (${result.split}), ${result.weights} weights:`;
      return { json: result, text: `${title}\n${evaluationTable(result)}` };
    },
  );
}

export function predictCommand(): Command {
  return commandOf(
    'predict',
    'Apply the network of a run to images',
    predictSchema.shape,
    async (options, progress) => {
      const hooks = progress.hooks();
      const result = await predict(options, { ...hooks, onImage: hooks.onTest });
      const { format, out } = options;
      const text = `${result.predictions.length} ${format} files in ${out} (${result.weights} weights)`;
      return { json: result, text };
    },
  );
}

export function exportCommand(): Command {
  return commandOf(
    'export',
    'Write the network of a run to an ONNX file',
    exportSchema.shape,
    async (options, progress) => {
      const { metadata, ...result } = await exportRun(options, progress.hooks());
      const facts = Object.entries(metadata).map((fact) => `  ${fact.join(': ')}`);
      const text = [`${result.file}, ${(result.bytes / 1e6).toFixed(1)} MB`, ...facts].join('\n');
      return { json: { ...result, metadata }, text };
    },
  );
}
