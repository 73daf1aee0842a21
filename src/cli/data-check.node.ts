import type { Command } from 'commander';
import * as z from 'zod';
import { setting } from '../settings/setting.ts';
import { checkSchema } from '../settings/tools.ts';
import { commandOf } from './command.ts';
import { dataCheckText } from './data-check-text.ts';
import { library } from './library.ts';

/** Of `--strict`: the same as for any other mistake in the input. */
const EXIT_PROBLEMS = 2;

const strict = setting(z.boolean().default(false), 'Output', 'Exit with code 2 if there are problems');

/** `fewmask data check`. */
export function dataCheckCommand(): Command {
  return commandOf(
    'check',
    'Show what folders of images hold, what is wrong with it, and which images are duplicates',
    { ...checkSchema.shape, strict },
    async ({ strict, ...options }, context) => {
      const check = await (await library()).checkData(options, context);
      const problems = [check, ...(check.also ?? [])].flatMap((folder) => folder.problems);
      const exitCode = strict && problems.length > 0 ? EXIT_PROBLEMS : undefined;
      return { json: check, text: dataCheckText(check), exitCode };
    },
  );
}
