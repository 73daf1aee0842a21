import { partOf } from '../core/parts.ts';
import { batches } from '../eval/predictor.ts';
import { skipTaps } from '../nn/encoder.ts';
import type { AuditImages } from './audit-images.ts';
import { LinearReadout, type Readout } from './measures/linear-readout.ts';
import { Means } from './measures/means.ts';
import type { SplitNetwork } from './split-network.node.ts';

/** What has to be known of all images before the first one is measured. */
export interface Survey {
  /** The mean of each tap over the images, per channel and position. */
  readonly taps: readonly Float32Array[];
  /** The mean of the targets. */
  readonly target: Float32Array;
  /** Of each input to its target, if it is an image. */
  readonly inputMse: Float64Array | undefined;
  /** The linear read-out of the first skip, fitted on the images of which `isFitted` says so; undefined without a skip. */
  readonly readout: Readout | undefined;
}

/** One half of the images fits the read-out, the other tests it. */
export const isFitted = (image: number): boolean => image % 2 === 0;

export async function surveyImages(network: SplitNetwork, images: AuditImages): Promise<Survey> {
  const { tapLengths } = network;
  const { paints } = images.criterion;
  const { architecture } = network.network;
  const [firstSkip] = skipTaps(architecture.encoder);
  const taps = tapLengths.map((length) => new Means(length));
  const { height, width } = network.network.size;
  const target = new Means(architecture.head.channels * height * width);
  const readout = paints && firstSkip ? new LinearReadout(firstSkip) : undefined;
  const inputMse = new Float64Array(images.count);
  for (const indices of batches(images.count, network.batch)) {
    const batch = await images.batch(indices);
    const found = await network.encode(batch.input);
    for (const [path, means] of taps.entries()) means.add(found[path]);
    target.add(batch.target);
    if (!paints) continue;
    for (const [i, image] of indices.entries()) {
      const wanted = partOf(batch.target, i, indices.length);
      inputMse[image] = images.criterion.error(partOf(batch.input, i, indices.length), wanted);
      if (isFitted(image)) readout?.add(network.tapOf(found, 0, i), wanted);
    }
  }
  return {
    taps: taps.map((means) => means.values()),
    target: target.values(),
    inputMse: paints ? inputMse : undefined,
    readout: readout?.solve(),
  };
}
