import {
  PAGE_NETWORK_FILES,
  type PageNetworkFacts,
  pageNetworkSchema,
} from '../../../src/runs/page-network.ts';
import type { PageNetwork } from '../../../src/web/network.ts';
import { openNetworkIn } from '../../../src/web/remote.ts';

/** Gives a file of a network by its name in `PAGE_NETWORK_FILES`. */
export type NetworkLoader = (file: string) => Promise<Response>;

/** A network that computes in a worker of its own. */
export interface OpenedNetwork extends PageNetwork {
  readonly about: PageNetworkFacts;
  /** Ends the worker, whatever it is at. */
  end(): void;
}

/** Loads a network and opens it. @throws UserError, or what the loader throws */
export async function openWith(load: NetworkLoader): Promise<OpenedNetwork> {
  const bytes = async (file: string) => new Uint8Array(await (await load(file)).arrayBuffer());
  const [about, encoder, weights] = await Promise.all([
    load(PAGE_NETWORK_FILES.facts).then(async (response) => pageNetworkSchema.parse(await response.json())),
    bytes(PAGE_NETWORK_FILES.encoder),
    bytes(PAGE_NETWORK_FILES.weights),
  ]);
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  try {
    const network = await openNetworkIn(worker, { encoder, weights, settings: about.settings });
    return { ...network, about, end: () => worker.terminate() };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}
