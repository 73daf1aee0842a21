import { Command } from 'commander';
import { writeReport } from '../index.ts';
import { print } from './outcome.ts';
import { Progress } from './progress.ts';

export function reportCommand(): Command {
  return new Command('report')
    .description('write report.html of a run or a study anew, from what its folder holds, finished or not')
    .argument('<dir>', 'folder of a run or a study')
    .option('--no-images', 'leave pictures of the data out')
    .option('--json', 'print the result as JSON')
    .action(async (dir: string, { images, json }: { images: boolean; json?: boolean }) => {
      const report = await writeReport(dir, { images });
      print({ json: { report }, text: report }, new Progress(process.stderr), json);
    });
}
