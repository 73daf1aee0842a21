import { packError } from '../core/packed-error.ts';
import { openNetwork, type PageNetwork, type PageRuntime } from './network.ts';
import type { Port, TrainingEvent, WorkerAnswer, WorkerRequest } from './remote.ts';

/** The inside of a worker that holds a network: `serveNetwork(self, { ort })`. `openNetworkIn` asks it from the page. */
export function serveNetwork(port: Port, runtime: PageRuntime): void {
  const tell = (answer: WorkerAnswer) => port.postMessage(answer);
  const trainings = new Map<number, AbortController>();
  let opened: Promise<PageNetwork> | undefined;
  const network = () => opened ?? Promise.reject(new Error('worker: got a call, expected to open a network'));
  const carryOut = async (request: Exclude<WorkerRequest, { readonly call: 'stop' }>) => {
    switch (request.call) {
      case 'open':
        opened = openNetwork(...request.given, runtime);
        return (await opened).facts;
      case 'predict':
        return (await network()).predict(...request.given);
      case 'prepare':
        return (await network()).prepare(...request.given);
      case 'train': {
        const stopping = new AbortController();
        trainings.set(request.id, stopping);
        const [samples, changes] = request.given;
        const onEvent = (event: TrainingEvent) => tell({ id: request.id, event });
        return (await network()).train(samples, changes, { signal: stopping.signal, onEvent });
      }
      case 'weights':
        return (await network()).weights();
      case 'close':
        return (await network()).close();
    }
  };
  port.addEventListener('message', async ({ data }) => {
    const request = data as WorkerRequest;
    const { id } = request;
    if (request.call === 'stop') {
      trainings.get(id)?.abort();
      return;
    }
    try {
      tell({ id, result: await carryOut(request) });
    } catch (error) {
      tell({ id, error: packError(error) });
    } finally {
      trainings.delete(id);
    }
  });
  port.start?.();
}
