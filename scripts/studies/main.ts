// The studies whose tables are kept in docs/studies, and what documents say of them.
//
//   npm run studies:keep -- OUT NAME      takes what a study has found into docs/studies/NAME
//   npm run studies:check                 recomputes from the tables all that was found and all that documents quote of it
//   npm run studies:check -- --write      the same, and corrects the numbers in the documents
//
// A study that is not finished goes on with: npx fewmask study .. --known docs/studies/NAME

import { checkStudies } from './check.ts';
import { keepStudy } from './keep.ts';

const [command, ...args] = process.argv.slice(2);
if (command === 'keep' && args.length === 2) await keepStudy(args[0], args[1], '.');
else if (command === 'check' && args.every((arg) => arg === '--write')) {
  const well = await checkStudies({ root: '.', write: args.length > 0 });
  if (!well) process.exitCode = 1;
} else throw new Error('studies: got other arguments, expected keep OUT NAME, or check [--write]');
