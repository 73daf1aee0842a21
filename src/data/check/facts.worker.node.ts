import { parentPort } from 'node:worker_threads';
import { type PackedError, packError } from '../../core/packed-error.ts';
import { type FactsTask, factsOf, type SampleFacts } from './facts.node.ts';

export type FactsReply = { readonly facts: SampleFacts } | { readonly error: PackedError };

parentPort!.on('message', async (task: FactsTask | 'close') => {
  if (task === 'close') return parentPort!.close();
  const reply: FactsReply = await factsOf(task.sample, task).then(
    (facts) => ({ facts }),
    (error) => ({ error: packError(error) }),
  );
  parentPort!.postMessage(reply);
});
