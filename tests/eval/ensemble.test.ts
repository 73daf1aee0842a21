import { afterEach, expect, test, vi } from 'vitest';
import type { Size } from '../../src/core/size.ts';
import { toPlanes } from '../../src/data/loading/pixels.ts';
import { fittedImage } from '../../src/data/loading/prepare.ts';
import { Ensemble } from '../../src/eval/ensemble.node.ts';
import { type Network, Predictor } from '../../src/eval/predictor.ts';

afterEach(() => vi.restoreAllMocks());

/** A ramp from left to right, and one from the top. */
const image = { height: 120, width: 160, channels: 3 as const, data: new Uint8Array(3 * 120 * 160) };
for (let y = 0; y < 120; y++) for (let x = 0; x < 160; x++) image.data.set([x, y, x + y], 3 * (y * 160 + x));

/** A network whose two channels are the first two of its input. */
const networkAt = (size: Size) =>
  ({
    ...{ size, encoder: new Map(), weights: new Map() },
    architecture: { encoder: { name: 'none', taps: [{ stride: 32 }] }, head: { channels: 2 } },
  }) as unknown as Network;

/** What networks of these sizes make of the image, padded, together; and what is seen of it. */
async function meanAt(sizes: readonly Size[], views: 1 | 4 = 1) {
  vi.spyOn(Predictor, 'load').mockImplementation(
    async (_, network) =>
      ({
        network,
        run: async (images: Float32Array) => ({ outputs: [images.slice(0, (images.length / 3) * 2)] }),
      }) as unknown as Predictor,
  );
  const ensemble = await Ensemble.open(sizes.map(networkAt), { batch: 1, threads: 1, views });
  try {
    const fitted = ensemble.sizes.map((size) => fittedImage(image, size, { fit: 'pad' }));
    const seen: Float32Array[] = [];
    const [mean] = await ensemble.run(
      fitted.map((each) => toPlanes(each.image.data)),
      {
        places: fitted.map(({ place }) => [place]),
        watch: { output: (_, view) => seen.push(view), features: () => {} },
      },
    );
    return { mean, seen, place: fitted[0].place };
  } finally {
    await ensemble.close();
  }
}

const farthest = (one: Float32Array, other: Float32Array) =>
  one.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0);

test.each([1, 4] as const)('outputs of other aspect ratios lie on the first: %i views', async (views) => {
  const [square, oblong] = [
    { height: 64, width: 64 },
    { height: 64, width: 96 },
  ];
  const alone = await meanAt([square], views);
  expect(alone.place).toEqual({ height: 48, width: 64, top: 8, left: 0 });
  expect(alone.mean).toHaveLength(2 * 48 * 64);
  const both = await meanAt([square, oblong], views);
  expect(both.mean).toHaveLength(alone.mean.length);
  // The ramp rises by 2.5/127.5 a pixel.
  expect(farthest(both.mean, alone.mean)).toBeLessThan(0.02);
  expect(both.seen).toHaveLength(2 * views);
  for (const view of both.seen) expect(farthest(view, alone.mean)).toBeLessThan(0.03);
});
