import type { Row } from '../core/csv.ts';
import { partOf } from '../core/parts.ts';
import type { Size } from '../core/size.ts';
import { withoutBorder } from '../data/decode/fit.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { imageRequest, type PlacedSource, type TestSource } from '../data/loading/batch.ts';
import { toPlanes } from '../data/loading/pixels.ts';
import type { Ensemble } from './ensemble.node.ts';
import { batches } from './predictor.ts';
import type { Scoring } from './scoring.ts';
import { outputOfWhole, tileNetwork } from './tile-network.node.ts';

/** Scores with the name of their image, and with its group if it has one. */
export type Named<ImageScores> = ImageScores & { readonly stem: string; readonly group?: string };

/** A row of a table of scores. */
export function rowOf<ImageScores extends object>(
  scoring: Scoring<ImageScores, unknown>,
  { stem, group, ...scored }: Named<ImageScores>,
): Row & { readonly stem: string } {
  return {
    stem,
    ...(group !== undefined && { group }),
    ...scoring.row(scored as unknown as ImageScores),
  };
}

/** Sees what the scores of a set come from, by the number of the image: views, without a border, then features, then the mean. */
export interface SetWatch {
  /** @param output [channels, H, W] of `size` */
  view(index: number, output: Float32Array, size: Size): void;
  /** @param values [channels] of the deepest tap */
  features(index: number, values: Float32Array): void;
  /** @param output [channels, H, W] of `size`: what is scored */
  mean(index: number, output: Float32Array, size: Size): void;
}

/** Who is told while a set is scored. */
interface SetListener {
  readonly onImage?: (done: number, total: number) => void;
  /** Of an ensemble that can be watched, and of whole images. */
  readonly watch?: SetWatch;
}

/**
 * Scores networks image by image.
 *
 * Where sources are of pieces, images are cut into tiles at their scale, of the ensemble's size.
 *
 * @param sources one for each size of the ensemble: it has the samples' images at that size, in the same order; the first has the
 *   masks, too, where they are needed
 */
export async function scoreImages<ImageScores extends object>(
  ensemble: Ensemble,
  scoring: Scoring<ImageScores, unknown>,
  samples: readonly Sample[],
  sources: readonly [TestSource, ...PlacedSource[]],
  { onImage = () => {}, watch }: SetListener = {},
): Promise<Named<ImageScores>[]> {
  const { sizes } = ensemble;
  const [source, ...others] = sources;
  if (source.whole) return scoreTiled(ensemble, scoring, samples, { source, onImage });
  const scored: Named<ImageScores>[] = [];
  for (const indices of batches(samples.length, ensemble.batch)) {
    const request = imageRequest(indices);
    const { input, mask } = await source.batch(request);
    const rest = await Promise.all(others.map((other) => other.batch(request)));
    const places = sources.map(({ place }, s) =>
      indices.map((index) => place?.(index) ?? { ...sizes[s], top: 0, left: 0 }),
    );
    const outputs = await ensemble.run([input, ...rest.map((batch) => batch.input)], {
      places,
      watch: watch && {
        output: (i, view) => watch.view(indices[i], view, places[0][i]),
        features: (i, values) => watch.features(indices[i], values),
      },
    });
    for (const [i, index] of indices.entries()) {
      const { stem, group } = samples[index];
      const place = places[0][i];
      const part = (values: Float32Array) =>
        withoutBorder(partOf(values, i, indices.length), sizes[0], place);
      const own = { height: place.height, width: place.width };
      const image = { output: outputs[i], input: part(input), size: own };
      watch?.mean(index, image.output, own);
      const masks = scoring.needsMasks ? { mask: part(mask!), truth: source.nativeMask(index) } : {};
      scored.push({ stem, ...(group !== undefined && { group }), ...scoring.score({ ...image, ...masks }) });
      onImage(scored.length, samples.length);
    }
  }
  return scored;
}

async function scoreTiled<ImageScores extends object>(
  ensemble: Ensemble,
  scoring: Scoring<ImageScores, unknown>,
  samples: readonly Sample[],
  {
    source,
    onImage,
  }: { readonly source: TestSource; readonly onImage: (done: number, total: number) => void },
): Promise<Named<ImageScores>[]> {
  const network = tileNetwork(ensemble);
  const tiles = { tile: ensemble.sizes[0], stride: ensemble.stride };
  const scored: Named<ImageScores>[] = [];
  for (const [index, { stem, group, image: name }] of samples.entries()) {
    const { image, mask } = source.whole!(index);
    const output = await outputOfWhole(image, tiles, network, name);
    const size = { height: image.height, width: image.width };
    const masks = scoring.needsMasks
      ? { mask: Float32Array.from(mask!.data), truth: source.nativeMask(index) }
      : {};
    const scores = scoring.score({ output, input: toPlanes(image.data), size, ...masks });
    scored.push({ stem, ...(group !== undefined && { group }), ...scores });
    onImage(scored.length, samples.length);
  }
  return scored;
}
