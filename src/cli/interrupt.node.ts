import { releaseAll } from '../records/lock.node.ts';
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
