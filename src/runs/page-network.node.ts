import { basename, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import { readingOf } from '../settings/pixels.ts';
import { networkFiles } from './network-files.node.ts';
import { PAGE_NETWORK_FILES, type PageNetworkFacts } from './page-network.ts';
import type { NetworkFilesOptions } from './settings.ts';

/** Files of a network, by their names of `PAGE_NETWORK_FILES`. */
export type PageNetworkBytes = ReadonlyMap<string, Uint8Array>;

/**
 * What a page loads of a run's network.
 *
 * @throws UserError as `networkFiles`, and for a network that reads pixels in a way of its own: a page has 8 bits of three colours
 */
export async function pageNetwork(
  options: NetworkFilesOptions,
  listener: Listener = {},
): Promise<PageNetworkBytes> {
  const { run } = options;
  const { encoder, weights, settings } = await networkFiles(options, listener);
  const own = Object.keys(readingOf(settings)).at(0);
  if (own !== undefined) {
    throw new UserError({
      what: run,
      got: `a network that reads pixels in a way of its own (--${own})`,
      expected: 'one of images as a browser shows them',
      fix: 'apply it with fewmask predict',
    });
  }
  const audit = await readEntry(run, RUN.audit).catch(() => undefined);
  const facts: PageNetworkFacts = {
    name: basename(resolve(run)),
    kind: settings.kind === 'pretrain' ? 'pretrain' : 'train',
    ...{ settings, bytes: encoder.length + weights!.length },
    ...(audit && { shares: Object.fromEntries(audit.paths.map(({ name, shapley }) => [name, shapley])) }),
  };
  const files = PAGE_NETWORK_FILES;
  return new Map([
    [files.facts, new TextEncoder().encode(JSON.stringify(facts))],
    [files.encoder, encoder],
    [files.weights, weights!],
  ]);
}
