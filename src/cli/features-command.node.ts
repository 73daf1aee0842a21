import type { Command } from 'commander';
import { featuresOutputSchema, featuresSchema } from '../settings/features.ts';
import { aboutSetting, setting } from '../settings/setting.ts';
import { text } from '../settings/shared.ts';
import { commandOf } from './command.ts';
import { library } from './library.ts';

/** The library returns features where there is no folder; a command has to have one. */
const out = setting(text, 'Output', aboutSetting(featuresOutputSchema.shape.out).description, {
  placeholder: 'dir',
});

export function featuresCommand(): Command {
  return commandOf(
    'features',
    "Write an encoder's outputs for images",
    { ...featuresSchema.shape, ...featuresOutputSchema.shape, out },
    async ({ out, overwrite, ...options }, context) => {
      const result = await (await library()).features(options, { out, overwrite, ...context });
      const taps = Object.keys(result.images[0].files ?? {});
      const text = `${result.images.length} images, taps ${taps.join(', ')} of ${result.encoder.name}, in ${out}`;
      return { json: result, text };
    },
  );
}
