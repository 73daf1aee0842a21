import { parentPort } from 'node:worker_threads';
import { type PackedError, packError } from '../../core/worker.node.ts';
import type { Sample } from '../folders/folder.node.ts';
import { factsOf, type SampleFacts } from './facts.node.ts';

export type FactsReply = { readonly facts: SampleFacts } | { readonly error: PackedError };

parentPort!.on('message', async (task: Sample | 'close') => {
  if (task === 'close') return parentPort!.close();
  const reply: FactsReply = await factsOf(task).then(
    (facts) => ({ facts }),
    (error) => ({ error: packError(error) }),
  );
  parentPort!.postMessage(reply);
});
