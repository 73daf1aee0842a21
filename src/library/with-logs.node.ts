import { type Logged, logged } from '../logs/logged.node.ts';
import type { LogName } from '../settings/output.ts';
import type { Caller } from './training.node.ts';

/**
 * Does work that is written down for other tools as it goes, where that is asked for.
 *
 * @param options.part whether other processes go on with the same study
 */
export async function withLogs<Summary extends { readonly interrupted?: boolean }>(
  { out, log }: { readonly out: string; readonly log: readonly LogName[] },
  caller: Caller,
  work: (caller: Caller, log: Logged) => Promise<Summary>,
  { part = false } = {},
): Promise<Summary> {
  const written = logged(log, out, caller);
  let summary: Summary;
  try {
    summary = await work({ ...caller, onEvent: written.onEvent }, written);
  } catch (error) {
    await written.end('failed', { part });
    throw error;
  }
  await written.end(summary.interrupted ? 'stopped' : 'done', { part });
  return summary;
}
