import { type PackedError, unpackError } from '../core/packed-error.ts';
import type { NetworkFiles } from '../runs/network-files.node.ts';
import type { NetworkFacts, PageNetwork, PageTraining, PageTrainingContext } from './network.ts';
import type { PageSample } from './samples.ts';
import type { TrainingChanges } from './settings.ts';

/** What a worker can be asked: a network is opened once, and what follows are its calls. */
interface Calls extends Pick<PageNetwork, 'predict' | 'prepare' | 'weights' | 'close'> {
  open(files: NetworkFiles): Promise<NetworkFacts>;
  train(samples: readonly PageSample[], changes?: TrainingChanges): Promise<PageTraining>;
}
type Call = keyof Calls;
/** What happens while a training is carried out. */
export type TrainingEvent = Parameters<NonNullable<PageTrainingContext['onEvent']>>[0];

/** From a page to its worker. `stop` ends the training that was asked for under this number. */
export type WorkerRequest =
  | { [C in Call]: { readonly id: number; readonly call: C; readonly given: Parameters<Calls[C]> } }[Call]
  | { readonly id: number; readonly call: 'stop' };

/** From a worker to its page: what came of a request, or what happens while it is carried out. */
export type WorkerAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: PackedError }
  | { readonly id: number; readonly event: TrainingEvent };

interface PortEvent {
  readonly type: string;
  /** Of a message. */
  readonly data?: unknown;
}

/** What a page's `Worker`, the inside of it (`self`), and both ends of a `MessageChannel` have in common. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: string, listener: (event: PortEvent) => void): void;
  start?(): void;
}

/** What waits for an answer. */
interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
  onEvent?(event: TrainingEvent): void;
}

/**
 * Opens the network of a run in a worker, so that neither predictions nor training hold the page up. Whoever made the worker
 * ends it.
 *
 * @param worker a new one, which calls `serveNetwork`
 * @throws UserError as `openNetwork`
 */
export async function openNetworkIn(worker: Port, files: NetworkFiles): Promise<PageNetwork> {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let end: Error | undefined;
  const ask = <C extends Call>(
    call: C,
    given: Parameters<Calls[C]>,
    { signal, onEvent }: PageTrainingContext = {},
  ) => {
    const id = ++last;
    const stop = () => worker.postMessage({ id, call: 'stop' } satisfies WorkerRequest);
    const answered = new Promise<unknown>((resolve, reject) => {
      if (end) throw end;
      waiting.set(id, { resolve, reject, onEvent });
      worker.postMessage({ id, call, given });
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop);
    });
    return answered.finally(() => signal?.removeEventListener('abort', stop)) as ReturnType<Calls[C]>;
  };
  worker.addEventListener('message', ({ data }) => {
    const answer = data as WorkerAnswer;
    const asked = waiting.get(answer.id);
    if ('event' in answer) {
      asked?.onEvent?.(answer.event);
      return;
    }
    waiting.delete(answer.id);
    if ('error' in answer) asked?.reject(unpackError(answer.error));
    else asked?.resolve(answer.result);
  });
  const fail = () => {
    end = new Error('worker: it has failed');
    for (const { reject } of waiting.values()) reject(end);
    waiting.clear();
  };
  for (const type of ['error', 'messageerror']) worker.addEventListener(type, fail);
  worker.start?.();
  return {
    facts: await ask('open', [files]),
    predict: (...given) => ask('predict', given),
    prepare: (image) => ask('prepare', [image]),
    train: (samples, changes, context) => ask('train', [samples, changes], context),
    weights: () => ask('weights', []),
    close: () => ask('close', []),
  };
}
