import type { Size } from '../core/size.ts';
import { NEXT_PREFIX } from '../core/state.ts';
import type { TensorSpec, Tensors } from '../core/tensor.ts';
import { Graph, type Value } from '../graph/graph.ts';
import type { Program } from '../graph/program.ts';
import { abs, add, div, maximum, minimum, mul, sqrt, sub } from '../ops/elementwise.ts';
import { gradients } from '../ops/index.ts';
import { slice } from '../ops/movement.ts';
import { mean, scalar, sum, sumOfSquares, total } from '../ops/reduce.ts';
import { passes } from '../passes/index.ts';
import {
  CONSISTENCY_LOSS,
  CONSISTENCY_WEIGHT,
  consistencyLoss,
  PLAIN_OUTPUT,
  weightShape,
} from './consistency.ts';
import { ENCODER_PREFIX, ModelContext, type ParameterSpec } from './context.ts';
import { tapsOf } from './features.ts';
import { activate } from './head.ts';
import type { Loss } from './losses.ts';
import { type Architecture, decode, levelOf } from './model.ts';
import type { Optimizer, OptimizerOptions } from './optimizers.ts';
import { groupOf, type ParameterGroup, scalarName } from './parameter-groups.ts';
import { gatedTaps, SKIP_GATES } from './skips.ts';

/** A training step as a pure function of state, batch and scalars. */
export interface StepGraph {
  readonly model: Program;
  /** Everything that the step reads and renews beside the batch: parameters, running statistics, the optimizer's memory. */
  readonly state: readonly TensorSpec[];
}

/** How a model learns. */
export interface StepOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly optimizerOptions: OptimizerOptions;
  /** The gradients are scaled down to this norm, taken over all of them; 0 = never. */
  readonly clipNorm: number;
  /** Of gated skips: this times the sum of the gates' absolute values is added to the loss; default 0. */
  readonly gatePenalty?: number;
  /** How far batch norm's running statistics move towards a batch's; default PyTorch's 0.1. */
  readonly normMomentum?: number;
  /** Adds the input `weight` [N, 1, H, W]: how much each pixel counts in the loss. */
  readonly weighted?: boolean;
  /** Parameters that learn in a way of their own. */
  readonly groups?: readonly ParameterGroup[];
  /** Those of them that are frozen in this step. */
  readonly frozen?: readonly ParameterGroup[];
  /**
   * Renews averages of parameters and running statistics, `average/<name>`, by the input `average_decay` d:
   * d average + (1 - d) next.
   */
  readonly averaged?: boolean;
  /**
   * How many images of the batch, the last ones, are plain: they have no target, and are held to pseudo-masks, see
   * `consistencyLoss`. The input `consistency_weight` is the factor of that loss.
   */
  readonly plain?: number;
}

/** Averages of the state are kept under names with this prefix. */
export const AVERAGE_PREFIX = 'average/';

/** Outputs of a step with this prefix are the gradient's norm over one level of the network. */
export const LEVEL_NORM = 'gradient_norm/';

/** The name under which the optimizer's memory of a parameter is kept. */
export function slotName(parameter: string, slot: string): string {
  return `${parameter}.${slot}`;
}

/**
 * One training step of the whole network: forward, backward, optimizer. What is frozen of the encoder is constant.
 *
 * Inputs: `image` [N, 3, H, W] in [-1, 1], what `stepGraph` adds, and of dropped skips `skip_gates` [N, skips, 1, 1].
 *
 * @param encoder its weights; without them the step is the decoder's alone, and the encoder's taps are inputs, by their
 *   names
 */
export function trainingStep(
  architecture: Architecture,
  encoder: Tensors | undefined,
  options: StepOptions & Size & { readonly batch: number },
): StepGraph {
  const model = (context: ModelContext) =>
    decode(context, architecture, tapsOf(context, architecture.encoder, options));
  const { frozen = [] } = options;
  const isTrained = (name: string) => groupOf(frozen, ENCODER_PREFIX + name) === undefined;
  const trained = new Set([...(architecture.trained ?? [])].filter(isTrained));
  return stepGraph(model, { ...options, encoder, trained });
}

/**
 * One training step of any model.
 *
 * Inputs: the model's own, `target` of its output's shape, with `weighted` `weight`, scalars `lr` and the optimizer's (for
 * each group of parameters `lr/<group>` and so on, too), with `plain` those of the consistency loss, and the state.
 * Outputs: scalars `loss` (before the update), `gradient_norm` and `gradient_norm/<level>` of each level of the network
 * (before clipping) and `weight_norm` (after the update), with `plain` `consistency_loss` (before its weight) and
 * `plain_output` (linear), and `next/<name>` for the state.
 *
 * @param model makes its inputs and its output in the graph of a context
 * @param options.encoder weights of the encoder, where the model has one
 */
export function stepGraph(
  model: (context: ModelContext) => Value,
  options: StepOptions & { readonly encoder?: Tensors; readonly trained?: ReadonlySet<string> },
): StepGraph {
  const graph = new Graph(passes);
  const context = new ModelContext(graph, 'train', options);
  const [output, plain] = withoutPlain(model(context), options.plain);
  const target = graph.input('target', output.shape);
  const weight = options.weighted ? graph.input('weight', weightShape(output)) : undefined;
  const { frozen = [] } = options;
  const trainable = context.trainable.filter(({ spec }) => !groupOf(frozen, spec.name));
  const gates = trainable.find(({ spec }) => spec.name === SKIP_GATES)?.value;
  const consistency = plain && graph.scope('consistency', () => consistencyLoss(options.loss, plain));
  const loss = graph.scope('loss', () => {
    const error = options.loss(output, target, weight);
    const gated = gates ? add(error, mul(scalar(sum(abs(gates))), options.gatePenalty ?? 0)) : error;
    return consistency ? add(gated, mul(consistency, graph.input(CONSISTENCY_WEIGHT, []))) : gated;
  });
  const raw = gradients(
    loss,
    trainable.map(({ value }) => value),
  );
  const norm = graph.scope('clip', () => globalNorm(raw));
  const levelNorms: Record<string, Value> = {};
  for (const level of new Set(trainable.map(({ spec }) => levelOf(spec.name)))) {
    const members = raw.filter((_, i) => levelOf(trainable[i].spec.name) === level);
    levelNorms[LEVEL_NORM + level] = graph.scope('levels', () => globalNorm(members));
  }
  const clipped = (gradient: Value) =>
    options.clipNorm > 0
      ? mul(gradient, minimum(div(graph.constant(options.clipNorm), maximum(norm, 1e-12)), 1))
      : gradient;

  const updated = graph.scope('optimizer', () =>
    updates(
      graph,
      trainable.map(({ spec, value }, i) => ({ spec, value, gradient: clipped(raw[i]) })),
      options,
    ),
  );
  const next = new Map([...updated.next, ...context.updates]);
  const state: TensorSpec[] = [
    ...context.specs.map(({ name, shape }) => ({ name, shape })),
    ...updated.slots,
    ...(options.averaged ? averages(graph, context, next) : []),
  ];
  const moved = trainable.map(({ spec }) => next.get(spec.name)!);
  const weightNorm = graph.scope('weights', () => globalNorm(moved));
  const outputs = {
    ...{ loss, gradient_norm: norm, ...levelNorms, weight_norm: weightNorm },
    ...(consistency && { [CONSISTENCY_LOSS]: consistency, [PLAIN_OUTPUT]: plain }),
    ...Object.fromEntries(Array.from(next, ([name, value]) => [NEXT_PREFIX + name, value])),
  };
  return { model: { outputs, stored: state.map(({ name }) => name) }, state };
}

/** What the network makes of the images with a target, and of the plain ones behind them. */
function withoutPlain(output: Value, plain = 0): [Value, Value?] {
  const [batch] = output.shape;
  if (plain === 0) return [output];
  return [slice(output, 0, 0, batch - plain), slice(output, 0, batch - plain, batch)];
}

/** A parameter with its gradient. */
interface Trained {
  readonly spec: ParameterSpec;
  readonly value: Value;
  readonly gradient: Value;
}

/** What the optimizer makes of parameters and of its memory of them, by name, and what that memory is. */
function updates(
  graph: Graph,
  trained: readonly Trained[],
  { optimizer, optimizerOptions, groups = [] }: StepOptions,
): { readonly next: ReadonlyMap<string, Value>; readonly slots: readonly TensorSpec[] } {
  const names = ['lr', ...Object.keys(optimizer.scalars(1, optimizerOptions))];
  const scalarsOf = (group: ParameterGroup | undefined) =>
    Object.fromEntries(names.map((name) => [name, graph.input(scalarName(name, group), [])]));
  const used = new Set(trained.map(({ spec }) => groupOf(groups, spec.name)));
  const scalars = new Map(Array.from(used, (group) => [group, scalarsOf(group)]));
  const next = new Map<string, Value>();
  const slots: TensorSpec[] = [];
  for (const { spec, value, gradient } of trained) {
    const { name, shape } = spec;
    const group = groupOf(groups, name);
    const kept = optimizer.slots.map((slot) => ({ slot, name: slotName(name, slot) }));
    slots.push(...kept.map((each) => ({ name: each.name, shape })));
    const memory = Object.fromEntries(kept.map((each) => [each.slot, graph.input(each.name, shape)]));
    const made = optimizer.step(
      { parameter: value, gradient, memory, scalars: scalars.get(group)! },
      { ...optimizerOptions, weightDecay: group?.weightDecay ?? optimizerOptions.weightDecay },
    );
    next.set(name, made.parameter);
    for (const [slot, content] of Object.entries(made.memory)) next.set(slotName(name, slot), content);
  }
  return { next, slots };
}

/** Adds the averages of parameters and running statistics to what is renewed. */
function averages(graph: Graph, { specs }: ModelContext, next: Map<string, Value>): TensorSpec[] {
  const decay = graph.input('average_decay', []);
  const rest = sub(graph.constant(1), decay);
  return specs.flatMap(({ name, shape }) => {
    const value = next.get(name);
    if (!value) return [];
    const average = graph.input(AVERAGE_PREFIX + name, shape);
    next.set(AVERAGE_PREFIX + name, add(mul(average, decay), mul(value, rest)));
    return [{ name: AVERAGE_PREFIX + name, shape }];
  });
}

/** The Euclidean norm over all elements of all values. */
function globalNorm(values: readonly Value[]): Value {
  return sqrt(total(values.map(sumOfSquares)));
}

/**
 * The network in evaluation mode: input `image` [N, 3, H, W]; output `output` (or another name) [N, C, H, W], as the
 * network's head makes it: probabilities of a mask, or an image in [-1, 1].
 *
 * @param encoder its weights; without them the encoder's taps are inputs, by their names
 * @param options.weights parameters to bake in, batch norm folded; without them they are inputs of the model
 * @param options.loss adds the output `loss`, with inputs `target` and `weight` [N, 1, 1, 1], or with `weighted`
 *   [N, 1, H, W]: how much an image or a pixel counts, 0 for images that only fill up the batch
 * @param options.gates adds the input `skip_gates` [taps], numbers that the encoder's taps are multiplied by
 */
export function evaluationGraph(
  architecture: Architecture,
  encoder: Tensors | undefined,
  options: Size & {
    readonly batch: number;
    readonly weights?: Tensors;
    readonly loss?: Loss;
    readonly weighted?: boolean;
    readonly outputName?: string;
    readonly gates?: boolean;
    /** Whether the parameters that are inputs are the averages, `average/<name>`. */
    readonly averaged?: boolean;
    /** Operators as a person would draw them. */
    readonly literal?: boolean;
    /** Adds the output `features` [N, channels, 1, 1]: the mean of the deepest tap over its positions. */
    readonly features?: boolean;
  },
): Program {
  const { batch, weights, loss, outputName = 'output' } = options;
  const graph = new Graph(options.literal ? [] : passes);
  const inputPrefix = options.averaged ? AVERAGE_PREFIX : '';
  const { trained } = architecture;
  const context = new ModelContext(graph, 'evaluate', { baked: weights, encoder, trained, inputPrefix });
  const taps = tapsOf(context, architecture.encoder, options);
  const linear = decode(context, architecture, options.gates ? gatedTaps(taps) : taps);
  const stored = weights ? [] : context.specs.map(({ name }) => inputPrefix + name);
  const output = activate(architecture.head, linear);
  const features = options.features && { features: mean(taps[taps.length - 1], [2, 3]) };
  if (!loss) return { outputs: { [outputName]: output, ...features }, stored };
  const target = graph.input('target', linear.shape);
  const weight = graph.input('weight', options.weighted ? weightShape(linear) : [batch, 1, 1, 1]);
  return { outputs: { [outputName]: output, loss: loss(linear, target, weight) }, stored };
}
