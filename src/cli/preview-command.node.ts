import { Command } from 'commander';
import { preview } from '../index.ts';
import { type PreviewOptions, previewSchema } from '../settings/training.ts';
import { addFlags, givenSettings } from './flags.ts';
import { print } from './outcome.ts';
import { Progress } from './progress.ts';

export function previewCommand(): Command {
  const command = new Command('preview').description(
    'draw what pretraining would show the network of a few images, and ask of it: no training',
  );
  addFlags(command, previewSchema);
  command
    .option('--out <file>', 'picture to write', 'preview.png')
    .option('--overwrite', 'replace that file')
    .option('--json', 'print the result as JSON');
  return command.action(async () => {
    const { out, overwrite, json } = command.opts<{ out: string; overwrite?: boolean; json?: boolean }>();
    const progress = new Progress(process.stderr);
    const settings = givenSettings(command, previewSchema) as PreviewOptions;
    const result = await preview(settings, { ...progress.hooks(), out, overwrite });
    const text = [
      `${result.file}: ${result.columns.join(', ')} of, from the top:`,
      ...result.images.map((image) => `  ${image}`),
    ].join('\n');
    print({ json: result, text }, progress, json);
  });
}
