import { UserError } from '../core/errors.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import { smpEncoder } from '../encoders/smp.ts';
import type { Network } from '../eval/predictor.ts';
import { ENCODER_PREFIX } from '../nn/context.ts';
import { skipReaders } from '../nn/model.ts';
import { foldGates } from '../nn/skip-weights.ts';
import { isOff, SKIP_GATES } from '../nn/skips.ts';

/** A network as the state dict of segmentation_models_pytorch's `Unet`. */
export interface SmpStateDict {
  readonly tensors: Tensors;
  /** `num_batches_tracked` of each batch norm, integers. */
  readonly counts: ReadonlyMap<string, number>;
  /** The call that makes the network they fit. */
  readonly call: string;
}

/**
 * A network's weights by the names of segmentation_models_pytorch's `Unet` (its decoders/unet/decoder.py), for
 * `load_state_dict` with `strict=True`. The decoder is the same network with the same names. Gates of skips, learned ones and
 * those that are off, are folded into the weights that read them.
 *
 * @param what to call the run in errors
 * @throws UserError for a network that is not among that library's
 */
export function smpStateDict(network: Network, what: string): SmpStateDict {
  const { encoder, decoder, decoderChannels, head } = network.architecture;
  if (decoder !== 'unet') {
    throw new UserError({
      what,
      got: `the decoder ${decoder}, which segmentation_models_pytorch does not have`,
      expected: 'unet',
      fix: 'export to ONNX, or train with --decoder unet',
    });
  }
  const tensors = new Map([...smpEncoder(encoder, network.encoder, what), ...decoderTensors(network)]);
  const norms = [...tensors.keys()].filter((name) => name.endsWith('.running_var'));
  const channels = decoderChannels.join(', ');
  return {
    tensors,
    counts: new Map(norms.map((name) => [name.replace(/running_var$/, 'num_batches_tracked'), 0])),
    call: `Unet("${encoder.name}", encoder_weights=None, decoder_channels=(${channels}), classes=${head.channels})`,
  };
}

/** The decoder's and the output layer's weights, without gates. */
function decoderTensors({ architecture, weights }: Network): [string, Tensor][] {
  const readers = skipReaders(architecture);
  const learned = weights.get(SKIP_GATES)?.data;
  const gates = readers.map(({ level }) =>
    isOff(architecture.skips, level) ? 0 : (learned?.[level - 1] ?? 1),
  );
  const folded = gates.every((gate) => gate === 1) ? weights : foldGates(weights, readers, gates);
  return [...folded].filter(([name]) => name !== SKIP_GATES && !name.startsWith(ENCODER_PREFIX));
}
