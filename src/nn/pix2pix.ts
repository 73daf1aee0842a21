import { concat } from '../ops/movement.ts';
import { type Decoder, gatedSkips, type ReaderOf } from './decoder.ts';
import { biased, normRelu } from './layers.ts';

/** Output channels of the four enlarging layers, deep to shallow. */
export const PIX2PIX_CHANNELS: readonly number[] = [512, 256, 128, 64];

/**
 * The decoder of TensorFlow's segmentation tutorial, named after the pix2pix model its layers come from: four times
 * (transposed convolution 3x3, stride 2, batch norm, ReLU; concatenation with the skip), then a transposed convolution to
 * the output channels. The output layer reads the first skip directly: there is no convolution after it.
 */
export const pix2pixDecoder: Decoder = (context, taps, options) => {
  const { graph } = context;
  const skips = gatedSkips(taps, options.gates);
  const features = options.channels.reduce(
    (deep, channels, i) => {
      const name = `decoder.ups.${i}`;
      return graph.scope(name, () =>
        concat([normRelu(context, deep, name, 'doubling', channels), skips[i]], 1),
      );
    },
    taps[taps.length - 1],
  );
  return graph.scope('segmentation_head', () =>
    biased(context, features, 'segmentation_head.0', 'doubling', options.outputs),
  );
};

/** Weights [I, O, 3, 3] of the layer after the concatenation. */
export const pix2pixReader: ReaderOf = (stage) => ({
  tensor:
    stage < PIX2PIX_CHANNELS.length - 1 ? `decoder.ups.${stage + 1}.0.weight` : 'segmentation_head.0.weight',
  axis: 0,
});
