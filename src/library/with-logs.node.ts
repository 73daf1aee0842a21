import { type Logged, logged } from '../logs/logged.node.ts';
import type { LogName } from '../settings/output.ts';
import type { Caller } from './training.node.ts';

/** Does work that is written down for other tools as it goes, where that is asked for. */
export async function withLogs<Summary extends { readonly interrupted?: boolean }>(
  { out, log }: { readonly out: string; readonly log: readonly LogName[] },
  caller: Caller,
  work: (caller: Caller, log: Logged) => Promise<Summary>,
): Promise<Summary> {
  const written = logged(log, out, caller);
  try {
    const summary = await work({ ...caller, onEvent: written.onEvent }, written);
    await written.end(summary.interrupted ? 'stopped' : 'done');
    return summary;
  } catch (error) {
    await written.end('failed');
    throw error;
  }
}
