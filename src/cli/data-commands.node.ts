import { Command } from 'commander';
import { quoted } from '../core/shell.ts';
import { outputSchema, overwriteSetting } from '../settings/output.ts';
import { syntheticSchema } from '../settings/synthetic.ts';
import { commandOf } from './command.ts';
import { dataCheckCommand } from './data-check.node.ts';
import { dataConvertCommand } from './data-convert.node.ts';
import { library } from './library.ts';

/** `fewmask data` and its commands. */
export function dataCommand(): Command {
  const group = new Command('data').description('Make, check and convert data folders');
  for (const command of [synthCommand, dataCheckCommand, dataConvertCommand]) group.addCommand(command());
  return group;
}

const outputFlags = {
  out: outputSchema.shape.out,
  overwrite: overwriteSetting('Replace an earlier synthetic set in that folder'),
};

function synthCommand(): Command {
  return commandOf(
    'synth',
    'Draw images like those of endoscopy, with lesions and their masks',
    { ...syntheticSchema.shape, ...outputFlags },
    async ({ out, overwrite, ...settings }, context) => {
      const summary = await (await library()).synthesise(settings, { out, overwrite, ...context });
      const { images, labelled, test, size } = summary;
      const text = [
        `${images} images of ${size} in ${out}: ${test} with masks to test on, ${labelled} with masks to train on, ${images - test - labelled} without masks`,
        `next: npx fewmask study --data ${quoted(out)} ...`,
      ].join('\n');
      return { json: { ...summary, out }, text };
    },
  );
}
