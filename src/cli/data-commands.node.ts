import { Command } from 'commander';
import { synthesise } from '../index.ts';
import { syntheticSchema } from '../settings/synthetic.ts';
import { dataCheckCommand } from './data-check.node.ts';
import { addFlags, givenSettings } from './flags.ts';
import { print, quoted } from './outcome.ts';
import { Progress } from './progress.ts';

/** `fewmask data` and its commands. */
export function dataCommand(): Command {
  const group = new Command('data').description('make and check data folders');
  for (const command of [synthCommand, dataCheckCommand]) group.addCommand(command());
  return group;
}

function synthCommand(): Command {
  const command = new Command('synth').description(
    'draw images like those of endoscopy, with lesions and their masks',
  );
  addFlags(command, syntheticSchema);
  command
    .requiredOption('--out <dir>', 'folder to write')
    .option('--overwrite', 'replace an earlier synthetic set in that folder')
    .option('--json', 'print the result as JSON');
  return command.action(async () => {
    const { out, overwrite, json } = command.opts<{ out: string; overwrite?: boolean; json?: boolean }>();
    const progress = new Progress(process.stderr);
    const settings = givenSettings(command, syntheticSchema);
    const onImage = (done: number, total: number) => progress.count('drawing', done, total);
    const summary = await synthesise(settings, { out, overwrite }, { onImage });
    const { images, labelled, test, size } = summary;
    const text = [
      `${images} images of ${size} in ${out}: ${test} to test on, ${labelled} with masks to train on, ${images - test - labelled} without masks`,
      `next: npx fewmask study --data ${quoted(out)} ...`,
    ].join('\n');
    print({ json: { ...summary, out }, text }, progress, json);
  });
}
