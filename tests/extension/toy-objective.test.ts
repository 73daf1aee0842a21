import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mean } from '../../src/core/mean.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { losses } from '../../src/nn/losses.ts';
import type { Objective } from '../../src/objectives/objective.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { AREA, predictToy, runExported, size, toyImages, trainToy } from '../support/toy-training.ts';

// What a network that learns something else needs of the rooms above `nn` is one of these values, and nothing else.

interface Distance {
  readonly distance: number;
}

const distanceOf = (output: Float32Array, target: Float32Array) =>
  mean(Array.from(output, (value, i) => Math.abs(value - target[i])));

/** What differs between the two objectives of this file, and nothing that others have to know. */
const common = {
  paints: false,
  weighted: false,
  scores: (output: Float32Array, target: Float32Array) => ({ distance: distanceOf(output, target) }),
  better: { score: 'distance', sign: -1 },
} as const;

const summarise = (scores: readonly Distance[]) => ({
  worst: Math.max(...scores.map((each) => each.distance)),
});

/** A channel's mean in every pixel of it, image by image. */
function meanColours(input: Float32Array): Float32Array<ArrayBuffer> {
  const means = new Float32Array(input.length);
  for (let from = 0; from < input.length; from += AREA) {
    means.fill(mean([...input.subarray(from, from + AREA)]), from, from + AREA);
  }
  return means;
}

/** Paints the mean colour of an image, everywhere; it needs no masks. */
const meanColour: Objective<Distance, { worst: number }> = {
  ...common,
  name: 'mean colour',
  head: { channels: 3, activation: 'linear' },
  loss: losses.l1,
  target: ({ input }) => meanColours(input),
  scoring: {
    needsMasks: false,
    score: ({ output, input }) => ({ distance: distanceOf(output, meanColours(input)) }),
    row: ({ distance }) => ({ distance }),
    summarise,
  },
  output: {
    name: 'colour',
    facts: { output_range: '[-1, 1]' },
    pictures: (output) => {
      const colour = [0, 1, 2].map((c) =>
        Math.round(127.5 * (1 + Math.min(1, Math.max(-1, output[c * AREA])))),
      );
      return [{ data: Uint8Array.from({ length: 3 * AREA }, (_, i) => colour[i % 3]), channels: 3 }];
    },
    measures: (output) => ({ red: output[0] }),
  },
};

/** Masks, and what is not in them. */
function bothSides(mask: Float32Array): Float32Array<ArrayBuffer> {
  const sides = new Float32Array(2 * mask.length);
  for (let b = 0; b * AREA < mask.length; b++) {
    const own = mask.subarray(b * AREA, (b + 1) * AREA);
    sides.set(own, 2 * b * AREA);
    sides.set(
      own.map((value) => 1 - value),
      (2 * b + 1) * AREA,
    );
  }
  return sides;
}

/** Marks an object and its background, a probability each. */
const twoSides: Objective<Distance, { worst: number }> = {
  ...common,
  name: 'two sides',
  head: { channels: 2, activation: 'sigmoid' },
  loss: losses.bce,
  target: ({ mask }) => bothSides(mask!),
  scoring: {
    needsMasks: true,
    score: ({ output, mask }) => ({ distance: distanceOf(output, bothSides(mask!)) }),
    row: ({ distance }) => ({ distance }),
    summarise,
  },
  output: {
    name: 'sides',
    facts: { output_range: '[0, 1]', class_names: '["object","background"]' },
    pictures: (output) => [
      {
        data: Uint8Array.from({ length: AREA }, (_, i) => (output[i] > output[AREA + i] ? 255 : 0)),
        channels: 1,
      },
    ],
    measures: (output) => ({ area: mean([...output.subarray(0, AREA)]) }),
  },
};

const folder = await temporaryFolder();

describe.each([
  // Without learning the mean colour is missed by about 0.5, and a side by 0.5.
  ['a colour', meanColour, 0.3],
  ['two sides', twoSides, 0.25],
] as const)('%s', (name, objective, bound) => {
  test('trained, validated, kept, tested, exported', async () => {
    const toy = { encoder: mobileNetV2, weights: randomEncoder(), decoder: 'unet', objective } as const;
    const { fit, network, checkpoint, metrics } = await trainToy({ ...toy, out: join(folder, name) });
    const { channels } = objective.head;
    expect(checkpoint.metadata.outputs).toBe(`${channels}`);
    expect(network.weights).toEqual(fit.best!.weights);
    const validated = metrics
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).val_distance as number | undefined)
      .filter((value) => value !== undefined);
    expect(validated).toHaveLength(12);
    // The lower is the better one here: the epoch kept is that of the lowest.
    expect(fit.best!.epoch).toBe(1 + validated.indexOf(Math.min(...validated)));

    const images = toyImages(20, 3);
    const { scores, input, outputs } = await predictToy(network, objective, images);
    expect(scores.map(({ stem }) => stem)).toEqual(['image-20', 'image-21', 'image-22']);
    expect(objective.scoring.summarise(scores).worst).toBeLessThan(bound);

    const { output } = objective;
    for (const each of outputs) {
      expect(each).toHaveLength(channels * AREA);
      const [picture] = output.pictures(each, size, size);
      expect(picture.data).toHaveLength(picture.channels * AREA);
      for (const value of Object.values(output.measures(each, size)))
        expect(value).toSatisfy(Number.isFinite);
    }
    const exported = await runExported(network, objective, input);
    expect(exported.dims).toEqual([2, channels, 32, 32]);
    expect(exported.metadata).toMatchObject({
      ...{ kind: objective.name, output_name: output.name, ...output.facts },
    });
    const together = outputs.flatMap((each) => [...each]);
    for (const [k, value] of together.entries())
      expect(Math.abs(exported.data[k] - value)).toBeLessThan(1e-3);
  });
});
