import { UserError } from '../core/errors.ts';
import { formatShape, type Shape, sameShape } from '../core/shape.ts';
import { expectFinite, type Tensors } from '../core/tensor.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { Initializer } from './init.ts';

/** The names of an encoder's tensors start so among a network's. */
export const ENCODER_PREFIX = 'encoder.';

/** The encoder's name of a tensor; undefined for one that is not the encoder's. */
export function encoderTensor(name: string): string | undefined {
  return name.startsWith(ENCODER_PREFIX) ? name.slice(ENCODER_PREFIX.length) : undefined;
}

/** A tensor that a model owns. */
export interface ParameterSpec {
  /** As in the checkpoint, for example `decoder.blocks.0.conv1.0.weight`. */
  readonly name: string;
  readonly shape: Shape;
  readonly init: Initializer;
  /** Running statistics are kept and saved, but have no gradient. */
  readonly trainable: boolean;
}

/**
 * What a layer needs to know of the graph it is built into. One model definition serves all four:
 * training (parameters are inputs, batch statistics), live evaluation (parameters are inputs, running statistics),
 * baked evaluation (parameters are constants), and the network as if it had no batch norm (`unnormed`).
 */
export class ModelContext {
  /** Parameters asked for so far, in order. */
  readonly specs: ParameterSpec[] = [];
  /** Next values of running statistics, by parameter name; filled in training. */
  readonly updates = new Map<string, Value>();
  /** What batch norms would be given, by their names, as `decoder.blocks.0.conv1.1`; filled where there are none. */
  readonly unnormed = new Map<string, Value>();
  /** What the layers make, by their names, in order; the output layer's is the model's output. */
  readonly activations = new Map<string, Value>();
  readonly #values = new Map<string, Value>();

  /** The parameters' content, if they are to be constants. */
  readonly baked: Tensors | undefined;
  /** How far running statistics move towards a batch's in a training step, 0..1; as PyTorch's BatchNorm2d. */
  readonly normMomentum: number;
  readonly #encoder: Tensors | undefined;
  readonly #trained: ReadonlySet<string>;
  readonly #prefix: string;

  constructor(
    readonly graph: Graph,
    readonly mode: 'train' | 'evaluate' | 'unnormed',
    options: {
      readonly baked?: Tensors;
      /** The encoder's weights, where the graph has an encoder. */
      readonly encoder?: Tensors;
      /** Names of those that are parameters, `encoder.<name>`; the others are frozen. */
      readonly trained?: ReadonlySet<string>;
      /** What the names of the graph's inputs for parameters start with, as `average/`. */
      readonly inputPrefix?: string;
      readonly normMomentum?: number;
    } = {},
  ) {
    this.baked = options.baked;
    this.normMomentum = options.normMomentum ?? 0.1;
    this.#encoder = options.encoder;
    this.#trained = options.trained ?? new Set();
    this.#prefix = options.inputPrefix ?? '';
  }

  /** Whether the encoder is part of the graph. */
  get encodes(): boolean {
    return this.#encoder !== undefined;
  }

  /**
   * A weight of the encoder: a parameter if it is trained. If it is frozen, it is a constant of the graph, without gradient
   * or statistics, so that nothing can move it.
   *
   * @param trainable whether it has a gradient; a running statistic has none
   */
  encoderWeight(name: string, trainable = true): Value {
    const content = this.#encoder?.get(name);
    if (!content) throw new Error(`encoder weight ${name}: got none, expected one in the context`);
    const parameter = ENCODER_PREFIX + name;
    return this.#trained.has(name)
      ? (this.#values.get(parameter) ?? this.parameter(parameter, content.shape, { given: true }, trainable))
      : this.graph.constant(content.data, content.shape, name);
  }

  /** The encoder's weights; none where the graph has no encoder. */
  get encoderTensors(): Tensors {
    return this.#encoder ?? new Map();
  }

  /** Whether a weight of the encoder is an input that may change; otherwise it is a constant. */
  trains(name: string): boolean {
    return this.#trained.has(name) && !this.baked;
  }

  /** The value of a parameter, as an input of the graph or a constant. */
  parameter(name: string, shape: Shape, init: Initializer, trainable = true): Value {
    const spec = { name, shape, init, trainable };
    this.specs.push(spec);
    const value = this.baked
      ? this.graph.constant(contentOf(this.baked, spec, 'weights').data, shape, name)
      : this.graph.input(this.#prefix + name, shape);
    this.#values.set(name, value);
    return value;
  }

  /** The values of the trainable parameters, in the order of `specs`. */
  get trainable(): { readonly spec: ParameterSpec; readonly value: Value }[] {
    return this.specs
      .filter((spec) => spec.trainable)
      .map((spec) => ({ spec, value: this.#values.get(spec.name)! }));
  }
}

/**
 * A parameter's content out of a set of tensors.
 *
 * @throws UserError naming file and tensor if it is missing, has another shape, or a number in it is not finite
 */
export function contentOf(
  tensors: Tensors,
  { name, shape }: Pick<ParameterSpec, 'name' | 'shape'>,
  file: string,
) {
  const found = tensors.get(name);
  if (!found || !sameShape(found.shape, shape)) {
    throw new UserError({
      what: `${file}: tensor ${name}`,
      got: found ? formatShape(found.shape) : 'none',
      expected: formatShape(shape),
      fix: 'give weights of the same architecture',
    });
  }
  expectFinite(found, `${file}: tensor ${name}`);
  return found;
}
