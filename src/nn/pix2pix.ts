import { concat } from '../ops/movement.ts';
import { type Decoder, skipsByStage } from './decoder.ts';
import { biased, normRelu } from './layers.ts';

/** Output channels of the enlarging layers, deep to shallow; the last is at half the image's size. */
const CHANNELS: readonly number[] = [1024, 512, 256, 128, 64];

/**
 * The decoder of TensorFlow's segmentation tutorial, named after the pix2pix model its layers come from:
 * (transposed convolution 3x3, stride 2, batch norm, ReLU; concatenation with the skip of that size, if there is one),
 * as often as it takes, then a transposed convolution to the output channels. The output layer reads the first skip
 * directly: there is no convolution after it.
 */
export const pix2pix: Decoder = {
  channelsFor: (doublings) => CHANNELS.slice(1 - doublings),
  build: (context, taps, options) => {
    const { graph } = context;
    const skips = skipsByStage(taps, options);
    const features = options.channels.reduce(
      (deep, channels, i) => {
        const name = `decoder.ups.${i}`;
        return graph.scope(name, () => {
          const up = normRelu(context, deep, name, 'doubling', channels);
          const skip = skips.get(i);
          return skip ? concat([up, skip], 1) : up;
        });
      },
      taps[taps.length - 1],
    );
    return graph.scope('segmentation_head', () =>
      biased(context, features, 'segmentation_head.0', 'doubling', options.outputs),
    );
  },
  // Weights [I, O, 3, 3] of the layer after the concatenation.
  reader: (stage, doublings) => ({
    tensor: stage < doublings - 2 ? `decoder.ups.${stage + 1}.0.weight` : 'segmentation_head.0.weight',
    axis: 0,
  }),
};
