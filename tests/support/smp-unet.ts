import type { Shape } from '../../src/core/shape.ts';

/** What segmentation_models_pytorch's encoders/resnet.py gives torchvision's ResNet: its block and how many of them. */
const ENCODERS = {
  resnet18: { expansion: 1, layers: [2, 2, 2, 2], out: [64, 64, 128, 256, 512] },
  resnet34: { expansion: 1, layers: [3, 4, 6, 3], out: [64, 64, 128, 256, 512] },
  resnet50: { expansion: 4, layers: [3, 4, 6, 3], out: [64, 256, 512, 1024, 2048] },
};

/**
 * Names and shapes of the state dict of segmentation_models_pytorch's `Unet(encoder, decoder_channels=.., classes=..)`, by
 * encoders/resnet.py (torchvision's ResNet without fc), decoders/unet/decoder.py (UnetDecoderBlock: conv1, conv2 of
 * Conv2dReLU = convolution without bias, batch norm, ReLU; no weights of attention) and base/heads.py (SegmentationHead).
 */
export function smpUnetShapes(
  encoder: keyof typeof ENCODERS,
  decoderChannels: readonly number[],
  classes: number,
): Record<string, Shape> {
  const { expansion, layers, out } = ENCODERS[encoder];
  const shapes: Record<string, Shape> = {};
  const normed = (conv: string, norm: string, shape: Shape) => {
    shapes[`${conv}.weight`] = shape;
    for (const name of ['weight', 'bias', 'running_mean', 'running_var'])
      shapes[`${norm}.${name}`] = [shape[0]];
    shapes[`${norm}.num_batches_tracked`] = [];
  };
  normed('encoder.conv1', 'encoder.bn1', [64, 3, 7, 7]);
  let inputs = 64;
  for (const [l, blocks] of layers.entries()) {
    const planes = 64 * 2 ** l;
    for (let b = 0; b < blocks; b++) {
      const block = `encoder.layer${l + 1}.${b}`;
      const convs =
        expansion === 1
          ? [
              [planes, inputs, 3],
              [planes, planes, 3],
            ]
          : [
              [planes, inputs, 1],
              [planes, planes, 3],
              [4 * planes, planes, 1],
            ];
      for (const [i, [o, c, size]] of convs.entries())
        normed(`${block}.conv${i + 1}`, `${block}.bn${i + 1}`, [o, c, size, size]);
      if (inputs !== planes * expansion || (b === 0 && l > 0))
        normed(`${block}.downsample.0`, `${block}.downsample.1`, [planes * expansion, inputs, 1, 1]);
      inputs = planes * expansion;
    }
  }
  const skips = [...out.slice(0, -1).reverse(), 0];
  let deep = out[4];
  for (const [i, channels] of decoderChannels.entries()) {
    const block = `decoder.blocks.${i}`;
    normed(`${block}.conv1.0`, `${block}.conv1.1`, [channels, deep + skips[i], 3, 3]);
    normed(`${block}.conv2.0`, `${block}.conv2.1`, [channels, channels, 3, 3]);
    deep = channels;
  }
  shapes['segmentation_head.0.weight'] = [classes, deep, 3, 3];
  shapes['segmentation_head.0.bias'] = [classes];
  return shapes;
}
