import type { RunContext } from './run-event.ts';

/**
 * A context for work of which a part is of no use: it ends where its progress is told, once `signal` says so.
 *
 * @throws the reason of `signal`; so does, later, whoever tells progress
 */
export function endingWith({ signal, onEvent }: RunContext): RunContext {
  if (!signal) return { onEvent };
  signal.throwIfAborted();
  return {
    signal,
    onEvent: (event) => {
      if (event.type === 'phase') signal.throwIfAborted();
      onEvent?.(event);
      if (event.type === 'phase') signal.throwIfAborted();
    },
  };
}

/** What comes of work that `signal` may end; undefined if it did. */
export async function unlessEnded<Result>(
  { signal }: RunContext,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  }
}
