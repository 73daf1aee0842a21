import type { Tensors } from '../core/tensor.ts';
import { contentOf } from '../nn/context.ts';
import { mobileNetV2 } from './mobilenetv2.ts';

/**
 * MobileNetV2 as TensorFlow's optimised graphs hold it, in the encoder's names and layouts. There batch norm is folded
 * into the convolutions but for the depthwise ones, whose factor is still a tensor of its own. Output strides that
 * were changed by dilation leave the kernels as they are.
 *
 * @param source the graph's tensors by their names, kernels as [height, width, in, out] or [height, width, channels, 1]
 * @throws UserError naming the first tensor that is missing or has another shape
 */
export function fromTensorFlow(source: Tensors): Tensors {
  const content = (name: string, shape: readonly number[]) =>
    contentOf(source, { name, shape }, 'TensorFlow graph').data;
  return new Map(
    mobileNetV2.tensors.map(({ name, shape }) => {
      const scope = scopeOf(name);
      const batchNorm = `${scope}/BatchNorm/FusedBatchNorm`;
      const [out, channels, height, width] = shape;
      if (shape.length === 1) return [name, { shape, data: content(`${batchNorm}/Offset`, shape).slice() }];
      if (scope.endsWith('/depthwise')) {
        const kernel = content(`${scope}/depthwise_weights`, [height, width, out, 1]);
        const factor = content(`${batchNorm}/Scaled`, [out]);
        return [name, { shape, data: outermostFirst(kernel, out, channels, factor) }];
      }
      const kernel = content(`${scope}/Conv2D/merged_input`, [height, width, channels, out]);
      return [name, { shape, data: outermostFirst(kernel, out, channels) }];
    }),
  );
}

/** `blocks.3.expand.weight` lies in `MobilenetV2/expanded_conv_3/expand`. */
function scopeOf(name: string): string {
  const [part, index, layer] = name.split('.');
  if (part === 'stem') return 'MobilenetV2/Conv';
  return `MobilenetV2/expanded_conv${index === '0' ? '' : `_${index}`}/${layer}`;
}

/** A kernel [taps, in, out] as [out, in, taps], each output times its factor. */
export function outermostFirst(
  kernel: Float32Array,
  out: number,
  channels: number,
  factor?: Float32Array,
): Float32Array {
  const taps = kernel.length / (out * channels);
  const result = new Float32Array(kernel.length);
  for (let o = 0; o < out; o++)
    for (let c = 0; c < channels; c++)
      for (let t = 0; t < taps; t++)
        result[(o * channels + c) * taps + t] = kernel[(t * channels + c) * out + o] * (factor?.[o] ?? 1);
  return result;
}
