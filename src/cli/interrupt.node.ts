import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { releaseAll } from '../core/lock/held.node.ts';
import type { Outcome } from './outcome.ts';
import type { Progress } from './progress.ts';

/**
 * Whether what is printed goes to files or nowhere, as under `nohup`, and so needs nobody who reads it. Where input comes from says nothing:
 * not every `nohup` takes the terminal away.
 *
 * @param streams descriptors
 */
export function goesNowhere(streams: readonly number[]): boolean {
  return streams.every((stream) => {
    const stat = fstatSync(stream);
    return stat.isFile() || (stat.isCharacterDevice() && !isatty(stream));
  });
}

const outlives = goesNowhere([1, 2]);

/** What asks the program to stop; the last one is sent where the terminal is closed, or the connection lost. */
const STOPPING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', ...(outlives ? [] : ['SIGHUP' as const])];

/** Lets the program go on after the session that started it. Node takes back that `nohup` has the signal ignored. */
export function outliveSession(): void {
  if (outlives) process.on('SIGHUP', () => {});
}

/** What is to be done before the program ends. */
interface Ending {
  /** Whether there is anything that could be lost. */
  isNeeded(): boolean;
  /** What is told. */
  readonly told: string;
}

/**
 * The first Ctrl-C asks the work to save and stop, the second ends the program at once; so does the first one while nothing could be
 * lost. Until `release` the end of a session counts once, however often it is told.
 */
export function onInterrupt(
  progress: Progress,
  { isNeeded, told }: Ending = { isNeeded: () => progress.computing, told: 'stopping after this step' },
): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  // Shell and system may both tell that the terminal is gone, and then end what is left of the session.
  const passedOver = new Set<NodeJS.Signals>();
  const handle = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted && (signal === 'SIGHUP' || passedOver.delete(signal))) return;
    if (controller.signal.aborted || !isNeeded()) {
      // As if unhandled: `process.exit` would wait for the step, then crash in the runtime's threads.
      release();
      releaseAll();
      process.kill(process.pid, signal);
      return;
    }
    if (signal === 'SIGHUP') passedOver.add('SIGTERM');
    progress.line(`${told}; press Ctrl-C again to stop at once`);
    controller.abort();
  };
  const release = () => {
    for (const signal of STOPPING) process.off(signal, handle);
  };
  for (const signal of STOPPING) process.on(signal, handle);
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
