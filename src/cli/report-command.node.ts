import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { STUDY } from '../records/entries.ts';
import { reportSchema } from '../settings/tools.ts';
import { commandOf } from './command.ts';
import { library } from './library.ts';

export function reportCommand(): Command {
  return commandOf(
    'report',
    'Write the report.html of a run or a study again, from its folder, also if it is not finished',
    reportSchema.shape,
    async ({ folder, pictures, moreMasks }) => {
      const { writeReport, studyFindings } = await library();
      const report = await writeReport(folder, { pictures, moreMasks });
      if (!existsSync(join(folder, STUDY.findings.name))) return { json: { report }, text: report };
      const { more_masks = [] } = await studyFindings(folder);
      return {
        json: { report, ...(more_masks.length > 0 && { more_masks }) },
        text: [...more_masks.map(({ sentence }) => sentence), report].join('\n'),
      };
    },
  );
}
