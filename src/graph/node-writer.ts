import { type Shape, sameShape } from '../core/shape.ts';
import type { OnnxAttribute, OnnxInitializer, OnnxNode } from '../onnx/model.ts';
import type { Emitter } from './operator.ts';

/** Collects ONNX nodes and constants; equal ones are written once, and names are never taken twice. */
export abstract class NodeWriter implements Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers = new Map<string, OnnxInitializer>();
  protected readonly taken = new Set<string>();
  readonly #known = new Map<string, string>();
  /** Of reshaped tensors: what they were before. */
  readonly #sources = new Map<string, { readonly tensor: string; readonly shape?: Shape }>();

  /** What the output of the next node is called, if nothing is called so yet. */
  protected abstract nameFor(operator: string): string;

  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain = '',
  ): string {
    const key = JSON.stringify([operator, domain, inputs, attributes]);
    let output = this.#known.get(key);
    if (!output) {
      output = this.#freshName(this.nameFor(operator));
      this.nodes.push({ operator, domain, inputs: [...inputs], outputs: [output], attributes });
      this.#known.set(key, output);
    }
    return output;
  }

  reshape(tensor: string, shape: Shape, from?: Shape): string {
    const source = this.#sources.get(tensor) ?? { tensor, shape: from };
    if (source.shape && sameShape(source.shape, shape)) return source.tensor;
    const reshaped = this.node('Reshape', [source.tensor, this.ints(shape)]);
    this.#sources.set(reshaped, source);
    return reshaped;
  }

  ints(values: readonly number[]): string {
    const name = `ints(${values.join()})`;
    this.initializers.set(name, {
      name,
      shape: [values.length],
      data: BigInt64Array.from(values.map(BigInt)),
    });
    return name;
  }

  floats(values: number | readonly number[]): string {
    const list = typeof values === 'number' ? [values] : values;
    const name = typeof values === 'number' ? `float(${values})` : `floats(${values.join()})`;
    const shape = typeof values === 'number' ? [] : [list.length];
    this.initializers.set(name, { name, shape, data: Float32Array.from(list) });
    return name;
  }

  #freshName(base: string): string {
    let name = base;
    for (let n = 2; this.taken.has(name); n++) name = `${base}_${n}`;
    this.taken.add(name);
    return name;
  }
}
