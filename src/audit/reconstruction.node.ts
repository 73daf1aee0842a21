import { mean } from '../core/mean.ts';
import { joined, partOf } from '../core/parts.ts';
import { RandomStream } from '../core/random.ts';
import { batches } from '../eval/predictor.ts';
import { clippedMse } from '../eval/reconstruction.ts';
import type { AuditImages } from './audit-images.ts';
import { blindSpotGap, replacedInput } from './measures/blind-spot.ts';
import { OUT_OF_DOMAIN, outOfDomain } from './measures/out-of-domain.ts';
import type { SplitNetwork } from './split-network.node.ts';
import { isFitted, type Survey } from './survey.node.ts';

/** How an autoencoder treats images that are not, or not quite, those it was trained on. */
export interface Reconstruction {
  /** Of each image that did not fit the read-out: the read-out's error. Empty where nothing is read out. */
  readonly readoutMse: ReadonlyMap<number, number>;
  /** Mean squared error of each set. */
  readonly outOfDomain: readonly { readonly set: string; readonly mse: number }[];
  /** Means over the images; `copy` is the gap that a copy of the input would have. */
  readonly blindSpot: { readonly replaced: number; readonly kept: number; readonly copy: number };
}

export interface ReconstructionOptions {
  readonly seed: number;
  /** Other images to paint, and what to call them. */
  readonly foreign?: { readonly name: string; readonly images: AuditImages };
}

export async function measureReconstruction(
  network: SplitNetwork,
  images: AuditImages,
  { readout }: Survey,
  { seed, foreign }: ReconstructionOptions,
): Promise<Reconstruction> {
  const { size } = network.network;
  const readoutMse = new Map<number, number>();
  const drawn = new Map(OUT_OF_DOMAIN.map((set) => [set, [] as number[]]));
  const gaps: { replaced: number; kept: number; copy: number }[] = [];
  for (const indices of batches(images.count, network.batch)) {
    const { input, target } = await images.batch(indices);
    const each = (values: Float32Array) => indices.map((_, i) => partOf(values, i, indices.length));
    const [inputs, targets] = [each(input), each(target)];

    const taps = await network.encode(input);
    for (const [i, image] of indices.entries()) {
      if (!readout || isFitted(image)) continue;
      readoutMse.set(image, clippedMse(readout(network.tapOf(taps, 0, i)), targets[i]));
    }

    for (const [set, errors] of drawn) {
      const clean = indices.map((image, i) =>
        outOfDomain(set, { image: targets[i], index: image, size, seed }),
      );
      const given = clean.map((image, i) => images.degrade(image, size, `${set} ${indices[i]}`));
      const outputs = each(await network.run(joined(given)));
      errors.push(...outputs.map((output, i) => clippedMse(output, clean[i])));
    }

    const changed = inputs.map((image, i) =>
      replacedInput(image, size, new RandomStream(seed, 'audit', 'blind spot', indices[i])),
    );
    const outputs = each(await network.run(joined(changed.map((change) => change.input))));
    for (const [i, change] of changed.entries()) {
      const { replacedMse, keptMse } = blindSpotGap(outputs[i], targets[i], change.replaced);
      const copy = blindSpotGap(change.input, inputs[i], change.replaced).gap;
      gaps.push({ replaced: replacedMse, kept: keptMse, copy });
    }
  }
  return {
    readoutMse,
    outOfDomain: [
      ...Array.from(drawn, ([set, errors]) => ({ set, mse: mean(errors) })),
      ...(foreign ? [{ set: foreign.name, mse: await errorOn(foreign.images, network) }] : []),
    ],
    blindSpot: {
      replaced: mean(gaps.map(({ replaced }) => replaced)),
      kept: mean(gaps.map(({ kept }) => kept)),
      copy: mean(gaps.map(({ copy }) => copy)),
    },
  };
}

/** Mean squared error on images, given to the network as they are. */
async function errorOn(images: AuditImages, network: SplitNetwork): Promise<number> {
  const errors: number[] = [];
  for (const indices of batches(images.count, network.batch)) {
    const { input, target } = await images.batch(indices);
    const outputs = await network.run(input);
    for (const i of indices.keys()) {
      const part = (values: Float32Array) => partOf(values, i, indices.length);
      errors.push(clippedMse(part(outputs), part(target)));
    }
  }
  return mean(errors);
}
