import { releaseAll } from '../core/lock/held.node.ts';
import type { Outcome } from './outcome.ts';
import type { Progress } from './progress.ts';

/**
 * The first Ctrl-C asks the run to save and stop, the second ends the program at once; so does the first one while
 * nothing has been computed that could be lost.
 */
export function onInterrupt(progress: Progress): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const handle = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted || !progress.computing) {
      // As if unhandled: `process.exit` would wait for the step, then crash in the runtime's threads.
      release();
      releaseAll();
      process.kill(process.pid, signal);
      return;
    }
    progress.line('stopping after this step; press Ctrl-C again to stop at once');
    controller.abort();
  };
  const release = () => {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return { signal: controller.signal, release };
}

/** What comes of work that Ctrl-C stops, and that goes on where it was when the command is given again. */
export async function resumable<Result>(
  progress: Progress,
  work: (signal: AbortSignal) => Promise<Result | undefined>,
  textOf: (result: Result) => string,
): Promise<Outcome> {
  const { signal, release } = onInterrupt(progress);
  const result = await work(signal).finally(release);
  if (result !== undefined) return { json: result, text: textOf(result) };
  return { json: null, text: 'stopped; give the same command to continue', interrupted: true };
}
