import { paintingOf } from '../../../src/paint/painting.ts';
import type { DatasetView } from '../../../src/serve/api.ts';
import { coloured } from '../label/paint-session.ts';
import { coloursOf } from '../label/surface.ts';
import { type Labels, loadImage, loadMask } from '../server.ts';
import { Layers } from './layers.ts';
import type { RunScores } from './scores.ts';
import { loadLabels } from './server.ts';

/** An image that is looked at. */
export interface LoadedImage {
  readonly stem: string;
  readonly image: ImageBitmap;
  /** What there is to see of each run, or why there is nothing. */
  readonly runs: readonly { readonly layers: Layers; readonly problem?: string }[];
}

/**
 * Loads an image, its mask and what runs make of it; and scores these.
 *
 * @param masked whether there is a mask
 * @throws Refused if the image or the mask cannot be shown
 */
export async function loadLooked(
  stem: string,
  {
    data,
    runs,
    masked,
  }: { readonly data: DatasetView; readonly runs: readonly RunScores[]; readonly masked: boolean },
  signal: AbortSignal,
): Promise<LoadedImage> {
  const painted = ({ width, height, planes }: Labels) =>
    paintingOf({ width, height }, coloured(planes, data.multilabel));
  const [{ image }, mask] = await Promise.all([
    loadImage(stem),
    masked ? loadMask(stem).then(painted) : undefined,
  ]);
  const colours = coloursOf(data);
  const predicted = runs.map(async (scores) => {
    try {
      const prediction = painted(await loadLabels(stem, scores.name, signal));
      await scores.measure(stem, signal);
      return { layers: new Layers(mask, prediction, colours) };
    } catch (error) {
      return { layers: new Layers(mask, undefined, colours), problem: String((error as Error).message) };
    }
  });
  return { stem, image, runs: await Promise.all(predicted) };
}
