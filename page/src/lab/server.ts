import { type NetworkView, networksSchema } from '../../../src/serve/lab-api.ts';
import { asked, ofRun, parsed } from '../server.ts';

export async function loadNetworks(): Promise<readonly NetworkView[]> {
  return parsed(networksSchema, await asked('/api/lab/networks'));
}

/** A file of a network, by its name in `PAGE_NETWORK_FILES`. */
export const networkFile = (name: string, file: string): Promise<Response> =>
  asked(`${ofRun('/api/lab/network', name)}&file=${encodeURIComponent(file)}`);
