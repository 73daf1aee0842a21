import { UserError } from '../core/errors.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import { resNetNames } from '../encoders/pytorch-names.ts';
import type { Network } from '../eval/predictor.node.ts';
import { ENCODER_PREFIX } from '../nn/context.ts';
import type { Encoder } from '../nn/encoder.ts';
import { NORM_EPSILON } from '../nn/layers.ts';
import { skipReaders } from '../nn/model.ts';
import { foldGates } from '../nn/skip-weights.ts';
import { isOff, SKIP_GATES } from '../nn/skips.ts';

/** Encoders that segmentation_models_pytorch has, too, with the same taps; by our names. */
const SAME_ENCODERS = ['resnet18', 'resnet34', 'resnet50'];

/** A network as the state dict of segmentation_models_pytorch's `Unet`. */
export interface SmpStateDict {
  readonly tensors: Tensors;
  /** `num_batches_tracked` of each batch norm, integers. */
  readonly counts: ReadonlyMap<string, number>;
  /** The call that makes the network they fit. */
  readonly call: string;
}

/**
 * A network's weights by the names of segmentation_models_pytorch's `Unet` (its encoders/resnet.py and decoders/unet/decoder.py),
 * for `load_state_dict` with `strict=True`.
 *
 * The decoder is the same network with the same names. In the encoder batch norm is folded into the convolutions; there they
 * get one that changes nothing: variance 1 - epsilon, weight 1, mean 0, and the convolution's bias as its own. Gates of
 * skips, learned ones and those that are off, are folded into the weights that read them.
 *
 * @param what to call the run in errors
 * @throws UserError for a network that is not among that library's
 */
export function smpStateDict(network: Network, what: string): SmpStateDict {
  const { architecture } = network;
  expectSame(architecture, what);
  const decoder = [...withoutGates(network)].filter(([name]) => !name.startsWith(ENCODER_PREFIX));
  const tensors = new Map([...encoderTensors(architecture.encoder, network.encoder), ...decoder]);
  const norms = [...tensors.keys()].filter((name) => name.endsWith('.running_var'));
  const channels = architecture.decoderChannels.join(', ');
  return {
    tensors,
    counts: new Map(norms.map((name) => [name.replace(/running_var$/, 'num_batches_tracked'), 0])),
    call: `Unet("${architecture.encoder.name}", encoder_weights=None, decoder_channels=(${channels}), classes=${architecture.head.channels})`,
  };
}

function expectSame({ encoder, decoder }: Network['architecture'], what: string): void {
  if (decoder !== 'unet') {
    throw new UserError({
      what,
      got: `the decoder ${decoder}, which segmentation_models_pytorch does not have`,
      expected: 'unet',
      fix: 'export to ONNX, or train with --decoder unet',
    });
  }
  if (SAME_ENCODERS.includes(encoder.name)) return;
  throw new UserError({
    what,
    got: `the encoder ${encoder.name}, which segmentation_models_pytorch does not have with these taps (its mobilenet_v2 has the blocks' outputs as skips, ours their expansions)`,
    expected: `one of ${SAME_ENCODERS.join(', ')}`,
    fix: 'export to ONNX, or train with --encoder hf:timm/resnet34.a1_in1k',
  });
}

function* encoderTensors({ tensors }: Encoder, weights: Tensors): Generator<[string, Tensor]> {
  const filled = (channels: number, value: number): Tensor => ({
    shape: [channels],
    data: new Float32Array(channels).fill(value),
  });
  for (const { name, shape } of tensors) {
    if (!name.endsWith('.weight')) continue;
    const layer = name.slice(0, -'.weight'.length);
    const { conv, norm } = resNetNames(layer);
    yield [`encoder.${conv}.weight`, weights.get(name)!];
    yield [`encoder.${norm}.weight`, filled(shape[0], 1)];
    yield [`encoder.${norm}.bias`, weights.get(`${layer}.bias`)!];
    yield [`encoder.${norm}.running_mean`, filled(shape[0], 0)];
    yield [`encoder.${norm}.running_var`, filled(shape[0], 1 - NORM_EPSILON)];
  }
}

/** The decoder's and the output layer's weights. */
function withoutGates({ architecture, weights }: Network): Tensors {
  const readers = skipReaders(architecture);
  const learned = weights.get(SKIP_GATES)?.data;
  const gates = readers.map(({ level }) =>
    isOff(architecture.skips, level) ? 0 : (learned?.[level - 1] ?? 1),
  );
  const folded = new Map(gates.every((gate) => gate === 1) ? weights : foldGates(weights, readers, gates));
  folded.delete(SKIP_GATES);
  return folded;
}
