import type * as z from 'zod';
import { owning } from '../core/lock/lock.node.ts';
import type { RunContext } from '../events/run-event.ts';
import type { PretrainSummary, TrainSummary } from '../records/summaries.ts';
import { trainInRounds } from '../runs/self-training.node.ts';
import { outputSchema } from '../settings/output.ts';
import { parseSettings } from '../settings/parse.ts';
import type { PretrainOptions, TrainOptions } from '../settings/training.ts';
import { runPretraining } from '../train/pretrain.node.ts';
import { finish } from './finish.node.ts';
import { withLogs } from './with-logs.node.ts';

/** Who is told of a run, and how it was called, for its record. */
export interface Caller extends RunContext {
  readonly command?: string;
}

/**
 * Where a run goes, what is shown of it, and who is told. With `resume` it goes on with what was stopped in that folder, to
 * the same result as without the break; what is done already is not done again. Settings may be left out; those given must
 * be the same. If nothing was started there, it starts.
 */
export type Output = z.input<typeof outputSchema> & Caller;

/**
 * Pretrains the decoder as an autoencoder on images without masks.
 *
 * @returns what was reached; the run folder holds weights, metrics and `report.html`
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function pretrain(options: PretrainOptions, output: Output): Promise<PretrainSummary> {
  const { caller, ...given } = split(output);
  const place = parseSettings(outputSchema, given.output);
  return owning(place.out, () =>
    withLogs(place, caller, async (told, log) => {
      const summary = await runPretraining(options, { ...place, ...told });
      await finish(place.out, place, told);
      await log.pictured(place.out);
      return summary;
    }),
  );
}

/**
 * Trains a segmentation network on images with masks, from scratch or from a pretraining run, and tests it.
 *
 * @returns what was reached; the run folder holds weights, metrics, test scores and `report.html`
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function train(options: TrainOptions, output: Output): Promise<TrainSummary> {
  const { caller, ...given } = split(output);
  const place = parseSettings(outputSchema, given.output);
  return owning(place.out, () =>
    withLogs(place, caller, async (told, log) => {
      const summary = await trainInRounds(options, { ...place, ...told });
      await finish(place.out, place, told);
      await log.pictured(place.out);
      return summary;
    }),
  );
}

/** Who is told, apart from all else. @param given may be left out by a program in JavaScript: what it has to say is told when it is read */
export function split<Given extends Caller>(given: Given) {
  const { signal, onEvent, command, ...output } = given ?? ({} as Given);
  return { caller: { signal, onEvent, command }, output };
}
