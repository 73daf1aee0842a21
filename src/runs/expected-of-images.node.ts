import type { Sample } from '../data/folders/sample.ts';
import { endingWith } from '../events/ending.ts';
import type { RunContext } from '../events/run-event.ts';
import type { Expected } from '../expect/expectation.ts';
import { RUN } from '../records/entries.ts';
import { expectEntry } from '../records/entry.node.ts';
import { USUAL_LEVEL } from './expected-summary.ts';
import { openExpecter } from './expecter.node.ts';
import { type Expecting, openExpecting } from './held-out.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import { watchedImages } from './watched-images.node.ts';

/**
 * What to expect of a run's masks of images, whose own masks are not read. No prediction is kept.
 *
 * @param set.folder where the images lie, for messages
 * @returns the images that can be used, each with its expected Dice and a lower bound that holds with a probability of 95 %
 * @throws UserError where nothing was found out yet of what to expect; the reason of `signal` once it ends the work
 */
export async function expectedOfImages(
  run: Pick<OpenedRun, 'path'>,
  set: { readonly folder: string; readonly samples: readonly Sample[] },
  { threads }: Pick<Expecting, 'threads'>,
  caller: RunContext,
): Promise<(Sample & { readonly expected: Expected })[]> {
  const context = endingWith(caller);
  const record = await expectEntry(run.path, RUN.expectation);
  const { views, weights } = record;
  const runs = await openExpecting(run.path, { views: views as Expecting['views'], weights }, context);
  const expecter = await openExpecter(runs, record, { level: USUAL_LEVEL, test: true });
  const watched = await watchedImages(runs, { ...set, purpose: 'plain' }, { threads }, context);
  return watched.map(({ signals, features, ...sample }) => ({
    ...sample,
    expected: expecter.of({ signals, features }),
  }));
}
