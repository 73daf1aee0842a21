import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { UserError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { flagOf } from './flags.ts';
import { outliveSession } from './interrupt.node.ts';
import { program, withNested } from './program.node.ts';
import { outliveReaders } from './streams.node.ts';

/** Exit codes: 0 done, 1 a bug, 2 a mistake in the input, 3 done but not printed, 4 done but for files that could not be used, 130 ended by Ctrl-C. */
const EXIT_BUG = 1;
const EXIT_USER_ERROR = 2;

/** What commander finds wrong with the arguments, in one line like all other mistakes. */
function outputError(message: string, write: (text: string) => void): void {
  const text = message.replace(/^error: /, '').replace(/\.?\n/g, ' ');
  write(`fewmask: ${printable(text.trim())}; see --help\n`);
}

/** A mistake in a setting, told by the flag if it came by one. */
function asGiven(error: UserError): UserError {
  const flag = flagOf(error.complaint.what);
  const isGiven = process.argv.some((word) => word === flag || word.startsWith(`${flag}=`));
  return isGiven ? new UserError({ ...error.complaint, what: flag }) : error;
}

outliveReaders();
outliveSession();
try {
  const root = program();
  for (const command of withNested(root)) command.exitOverride().configureOutput({ outputError });
  await root.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USER_ERROR;
  else if (error instanceof UserError) {
    console.error(printable(`fewmask: ${asGiven(error).message}`));
    process.exitCode = EXIT_USER_ERROR;
  } else {
    console.error(printable(inspect(error)));
    process.exitCode = EXIT_BUG;
  }
}
