import { basename, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import { type PixelReading, USUAL } from '../data/decode/reading.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import { intensityText, readingOf } from '../settings/pixels.ts';
import { networkFiles } from './network-files.node.ts';
import { PAGE_NETWORK_FILES, type PageNetworkFacts } from './page-network.ts';
import type { NetworkFilesOptions } from './settings.ts';

/** Of pixels that are read already. */
const READ = { intensity: 'full', channels: 'auto' } as const;

const wordsFor = ({ intensity, channels }: PixelReading) =>
  `--intensity ${intensityText({ intensity })} --channels ${channels?.join() ?? 'auto'}`;

/** Files of a network, by their names of `PAGE_NETWORK_FILES`. */
export type PageNetworkBytes = ReadonlyMap<string, Uint8Array>;

/**
 * What a page loads of a run's network.
 *
 * @param options.shown how pixels are read before the page has them: the network has to read them so, too, and does not do it again. By
 *   default as a browser reads a visitor's images
 * @throws UserError as `networkFiles`, and for a network that reads pixels in another way
 */
export async function pageNetwork(
  { shown = USUAL, ...options }: NetworkFilesOptions & { readonly shown?: PixelReading },
  listener: Listener = {},
): Promise<PageNetworkBytes> {
  const { run } = options;
  const { encoder, weights, settings } = await networkFiles(options, listener);
  const own = readingOf(settings);
  if (wordsFor(own) !== wordsFor(shown)) {
    throw new UserError({
      what: run,
      got: `a network that reads pixels by ${wordsFor(own)}`,
      expected: `one that reads them as the page shows them, by ${wordsFor(shown)}`,
      fix: 'apply it with fewmask predict',
    });
  }
  const audit = await readEntry(run, RUN.audit).catch(() => undefined);
  const facts: PageNetworkFacts = {
    name: basename(resolve(run)),
    kind: settings.kind === 'pretrain' ? 'pretrain' : 'train',
    ...{ settings: { ...settings, ...READ }, bytes: encoder.length + weights!.length },
    ...(audit && { shares: Object.fromEntries(audit.paths.map(({ name, shapley }) => [name, shapley])) }),
  };
  const files = PAGE_NETWORK_FILES;
  return new Map([
    [files.facts, new TextEncoder().encode(JSON.stringify(facts))],
    [files.encoder, encoder],
    [files.weights, weights!],
  ]);
}
