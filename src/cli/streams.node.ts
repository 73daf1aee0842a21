import { UserError } from '../core/errors.ts';

/** Done, but the result could not be printed: nobody reads it any more, or the disk behind it is full. */
const EXIT_UNPRINTED = 3;

/**
 * Lets the program go on when nobody reads its output any more (`| head`, a `tee` that Ctrl-C has ended), or when the disk
 * behind it is full: progress is lost without a word, of results the exit code tells, and of a full disk a message, too.
 */
export function outliveReaders(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    // Who has stopped reading knows it. Each write fails: told once.
    if (code !== 'EPIPE' && !process.exitCode) console.error(`fewmask: ${unprinted(code).message}`);
    process.exitCode ||= EXIT_UNPRINTED;
  });
}

function unprinted(code: string | undefined): UserError {
  return new UserError({
    what: 'standard output',
    got: `an error on writing (${code})`,
    expected: 'a place to print the result to',
    fix: 'what was done is kept, but what was printed is cut: check the room on the disk',
  });
}
