import { Command } from 'commander';
import { checkData } from '../index.ts';
import { dataCheckText } from './data-check-text.ts';
import { print } from './outcome.ts';
import { Progress } from './progress.ts';

/** Of `--strict`: the same as for any other mistake in the input. */
const EXIT_PROBLEMS = 2;

/** `fewmask data check`. */
export function dataCheckCommand(): Command {
  return new Command('check')
    .description('say what folders of images hold, what is wrong, and which images are duplicates')
    .argument('<dir>', 'data folder, or folder of plain images')
    .argument('[also...]', 'more folders, whose images are compared with those of the first')
    .option('--strict', 'exit with 2 if there are problems')
    .option('--json', 'print the result as JSON')
    .action(async (dir: string, also: string[], flags: { strict?: boolean; json?: boolean }) => {
      const progress = new Progress(process.stderr);
      const check = await checkData(dir, { also, onProgress: progress.hooks().onLoad });
      print({ json: check, text: dataCheckText(check) }, progress, flags.json);
      const problems = [check, ...(check.also ?? [])].flatMap((folder) => folder.problems);
      if (flags.strict && problems.length > 0) process.exitCode = EXIT_PROBLEMS;
    });
}
