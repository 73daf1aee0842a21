import type { Size } from '../../core/size.ts';
import type { Tensors } from '../../core/tensor.ts';
import { Graph } from '../../graph/graph.ts';
import type { Program } from '../../graph/program.ts';
import { ModelContext } from '../../nn/context.ts';
import { encode } from '../../nn/encoder.ts';
import { type Architecture, decode } from '../../nn/model.ts';
import { gradients } from '../../ops/index.ts';
import { slice } from '../../ops/movement.ts';
import { scalar, sum } from '../../ops/reduce.ts';
import { passes } from '../../passes/index.ts';

/** Around the centre pixel, in pixels. */
export const RADII: readonly number[] = [1, 2, 4, 8, 16, 32];

export interface ReceptiveField {
  /** Part of the gradient within each of `RADII`, 0..1. */
  readonly within: readonly number[];
  /** The smallest distance in pixels within which lies at least half of it. */
  readonly halfRadius: number;
}

/** The pixel that the output is looked at: the lower right one of the middle four. */
function centreOf({ height, width }: Size): { readonly y: number; readonly x: number } {
  return { y: Math.floor(height / 2), x: Math.floor(width / 2) };
}

/**
 * From how far away an output depends on the image: the effective receptive field (Luo et al. 2016, "Understanding the
 * effective receptive field in deep convolutional neural networks"), by the size of gradients.
 *
 * @param gradient of the output's centre pixel, as `receptiveFieldGraph` gives it: [3, H, W], or of several images
 *   [N, 3, H, W]; absolute values of all planes are summed
 */
export function receptiveField(gradient: Float32Array, size: Size): ReceptiveField {
  const { height, width } = size;
  const centre = centreOf(size);
  const mass = new Float64Array(height * width);
  for (let i = 0; i < gradient.length; i++) mass[i % mass.length] += Math.abs(gradient[i]);
  const distances = mass.map((_, i) => Math.hypot(Math.floor(i / width) - centre.y, (i % width) - centre.x));
  const total = mass.reduce((all, x) => all + x, 0);
  const inside = (radius: number) => mass.reduce((all, x, i) => (distances[i] <= radius ? all + x : all), 0);

  let reached = 0;
  let halfRadius = 0;
  for (const i of Array.from(mass.keys()).sort((a, b) => distances[a] - distances[b])) {
    if (reached >= total / 2) break;
    reached += mass[i];
    halfRadius = distances[i];
  }
  return { within: RADII.map((radius) => inside(radius) / total), halfRadius };
}

/**
 * Input `image` [N, 3, H, W]; output `gradient` [N, 3, H, W]: of the output's centre pixel, its channels summed (before
 * the sigmoid of a mask), by each image.
 *
 * @param options.weights of the decoder; batch norm is evaluated with its running statistics, so images are independent
 */
export function receptiveFieldGraph(
  architecture: Architecture,
  encoder: Tensors,
  options: Size & { readonly batch: number; readonly weights: Tensors },
): Program {
  const { batch, height, width, weights } = options;
  const graph = new Graph(passes);
  const image = graph.input('image', [batch, 3, height, width]);
  const context = new ModelContext(graph, 'evaluate', { baked: weights, encoder });
  const output = decode(context, architecture, encode(context, architecture.encoder, image));
  const { y, x } = centreOf(options);
  const pixel = slice(slice(output, 2, y, y + 1), 3, x, x + 1);
  const [gradient] = gradients(scalar(sum(pixel)), [image]);
  return { outputs: { gradient } };
}
