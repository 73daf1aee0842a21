import type * as z from 'zod';
import { inform, type Listener, progressOf, warn } from '../core/events.ts';
import { type FolderOptions, readDataFolder, readImageFolder } from '../data/folders/folder.node.ts';
import type { Pages } from '../data/folders/pages.ts';
import { syntheticCount } from '../data/folders/synthetic-name.ts';
import { settleIntensity } from '../data/pixels/settle.node.ts';
import {
  channelsOf,
  givenIntensity,
  intensityText,
  isReadingSettled,
  type PixelSettings,
  settledPages,
} from './pixels.ts';
import { inOrder } from './setting.ts';

/** Settings of what reads images. */
type OfImages = PixelSettings &
  FolderOptions & { readonly data?: string; readonly plain?: string | readonly string[] };

/**
 * Settings with the rule by which pixels are read, found in all images of the data folder, or without one in the plain images; told
 * in a line. Nothing is read where it is settled already.
 *
 * @throws UserError where it would be a guess
 */
export async function withReading<T extends OfImages>(
  schema: z.ZodObject,
  config: T,
  listener: Listener = {},
): Promise<T> {
  if (isReadingSettled(config)) return config;
  const [first] = [config.plain ?? []].flat();
  const name = config.data ?? first;
  if (name === undefined) return config;
  const paths = config.data
    ? (await readDataFolder(config.data, config)).samples.map(({ image }) => image)
    : await plainPaths(name, config.pages);
  const intensity = await settledIntensity({ name, paths }, config, listener);
  return inOrder(schema, { ...config, intensity, pages: settledPages(config) });
}

/** What settings mean by `intensity` for these images, as it is written down. */
export async function settledIntensity(
  images: { readonly name: string; readonly paths: readonly string[] },
  settings: PixelSettings,
  listener: Listener = {},
): Promise<string> {
  const found = await settleIntensity(
    { ...images, channels: channelsOf(settings) },
    givenIntensity(settings),
    progressOf(listener, 'reading images'),
  );
  if (found.told) inform(listener, found.told);
  for (const warning of found.warnings) warn(listener, warning);
  return intensityText(found);
}

/** Those that are drawn are usual ones. */
async function plainPaths(folder: string, pages: Pages): Promise<string[]> {
  if (syntheticCount(folder) !== undefined) return [];
  return (await readImageFolder(folder, pages)).map(({ image }) => image);
}
