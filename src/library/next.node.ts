import { UserError } from '../core/errors.ts';
import { owning } from '../core/lock/lock.node.ts';
import { unlessEnded } from '../events/ending.ts';
import type { RunContext } from '../events/run-event.ts';
import { type ChosenNext, chosenNext } from '../runs/next.node.ts';
import { openRun } from '../runs/open-run.node.ts';
import { type NextOptions, nextSchema } from '../runs/settings.ts';
import { type Trial, trialOf } from '../runs/trial.node.ts';
import { parseSettings } from '../settings/parse.ts';

/** Which images to label next, and where they are listed and shown; or whether choosing them pays. */
export type Next = { readonly run: string; readonly page: string } & (
  | ({ readonly kind: 'chosen'; readonly table: string } & ChosenNext)
  | ({ readonly kind: 'trial' } & Trial)
);

const USUAL_DRAWS = 10;
const VIEWS = 4;

/**
 * Chooses the images without masks that are to get one next, and writes `next.csv` and `next.html` into the run's folder. With `trial`
 * it tries on the run's own masks whether choosing is better than drawing at random, and writes `trial.html`.
 *
 * @returns undefined if it was interrupted by `signal`
 * @throws UserError for a run that marks nothing, or whose images have changed; where there are no images to choose from, or too few masks
 *   for a trial
 */
export async function next(options: NextOptions, context: RunContext = {}): Promise<Next | undefined> {
  const {
    run: path,
    weights,
    encoder,
    threads,
    trial,
    start,
    ...wanted
  } = parseSettings(nextSchema, options);
  if (start !== undefined && !trial) {
    throw new UserError({
      what: '--start',
      got: 'no --trial',
      expected: 'both or neither',
      fix: 'pass --trial',
    });
  }
  return owning(path, async () => {
    const run = await openRun(path, { weights, encoder, ...context });
    const how = { views: VIEWS, weights: run.weights, encoder, threads } as const;
    const { writeNext, writeTrial } = await import('../report/next/write-next.node.ts');
    if (!trial) {
      const chosen = await unlessEnded(context, () => chosenNext(run, wanted, how, context));
      return chosen && ({ kind: 'chosen', run: path, ...chosen, ...(await writeNext(run, chosen)) } as const);
    }
    const { count, strategy } = wanted;
    const plan = { draws: trial === true ? USUAL_DRAWS : trial, start: start ?? count, count, strategy };
    const tried = await trialOf(run, plan, how, context);
    return tried && ({ kind: 'trial', run: path, ...tried, page: await writeTrial(run, tried) } as const);
  });
}
