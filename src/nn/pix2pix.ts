import type { Value } from '../graph/graph.ts';
import { concat } from '../ops/movement.ts';
import type { ModelContext } from './context.ts';
import { biased, normRelu } from './layers.ts';
import { type Gate, gated } from './skips.ts';

/** Output channels of the four enlarging layers, deep to shallow. */
export const PIX2PIX_CHANNELS: readonly number[] = [512, 256, 128, 64];

/**
 * The decoder of TensorFlow's segmentation tutorial, named after the pix2pix model its layers come from: four times
 * (transposed convolution 3x3, stride 2, batch norm, ReLU; concatenation with the skip), then a transposed convolution to
 * the output channels. The output layer reads the first skip directly: there is no convolution after it.
 *
 * @param taps five tensors, strides 2 to 32
 * @param options.gates one for each of the four skips, stride 2 first
 * @returns [N, outputs, H, W], linear
 */
export function pix2pixDecoder(
  context: ModelContext,
  taps: readonly Value[],
  options: {
    readonly channels: readonly number[];
    readonly outputs: number;
    readonly gates: readonly Gate[];
  },
): Value {
  const { graph } = context;
  const skips = taps.slice(0, -1).map((tap, level) => gated(tap, options.gates[level]));
  const features = options.channels.reduce(
    (deep, channels, i) => {
      const name = `decoder.ups.${i}`;
      return graph.scope(name, () =>
        concat([normRelu(context, deep, name, 'doubling', channels), skips[skips.length - 1 - i]], 1),
      );
    },
    taps[taps.length - 1],
  );
  return graph.scope('segmentation_head', () =>
    biased(context, features, 'segmentation_head.0', 'doubling', options.outputs),
  );
}
