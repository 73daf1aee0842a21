import { sizeOf } from '../core/shape.ts';
import type { Size } from '../core/size.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import { imageRequest } from '../data/loading/batch.ts';
import { loadWithEncoder } from '../encoders/session.ts';
import { batches, padBatch } from '../eval/predictor.ts';
import type { Architecture } from '../nn/model.ts';
import { NORM_EPSILON } from '../nn/norm.ts';
import { unnormedGraph } from '../nn/unnormed.ts';
import type { Device } from '../runtime/device.ts';
import { Engine } from '../runtime/engine.node.ts';
import type { Kernels } from '../runtime/kernels.ts';
import { ChannelMoments } from './channel-moments.ts';
import type { LoadedSamples } from './images.node.ts';

/** A network that has learned nothing. */
export interface StatisticsPlan {
  readonly architecture: Architecture;
  readonly encoder: Tensors;
  readonly initial: Tensors;
  readonly size: Size;
  readonly threads: number;
  readonly device?: Device;
  readonly kernels?: Kernels;
}

/** Batches have about as many pixels as 16 images of 128 x 128, which bounds the memory at any size. */
const PIXELS = 16 * 128 * 128;

/**
 * Gives each batch norm the statistics of its input, and changes nothing else: running mean and variance are those of all
 * images, scale and shift their deviation and mean. On these images it then does nothing, so that one pass through the
 * network without batch norm tells all of them. Each image counts once, as it is.
 *
 * @param options.signal ends it after the batch under way
 * @returns the weights, and of how many images the statistics are
 */
export async function normStatistics(
  plan: StatisticsPlan,
  source: Pick<LoadedSamples, 'batch' | 'samples'>,
  options: { readonly signal?: AbortSignal; readonly onImages?: (done: number, total: number) => void } = {},
): Promise<{ readonly weights: Tensors; readonly images: number }> {
  const { architecture, encoder, initial, size, threads, kernels, device } = plan;
  const total = source.samples.length;
  const batch = Math.min(total, Math.max(1, Math.floor(PIXELS / (size.height * size.width))));
  const shape = [batch, 3, size.height, size.width];
  const program = unnormedGraph(architecture, encoder, { ...size, batch, weights: initial });
  const moments = new Map(
    Object.entries(program.outputs).map(([name, { shape }]) => [name, new ChannelMoments(shape[1])]),
  );
  let images = 0;
  const engine = new Engine({ threads, kernels, device });
  try {
    const session = await loadWithEncoder(engine, program, architecture.encoder, { ...size, batch });
    for (const indices of batches(total, batch)) {
      const { input } = await source.batch(imageRequest(indices));
      const made = await session.run({ image: { shape, data: padBatch(input, sizeOf(shape)) } });
      for (const [name, sums] of moments) {
        const { data, shape } = made[name];
        sums.add(data.subarray(0, (data.length / batch) * indices.length), shape[2] * shape[3]);
      }
      images += indices.length;
      options.onImages?.(images, total);
      if (options.signal?.aborted) break;
    }
  } finally {
    await engine.close();
  }
  return { weights: withStatistics(initial, moments), images };
}

/** Weights in which batch norms of these names know what they are given. */
function withStatistics(weights: Tensors, moments: ReadonlyMap<string, ChannelMoments>): Tensors {
  const changed = new Map(weights);
  for (const [name, sums] of moments) {
    const { mean, variance } = sums.values();
    const told = (values: Float64Array): Tensor => ({
      shape: [values.length],
      data: Float32Array.from(values),
    });
    // The deviation that batch norm divides by, which is never 0.
    changed.set(`${name}.weight`, told(variance.map((v) => Math.sqrt(v + NORM_EPSILON))));
    changed.set(`${name}.bias`, told(mean));
    changed.set(`${name}.running_mean`, told(mean));
    changed.set(`${name}.running_var`, told(variance));
  }
  return changed;
}
