// The studies whose tables are kept in docs/studies, and what documents say of them.
//
//   npm run studies:keep -- OUT NAME              takes what a study has found into docs/studies/NAME
//   npm run studies:check                         recomputes from the tables what was found and what documents quote of it
//   npm run studies:check -- --write              the same, and corrects the numbers in the documents
//   npm run studies:again -- NAME ARM SEED ..     does an arm's runs of one seed again, and compares their rows; .. = flags
//
// A study that is not finished goes on with: npx fewmask study .. --known docs/studies/NAME

import { UserError } from '../../src/core/errors.ts';
import { runAgain } from './again.ts';
import { checkStudies } from './check.ts';
import { keepStudy } from './keep.ts';

const root = '.';
const [command, ...args] = process.argv.slice(2);

/** Whether all is well. */
async function perform(): Promise<boolean> {
  if (command === 'keep' && args.length === 2) {
    const [out, name] = args;
    await keepStudy(out, name, root);
    return true;
  }
  if (command === 'check' && args.every((arg) => arg === '--write')) {
    return checkStudies({ root, write: args.length > 0 });
  }
  if (command === 'again' && args.length >= 3) {
    const [name, arm, seed, ...flags] = args;
    return runAgain({ name, arm, seed, flags, root });
  }
  throw new UserError({
    what: 'arguments',
    got: [command, ...args].join(' '),
    expected: 'keep OUT NAME, check [--write], or again NAME ARM SEED ..',
    fix: 'see the head of scripts/studies/main.ts',
  });
}

try {
  if (!(await perform())) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`studies: ${error.message}`);
  process.exitCode = 2;
}
