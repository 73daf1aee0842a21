import type { Command } from 'commander';
import { reportSchema } from '../settings/tools.ts';
import { commandOf } from './command.ts';
import { library } from './library.ts';

export function reportCommand(): Command {
  return commandOf(
    'report',
    'Write the report.html of a run or a study again, from its folder, also if it is not finished',
    reportSchema.shape,
    async ({ folder, pictures }) => {
      const report = await (await library()).writeReport(folder, { pictures });
      return { json: { report }, text: report };
    },
  );
}
