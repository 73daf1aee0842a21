import { parentPort } from 'node:worker_threads';
import { type PackedError, packError } from '../../core/worker.node.ts';
import type { PixelReading } from '../decode/reading.ts';
import type { Sample } from '../folders/folder.node.ts';
import type { Labelling } from '../masks/labelling.ts';
import { factsOf, type SampleFacts } from './facts.node.ts';

/** A sample, how its image is read, and what its mask means, where that is known. */
export interface FactsTask {
  readonly sample: Sample;
  readonly reading: PixelReading;
  readonly labelling?: Labelling;
}

export type FactsReply = { readonly facts: SampleFacts } | { readonly error: PackedError };

parentPort!.on('message', async (task: FactsTask | 'close') => {
  if (task === 'close') return parentPort!.close();
  const reply: FactsReply = await factsOf(task.sample, task.reading, task.labelling).then(
    (facts) => ({ facts }),
    (error) => ({ error: packError(error) }),
  );
  parentPort!.postMessage(reply);
});
