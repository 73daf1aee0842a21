import type { Tensor, TensorSpec, Tensors } from '../core/tensor.ts';
import type { Value } from '../graph/graph.ts';
import { conv } from '../ops/conv.ts';
import type { ConvOptions } from '../ops/conv-geometry.ts';
import { ENCODER_PREFIX, type ModelContext, type ParameterSpec } from './context.ts';
import type { Encoder } from './encoder.ts';
import { foldedByState, normOfBatch } from './layers.ts';
import { foldNorm, NORM_TENSORS, type NormTensor } from './norm.ts';

/** What a running statistic is before anything has run. */
const BEGINNINGS: Readonly<Record<string, number>> = { running_mean: 0, running_var: 1 };

/** A tensor of the batch norm beside a convolution. */
const normTensor = (layer: string, of: NormTensor) => `${layer}.norm.${of}`;

/**
 * A convolution of an encoder with its batch norm: folded into it, as `<layer>.weight` and `<layer>.bias`; or, of an encoder
 * whose norms are learned, beside it: in training by the batch's statistics, in evaluation by the running ones.
 *
 * @param options.padding as `conv` takes it, by the kernel's size
 */
export function encoderConv(
  context: ModelContext,
  x: Value,
  layer: string,
  options: Pick<ConvOptions, 'stride'> & { padding(kernel: number): ConvOptions['padding'] },
): Value {
  const { stride, padding } = options;
  const apply = (w: Value, bias?: Value) => {
    const groups = x.shape[1] / w.shape[1];
    return conv(x, w, { stride, groups, padding: padding(w.shape[2]), bias });
  };
  const { graph } = context;
  const weight = `${layer}.weight`;
  if (!context.encoderTensors.has(normTensor(layer, 'running_var'))) {
    const w = context.encoderWeight(weight);
    return graph.scope(layer, () => apply(w, context.encoderWeight(`${layer}.bias`)));
  }
  return graph.scope(layer, () => {
    if (!context.trains(weight)) {
      const folded = foldLayer(context.encoderTensors, layer);
      const constant = ({ data, shape }: Tensor, name: string) => graph.constant(data, shape, name);
      return apply(constant(folded.weight, weight), constant(folded.bias, `${layer}.bias`));
    }
    const w = context.encoderWeight(weight);
    const [gamma, beta, mean, variance] = NORM_TENSORS.map((of) =>
      context.encoderWeight(normTensor(layer, of), !(of in BEGINNINGS)),
    );
    const norm = { name: `${ENCODER_PREFIX}${layer}.norm`, gamma, beta, mean, variance };
    if (context.mode === 'train') return normOfBatch(context, apply(w), norm);
    const folded = foldedByState(w, norm, 0);
    return apply(folded.w, folded.bias);
  });
}

/** An encoder whose batch norms are learned, not folded into its convolutions. */
export function withLearnedNorms(encoder: Encoder): Encoder {
  return {
    ...encoder,
    tensors: encoder.tensors.flatMap((spec) => {
      const layer = layerOfBias(spec.name);
      if (layer === undefined) return [spec];
      return NORM_TENSORS.map((of): TensorSpec => ({ name: normTensor(layer, of), shape: spec.shape }));
    }),
  };
}

/** Weights of an encoder with batch norms that change nothing yet, but for the bias. */
function withFreshNorms(weights: Tensors): Tensors {
  return new Map(
    [...weights].flatMap(([name, content]) => {
      const layer = layerOfBias(name);
      if (layer === undefined) return [[name, content] as const];
      const filled = (value: number) => ({ ...content, data: content.data.map(() => value) });
      const contents = { weight: filled(1), bias: content, running_mean: filled(0), running_var: filled(1) };
      return NORM_TENSORS.map((of) => [normTensor(layer, of), contents[of]] as const);
    }),
  );
}

/** The weights of an encoder's file as the encoder of a network takes them. */
export function weightsFor(encoder: Encoder, weights: Tensors): Tensors {
  return encoder.tensors.every(({ name }) => weights.has(name)) ? weights : withFreshNorms(weights);
}

/** Weights of an encoder, as another network has them, with batch norms as this encoder has them: folded, or learned. */
export function asTakenBy(encoder: Encoder, weights: Tensors): Tensors {
  const learned = encoder.tensors.some(({ name }) => name.endsWith('.norm.running_var'));
  return learned ? withFreshNorms(weights) : withFoldedNorms(weights);
}

function withFoldedNorms(weights: Tensors): Tensors {
  const layers = [...weights.keys()].flatMap((name) => {
    const layer = /^(.*)\.norm\.running_var$/.exec(name)?.[1];
    return layer === undefined ? [] : [layer];
  });
  const folded = new Map(weights);
  for (const layer of layers) {
    const { weight, bias } = foldLayer(weights, layer);
    for (const of of NORM_TENSORS) folded.delete(normTensor(layer, of));
    folded.set(`${layer}.weight`, weight).set(`${layer}.bias`, bias);
  }
  return folded;
}

/** A tensor of an encoder as a parameter of its network. */
export function encoderParameter({ name, shape }: TensorSpec): ParameterSpec {
  const beginning = BEGINNINGS[name.split('.').at(-1)!];
  const init = beginning === undefined ? ({ given: true } as const) : { fill: beginning };
  return { name: ENCODER_PREFIX + name, shape, init, trainable: beginning === undefined };
}

function foldLayer(weights: Tensors, layer: string) {
  return foldNorm(weights.get(`${layer}.weight`)!, (of) => weights.get(normTensor(layer, of))!.data);
}

const layerOfBias = (name: string): string | undefined => /^(.*)(?<!\.norm)\.bias$/.exec(name)?.[1];
