import type { Command } from 'commander';
import { overwriteSetting } from '../settings/output.ts';
import { setting } from '../settings/setting.ts';
import { text } from '../settings/shared.ts';
import { previewSchema } from '../settings/training.ts';
import { commandOf } from './command.ts';
import { library } from './library.ts';

const outputFlags = {
  out: setting(text.default('preview.png'), 'Output', 'Picture to write', { placeholder: 'file' }),
  overwrite: overwriteSetting('Replace that file'),
};

export function previewCommand(): Command {
  return commandOf(
    'preview',
    'Draw the inputs and targets that pretraining would show the network for a few images. Nothing is trained',
    { ...previewSchema.shape, ...outputFlags },
    async ({ out, overwrite, ...settings }, context) => {
      const result = await (await library()).preview(settings, { ...context, out, overwrite });
      const text = [
        `${result.file}: ${result.columns.join(', ')} of these images, from top to bottom:`,
        ...result.images.map((image) => `  ${image}`),
      ].join('\n');
      return { json: result, text };
    },
  );
}
