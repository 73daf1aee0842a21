import { UserError } from '../core/errors.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import { type Encoder, layersOf } from '../nn/encoder.ts';
import { NORM_EPSILON } from '../nn/norm.ts';
import { resNetNames } from './pytorch-names.ts';
import { resNet18, resNet34, resNet50 } from './resnet.ts';

/** Those that segmentation_models_pytorch has with the same taps, by the same names. */
const SAME = [resNet18, resNet34, resNet50].map(({ name }) => name);

/**
 * An encoder's weights by the names of segmentation_models_pytorch (its encoders/resnet.py). Batch norm is folded into our
 * convolutions; there they get one that changes nothing: mean 0, variance 1 - epsilon, weight 1, and the convolution's bias.
 *
 * @param what to call the network in errors
 * @throws UserError for an encoder that is not in that library, or has other taps there
 */
export function smpEncoder(encoder: Encoder, weights: Tensors, what: string): Tensors {
  if (!SAME.includes(encoder.name)) {
    throw new UserError({
      what,
      got: `the encoder ${encoder.name}, which segmentation_models_pytorch does not have with these taps (its mobilenet_v2 has the blocks' outputs as skips, ours their expansions)`,
      expected: `one of ${SAME.join(', ')}`,
      fix: 'export to ONNX, or train with --encoder hf:timm/resnet34.a1_in1k',
    });
  }
  return new Map(
    layersOf(encoder).flatMap(({ layer, shape }) => {
      const { conv, norm } = resNetNames(layer);
      const filled = (value: number): Tensor => ({
        shape: [shape[0]],
        data: new Float32Array(shape[0]).fill(value),
      });
      return [
        [`encoder.${conv}.weight`, weights.get(`${layer}.weight`)!],
        [`encoder.${norm}.weight`, filled(1)],
        [`encoder.${norm}.bias`, weights.get(`${layer}.bias`)!],
        [`encoder.${norm}.running_mean`, filled(0)],
        [`encoder.${norm}.running_var`, filled(1 - NORM_EPSILON)],
      ] as const;
    }),
  );
}
