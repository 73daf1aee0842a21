import { progressOf } from '../core/events.ts';
import { Ensemble } from '../eval/ensemble.node.ts';
import type { Scoring } from '../eval/scoring.ts';
import { SignalWatch, type Watched } from '../eval/signal-watch.ts';
import { scoreImages } from '../eval/test-set.node.ts';
import type { RunContext } from '../events/run-event.ts';
import { threadsOf } from '../settings/resolve.node.ts';
import type { OpenedRuns } from './open-runs.node.ts';
import { type ScoredSamples, withSources } from './scored-set.node.ts';

/** Images without truth are not scored. */
const NO_SCORES: Scoring<object, undefined> = {
  needsMasks: false,
  score: () => ({}),
  row: () => ({}),
  summarise: () => undefined,
};

/**
 * What a network that marks something says of its predictions of images, whose masks are not read.
 *
 * @returns the images that can be used, each with what was seen
 * @throws UserError if there are none
 */
export async function watchedImages(
  runs: OpenedRuns,
  chosen: Omit<ScoredSamples, 'labelling'>,
  { threads }: { readonly threads: number | 'auto' },
  context: RunContext,
): Promise<(Watched & Pick<ScoredSamples, 'samples'>['samples'][number])[]> {
  const { first, networks, application } = runs;
  return withSources(runs, chosen, context, async (sources) => {
    const [{ samples }] = sources;
    const watch = new SignalWatch((output, size) => first.objective.output.masks!(output, size, size));
    const ensemble = await Ensemble.open(networks, {
      ...application,
      ...{ batch: Math.min(16, samples.length), threads: threadsOf(threads), watched: true },
    });
    try {
      const onImage = progressOf(context, 'predicting');
      await scoreImages(ensemble, NO_SCORES, samples, sources, { onImage, watch });
    } finally {
      await ensemble.close();
    }
    return samples.map((sample, i) => ({ ...sample, ...watch.of(i) }));
  });
}
