import { type Shape, sameShape, sizeOf } from '../core/shape.ts';
import type { OnnxModel, OnnxNode } from '../onnx/model.ts';
import { NodeWriter } from './node-writer.ts';

/**
 * The blocked layout NCHWc: [N, C/c, H, W, c] for a block of c channels, declared as [N, C, H, W]. ONNX Runtime's
 * convolutions work in it at twice the speed, but it uses them only where the weights are constants; its operators of
 * this domain take any.
 */
const DOMAIN = 'com.microsoft.nchwc';

/**
 * The same model with its convolutions of weights that are no constants, and what lies between them, in the blocked
 * layout. A tensor is kept in the layout that its maker gives it; the other is made when somebody needs it.
 *
 * @param model with the shapes of its tensors; what has none stays as it is
 * @param block channels in a block of this runtime, 8 or 16
 * @param leastPositions convolutions of fewer output positions, N H W, stay plain
 */
export function inBlocks(model: OnnxModel, block: number, leastPositions = LEAST_POSITIONS): OnnxModel {
  const pass = new Pass(model, block, leastPositions);
  for (const node of model.nodes) pass.write(node);
  for (const { name } of model.outputs) pass.output(name);
  return { ...model, nodes: alive(pass.nodes, model), initializers: [...pass.initializers.values()] };
}

/** A rule writes a node in the blocked layout and returns its output's name, or undefined where it does not apply. */
type Rule = (pass: Pass, node: OnnxNode, shape: Shape) => string | undefined;

/** Smaller ones do not gain what it costs to bring their weights into blocks: 5 ns a weight against 1.5 ns a position. */
const LEAST_POSITIONS = 2048;

const elementwise: Rule = (pass, { operator, inputs, attributes }, shape) => {
  const kind = (name: string) => {
    const of = pass.shapeOf(name);
    if (!of || sizeOf(of) === 1) return 'scalar';
    if (sameShape(of, shape)) return 'image';
    return sameShape(of, [1, shape[1], 1, 1]) ? 'channels' : 'other';
  };
  const kinds = inputs.map(kind);
  const images = inputs.filter((_, i) => kinds[i] === 'image');
  if (kinds.includes('other') || !images.some((name) => pass.isBlocked(name))) return undefined;
  if (!kinds.includes('channels')) {
    const written = inputs.map((name, i) => (kinds[i] === 'image' ? pass.blocked(name) : pass.plain(name)));
    return pass.node(operator, written, attributes);
  }
  const { rows, lanes } = pass.layout(shape);
  const written = inputs.map((name, i) => {
    if (kinds[i] === 'scalar') return pass.plain(name);
    return kinds[i] === 'image'
      ? pass.reshape(pass.blocked(name), rows)
      : pass.reshape(pass.plain(name), lanes);
  });
  return pass.reshape(pass.node(operator, written, attributes), shape);
};

const rules: Readonly<Record<string, Rule>> = {
  Conv: (pass, { inputs: [x, w, bias], attributes }, shape) => {
    const [, channels] = pass.shapeOf(x) ?? [];
    const kernel = pass.shapeOf(w);
    if (!kernel || pass.isConstant(w) || attributes.group !== 1 || channels % pass.block !== 0)
      return undefined;
    if (shape[0] * shape[2] * shape[3] < pass.leastPositions) return undefined;
    const { strides, pads, dilations, group } = attributes;
    return pass.node(
      'Conv',
      [pass.blocked(x), pass.blockedWeights(w, kernel), ...(bias ? [pass.plain(bias)] : [])],
      { kernel_shape: kernel.slice(2), strides, pads, dilations, group },
      DOMAIN,
    );
  },
  Add: elementwise,
  Sub: elementwise,
  Mul: elementwise,
  Div: elementwise,
  Relu: elementwise,
  Neg: elementwise,
  HardSigmoid: elementwise,
  /** Scale and shift of a channel are a convolution of 1x1 for each. */
  BatchNormalization: (pass, { inputs: [x, scale, shift] }, shape) => {
    if (!pass.isBlocked(x)) return undefined;
    const weights = pass.reshape(pass.plain(scale), [shape[1], 1, 1, 1]);
    return pass.node(
      'Conv',
      [pass.blocked(x), weights, pass.plain(shift)],
      { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: shape[1] },
      DOMAIN,
    );
  },
  Concat: (pass, { inputs, attributes }) => {
    const fit = inputs.every((name) => pass.fits(pass.shapeOf(name)));
    if (attributes.axis !== 1 || !fit || !inputs.some((name) => pass.isBlocked(name))) return undefined;
    return pass.node(
      'Concat',
      inputs.map((name) => pass.blocked(name)),
      attributes,
    );
  },
  /** Of this project's only nearest enlargement by whole factors. */
  Resize: (pass, { inputs: [x] }, shape) => {
    const from = pass.shapeOf(x);
    if (!from || !pass.isBlocked(x)) return undefined;
    const scales = shape.map((extent, axis) => extent / from[axis]);
    return pass.node('Upsample', [pass.blocked(x)], { scales }, DOMAIN);
  },
  AveragePool: (pass, { inputs: [x], attributes }) =>
    pass.isBlocked(x) ? pass.node('AveragePool', [pass.blocked(x)], attributes, DOMAIN) : undefined,
};

/**
 * Sums of a channel over all else: the runtime's means of each image, times their pixels. Its output is no image, and is
 * plain: of a single pixel both layouts are the same. Summing rows of lanes takes five times as long.
 */
function channelSums(pass: Pass, { operator, inputs: [x, axes] }: OnnxNode): string | undefined {
  const shape = pass.shapeOf(x);
  if (operator !== 'ReduceSum' || axes !== 'ints(0,2,3)' || !shape || !pass.isBlocked(x)) return undefined;
  const means = pass.node('GlobalAveragePool', [pass.blocked(x)], {}, DOMAIN);
  const sums = pass.node('ReduceSum', [means, pass.ints([0])], { keepdims: 1 });
  return pass.node('Mul', [sums, pass.floats(shape[2] * shape[3])]);
}

class Pass extends NodeWriter {
  /** By the tensor's name in the model: what holds it in each layout. */
  readonly #plain = new Map<string, string>();
  readonly #blocked = new Map<string, string>();
  readonly #shapes: ReadonlyMap<string, Shape>;
  #prefix = '';

  constructor(
    model: OnnxModel,
    readonly block: number,
    readonly leastPositions: number,
  ) {
    super();
    for (const each of model.initializers) this.initializers.set(each.name, each);
    for (const { name } of [...model.inputs, ...model.initializers]) this.#plain.set(name, name);
    for (const name of [...this.#plain.keys(), ...model.nodes.flatMap(({ outputs }) => outputs)]) {
      this.taken.add(name);
    }
    this.#shapes = new Map([
      ...(model.shapes ?? []),
      ...[...model.inputs, ...model.initializers, ...model.outputs].map(
        ({ name, shape }) => [name, shape] as const,
      ),
    ]);
  }

  write(node: OnnxNode): void {
    const [output] = node.outputs;
    this.#prefix = output;
    const shape = this.shapeOf(output);
    const blocked = this.fits(shape) && rules[node.operator]?.(this, node, shape!);
    if (blocked) {
      this.#blocked.set(output, blocked);
      return;
    }
    const sums = channelSums(this, node);
    if (sums) {
      this.#plain.set(output, sums);
      return;
    }
    this.nodes.push({ ...node, inputs: node.inputs.map((name) => (name === '' ? '' : this.plain(name))) });
    this.#plain.set(output, output);
  }

  /** Makes a tensor plain under its own name. */
  output(name: string): void {
    const found = this.plain(name);
    if (found === name) return;
    this.nodes.push({ operator: 'Identity', domain: '', inputs: [found], outputs: [name], attributes: {} });
  }

  shapeOf(name: string): Shape | undefined {
    return this.#shapes.get(name);
  }

  isConstant(name: string): boolean {
    return this.initializers.has(name);
  }

  isBlocked(name: string): boolean {
    return this.#blocked.has(name);
  }

  /** Whether a tensor of this shape can be blocked. */
  fits(shape: Shape | undefined): boolean {
    return shape?.length === 4 && shape[1] % this.block === 0;
  }

  /** A blocked image as rows of lanes, [N, C/c, H W, c], and what is said of each channel beside it. */
  layout([n, channels, h, w]: Shape): { readonly rows: Shape; readonly lanes: Shape } {
    const blocks = channels / this.block;
    return { rows: [n, blocks, h * w, this.block], lanes: [blocks, 1, this.block] };
  }

  plain(name: string): string {
    let found = this.#plain.get(name);
    if (!found) {
      const channels = this.shapeOf(name)![1];
      this.nodes.push({
        operator: 'ReorderOutput',
        domain: DOMAIN,
        inputs: [this.#blocked.get(name)!],
        outputs: [name],
        attributes: { channels },
      });
      found = name;
      this.#plain.set(name, found);
    }
    return found;
  }

  blocked(name: string): string {
    let found = this.#blocked.get(name);
    if (!found) {
      found = this.node('ReorderInput', [this.plain(name)], {}, DOMAIN);
      this.#blocked.set(name, found);
    }
    return found;
  }

  /** Weights [O, I, KH, KW] as [O/c, I/c, KH, KW, c of I, c of O]. */
  blockedWeights(name: string, [o, i, kh, kw]: Shape): string {
    const c = this.block;
    const split = this.reshape(this.plain(name), [o / c, c, i / c, c, kh, kw]);
    return this.reshape(this.node('Transpose', [split], { perm: [0, 2, 4, 5, 3, 1] }), [o, i, kh, kw]);
  }

  reshape(name: string, shape: Shape): string {
    return this.node('Reshape', [name, this.ints(shape)]);
  }

  protected nameFor(): string {
    return `${this.#prefix}/blocked`;
  }
}

/** Whether a model has convolutions that the runtime does not bring into blocks by itself. */
export function hasWeightsToBlock({ nodes, initializers }: OnnxModel): boolean {
  const constants = new Set(initializers.map(({ name }) => name));
  return nodes.some(({ operator, inputs }) => operator === 'Conv' && !constants.has(inputs[1]));
}

/** The nodes that outputs depend on. */
function alive(nodes: readonly OnnxNode[], { outputs }: OnnxModel): OnnxNode[] {
  const needed = new Set(outputs.map(({ name }) => name));
  const kept = [...nodes].reverse().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const name of node.inputs) needed.add(name);
    return true;
  });
  return kept.reverse();
}
