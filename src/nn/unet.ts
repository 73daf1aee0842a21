import { concat } from '../ops/movement.ts';
import { upsampleNearest } from '../ops/resize.ts';
import { type Decoder, skipsByStage } from './decoder.ts';
import { biased, normRelu } from './layers.ts';

/** Output channels of the blocks, deep to shallow; the last is at the image's size. */
const CHANNELS: readonly number[] = [1024, 512, 256, 128, 64, 32, 16];

/**
 * U-Net decoder (Ronneberger et al. 2015) in the style of segmentation_models_pytorch: blocks of nearest
 * upsampling x2, concatenation with the skip of that size, if there is one (upsampled first, skip second), two times
 * (convolution 3x3, batch norm, ReLU); then a convolution 3x3 to the output channels.
 */
export const unet: Decoder = {
  channelsFor: (doublings) => CHANNELS.slice(-doublings),
  build: (context, taps, options) => {
    const { graph } = context;
    const skips = skipsByStage(taps, options);
    const features = options.channels.reduce(
      (deep, channels, i) => {
        const name = `decoder.blocks.${i}`;
        return graph.scope(name, () => {
          const up = upsampleNearest(deep, 2);
          const skip = skips.get(i);
          const x = skip ? concat([up, skip], 1) : up;
          const half = normRelu(context, x, `${name}.conv1`, 'same', channels);
          return normRelu(context, half, `${name}.conv2`, 'same', channels);
        });
      },
      taps[taps.length - 1],
    );
    return graph.scope('segmentation_head', () =>
      biased(context, features, 'segmentation_head.0', 'same', options.outputs),
    );
  },
  // Weights [O, I, 3, 3].
  reader: (stage) => ({ tensor: `decoder.blocks.${stage}.conv1.0.weight`, axis: 1 }),
};
