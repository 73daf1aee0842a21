/** Done, but the result could not be printed: nobody reads it any more, or the disk behind it is full. */
const EXIT_UNPRINTED = 3;

/**
 * Lets the program go on when nobody reads its output any more (`| head`, a `tee` that Ctrl-C has ended), or when the disk
 * behind it is full: progress is lost without a word, of results the exit code tells.
 */
export function outliveReaders(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', () => {
    process.exitCode ||= EXIT_UNPRINTED;
  });
}
