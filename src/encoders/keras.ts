import type { Shape } from '../core/shape.ts';
import type { TensorSpec, Tensors } from '../core/tensor.ts';
import { contentOf } from '../nn/context.ts';
import { layersOf } from '../nn/encoder.ts';
import { foldNorm, type NormTensor } from '../nn/norm.ts';
import { mobileNetV2 } from './mobilenetv2.ts';
import { outermostFirst } from './tensorflow-mobilenet.ts';

/** What Keras's MobileNetV2 adds to variances. */
const EPSILON = 1e-3;

/** What Keras calls the tensors of a batch norm. */
const STATISTICS: Readonly<Record<NormTensor, string>> = {
  weight: 'gamma',
  bias: 'beta',
  running_mean: 'moving_mean',
  running_var: 'moving_variance',
};

/** A convolution of ours and the two layers that it is in Keras. */
interface KerasLayer {
  /** As `blocks.3.expand`. */
  readonly ours: string;
  /** As `block_3_expand`, and its batch norm. */
  readonly conv: string;
  readonly norm: string;
  /** Of our kernel. */
  readonly shape: Shape;
}

const LAYERS: readonly KerasLayer[] = layersOf(mobileNetV2).map(({ layer: ours, shape }) => {
  if (ours === 'stem') return { ours, conv: 'Conv1', norm: 'bn_Conv1', shape };
  const [, index, kind] = ours.split('.');
  const conv = `${index === '0' ? 'expanded_conv' : `block_${index}`}_${kind}`;
  return { ours, conv, norm: `${conv}_BN`, shape };
});

const isDepthwise = ({ ours }: KerasLayer) => ours.endsWith('.depthwise');

/** Kernels as [height, width, in, out], depthwise ones as [height, width, channels, 1]. */
function kernelOf(layer: KerasLayer): TensorSpec {
  const [out, channels, height, width] = layer.shape;
  return isDepthwise(layer)
    ? { name: `${layer.conv}/depthwise_kernel`, shape: [height, width, out, channels] }
    : { name: `${layer.conv}/kernel`, shape: [height, width, channels, out] };
}

/** The weights of Keras's MobileNetV2 that are read, as `block_1_expand/kernel`; those of its last layers are not. */
export const KERAS_TENSORS: readonly TensorSpec[] = LAYERS.flatMap((layer) => [
  kernelOf(layer),
  ...Object.values(STATISTICS).map((name) => ({ name: `${layer.norm}/${name}`, shape: [layer.shape[0]] })),
]);

/**
 * MobileNetV2 as Keras holds it (keras.applications.MobileNetV2, width 1.0), in the encoder's names and layouts, batch norm
 * folded in.
 *
 * @param source by the names of `KERAS_TENSORS`
 * @throws UserError naming the first tensor that is missing or has another shape
 */
export function fromKeras(source: Tensors, file: string): Tensors {
  return new Map(
    LAYERS.flatMap((layer) => {
      const { shape, norm } = layer;
      const [out, channels] = shape;
      const kernel = outermostFirst(contentOf(source, kernelOf(layer), file).data, out, channels);
      const { weight, bias } = foldNorm(
        { shape, data: kernel },
        (of) => contentOf(source, { name: `${norm}/${STATISTICS[of]}`, shape: [out] }, file).data,
        { epsilon: EPSILON },
      );
      return [
        [`${layer.ours}.weight`, weight],
        [`${layer.ours}.bias`, bias],
      ] as const;
    }),
  );
}
