import { partOf } from '../core/parts.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { imageRequest, type TestSource } from '../data/loading/batch.ts';
import { batches, type Predictor } from './predictor.node.ts';
import type { Scoring } from './scoring.ts';

/** Scores with the name of their image. */
export type Named<ImageScores> = ImageScores & { readonly stem: string };

/**
 * Scores a network image by image.
 *
 * @param source has the samples' images, and masks where they are needed, at network size, in the same order
 */
export async function scoreImages<ImageScores extends object>(
  predictor: Predictor,
  scoring: Scoring<ImageScores, unknown>,
  samples: readonly Sample[],
  source: TestSource,
  onImage: (done: number, total: number) => void = () => {},
): Promise<Named<ImageScores>[]> {
  const { size } = predictor.network;
  const scored: Named<ImageScores>[] = [];
  for (const indices of batches(samples.length, predictor.batch)) {
    const { input, mask } = await source.batch(imageRequest(indices));
    const outputs = await predictor.run(input);
    for (const [i, index] of indices.entries()) {
      const { stem } = samples[index];
      const part = (values: Float32Array) => partOf(values, i, indices.length);
      const image = { output: outputs[i], input: part(input), size };
      const masks = scoring.needsMasks ? { mask: part(mask!), truth: source.nativeMask(index) } : {};
      scored.push({ stem, ...scoring.score({ ...image, ...masks }) });
      onImage(scored.length, samples.length);
    }
  }
  return scored;
}
