import { type Shape, sizeOf } from '../core/shape.ts';
import { Graph, type Node, nodeOf, reachable, type Value } from '../graph/graph.ts';
import { reshape, transpose } from '../ops/movement.ts';
import { passes } from '../passes/index.ts';
import { inKernelLayout, kernelShape } from './layout.ts';
import { blockedOperators, swapLanes, take } from './operators.ts';

/**
 * How a tensor of four axes lies in memory, for a block of c channels. `image`: [N, C, H, W] as [N, C/c, H, W, c].
 * `kernel`: [O, I, KH, KW] as [O/c, I/c, KH, KW, c of I, c of O], which is what the runtime's convolutions read.
 */
export type Layout = 'plain' | 'image' | 'kernel';

/** What a rule makes of a node: its value in one layout. */
export interface ValueInLayout {
  readonly layout: Layout;
  readonly value: Value;
}

/** Writes a node in blocks, or returns undefined where that does not fit. */
export type Rule = (blocking: Blocking, node: Node) => ValueInLayout | undefined;

export const image = (value: Value): ValueInLayout => ({ layout: 'image', value });
export const kernel = (value: Value): ValueInLayout => ({ layout: 'kernel', value });
export const plain = (value: Value): ValueInLayout => ({ layout: 'plain', value });

/**
 * A graph being written once more, in blocks where a rule says so. Each value is kept in the layout that its maker gave
 * it; another is made when somebody asks for it.
 */
export class Blocking {
  readonly graph = new Graph(passes);
  readonly #made: Readonly<Record<Layout, Map<Value, Value>>> = {
    plain: new Map(),
    image: new Map(),
    kernel: new Map(),
  };
  readonly #uses = new Map<Value, number>();
  readonly #counted = new Set<Value>();

  constructor(
    readonly block: number,
    readonly rules: Readonly<Record<string, readonly Rule[]>>,
    /** Inputs that the engine keeps from run to run, in any layout. */
    readonly stored: ReadonlySet<string>,
  ) {}

  write(values: readonly Value[]): void {
    this.#count(values);
    for (const value of reachable(values, { has: (each) => this.#has(each) })) this.#write(value);
  }

  /** Whether it is there in this layout already. */
  is(value: Value, layout: Layout): boolean {
    return this.#made[layout].has(value);
  }

  /** How many values are made of this one. */
  uses(value: Value): number {
    return this.#uses.get(value) ?? 0;
  }

  in(layout: Layout, value: Value): Value {
    const made = this.#made[layout];
    let found = made.get(value);
    if (!found) {
      found = this.graph.scope(value.name, () => this.#converted(value, layout));
      made.set(value, found);
    }
    return found;
  }

  plain(value: Value): Value {
    return this.in('plain', value);
  }

  image(value: Value): Value {
    return this.in('image', value);
  }

  kernel(value: Value): Value {
    return this.in('kernel', value);
  }

  /** [A, B, KH, KW] with its first two axes exchanged, in the kernel's layout. */
  swappedKernel(value: Value): Value {
    const node = nodeOf(value);
    if (node?.operator.name === 'transpose' && `${node.attributes.order}` === '1,0,2,3')
      return this.kernel(node.inputs[0]);
    return swapKernel(this.kernel(value));
  }

  fits(shape: Shape, layout: 'image' | 'kernel'): boolean {
    if (shape.length !== 4 || shape[1] % this.block !== 0) return false;
    return layout === 'image' || shape[0] % this.block === 0;
  }

  /** Numbers of channels [C] or [1, C, 1, 1] as weights of a convolution 1x1 for each. */
  channels(value: Value): Value {
    const c = this.block;
    return reshape(this.plain(value), [sizeOf(value.shape) / c, 1, 1, c]);
  }

  /** A form that expands, expanded and written. */
  expanded(value: Value): ValueInLayout {
    this.write([value]);
    for (const layout of ['image', 'kernel', 'plain'] as const) {
      const found = this.#made[layout].get(value);
      if (found) return { layout, value: found };
    }
    throw new Error(`${value.name}: got no layout, expected one`);
  }

  #has(value: Value): boolean {
    return Object.values(this.#made).some((made) => made.has(value));
  }

  #count(values: readonly Value[]): void {
    for (const value of reachable(values, this.#counted)) {
      this.#counted.add(value);
      for (const input of nodeOf(value)?.inputs ?? []) this.#uses.set(input, this.uses(input) + 1);
    }
  }

  #write(value: Value): void {
    const { layout, value: written } = this.#written(value);
    this.#made[layout].set(value, written);
  }

  #written(value: Value): ValueInLayout {
    const { origin, name, shape } = value;
    if (origin.kind === 'input') {
      if (this.stored.has(name))
        return this.fits(shape, 'kernel')
          ? kernel(this.graph.input(name, kernelShape(shape, this.block)))
          : plain(this.graph.input(name, shape));
      const given = this.graph.input(name, shape);
      // Taps of an encoder outside of the graph: they lie as they would inside, so that the same rules fit them.
      return this.fits(shape, 'image')
        ? image(this.graph.apply(blockedOperators.blockImage, [given], { block: this.block }))
        : plain(given);
    }
    if (origin.kind === 'constant') return plain(this.graph.constant(origin.data, shape, name));
    const { node } = origin;
    for (const rule of this.rules[node.operator.name] ?? []) {
      const laid = this.graph.scope(name, () => rule(this, node));
      if (laid) return laid;
    }
    const form = node.operator.forms.find(({ fits }) => !fits || fits(node))!;
    if ('expand' in form) return this.expanded(value.graph.scope(name, () => form.expand(node)));
    const inputs = node.inputs.map((input) => this.plain(input));
    return plain(this.graph.apply(node.operator, inputs, node.attributes, name));
  }

  #converted(value: Value, layout: Layout): Value {
    const { shape, origin } = value;
    if (layout === 'kernel' && origin.kind === 'constant') {
      return this.graph.constant(
        inKernelLayout(origin.data, shape, this.block),
        kernelShape(shape, this.block),
      );
    }
    if (layout !== 'plain') {
      const source = this.plain(value);
      if (layout === 'image') {
        return this.graph.apply(blockedOperators.blockImage, [source], { block: this.block });
      }
      return blockKernel(source, this.block);
    }
    const blocked = this.#made.image.get(value);
    if (blocked) return this.graph.apply(blockedOperators.unblockImage, [blocked], { channels: shape[1] });
    const weights = this.#made.kernel.get(value);
    if (!weights) throw new Error(`${value.name}: got a value that was not written, expected one that was`);
    return reshape(transpose(weights, [0, 5, 1, 4, 2, 3]), shape);
  }
}

/** [O, I, KH, KW], plain, in the kernel's layout. */
export function blockKernel(w: Value, c: number): Value {
  const [o, i, kh, kw] = w.shape;
  return transpose(reshape(w, [o / c, c, i / c, c, kh, kw]), [0, 2, 4, 5, 3, 1]);
}

/** Blocks and lanes of a kernel's first two axes exchanged: [A/c, B/c, KH, KW, b, a] -> [B/c, A/c, KH, KW, a, b]. */
export function swapKernel(w: Value): Value {
  const [a, b, kh, kw] = w.shape;
  return kernelOfTaps(w, [b, a, kh, kw], (j, i, y, x) => [i, j, y, x], true);
}

/**
 * A kernel [.., .., KH, KW, c, c] out of the blocks of another: `from` says for each of the new which of the old.
 *
 * @param swap whether the lanes within a block change places
 */
export function kernelOfTaps(
  w: Value,
  [a, b, kh, kw]: Shape,
  from: (i: number, j: number, y: number, x: number) => readonly [number, number, number, number],
  swap = false,
): Value {
  const [, oldB, oldH, oldW, c] = w.shape;
  const positions: number[] = [];
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let y = 0; y < kh; y++)
        for (let x = 0; x < kw; x++) {
          const [p, q, r, s] = from(i, j, y, x);
          positions.push(((p * oldB + q) * oldH + r) * oldW + s);
        }
  const rows = sizeOf(w.shape.slice(0, 4));
  const blocks = swap
    ? reshape(swapLanes(reshape(w, [rows, c, c])), [rows, c * c])
    : reshape(w, [rows, c * c]);
  return reshape(take(blocks, positions), [a, b, kh, kw, c, c]);
}
