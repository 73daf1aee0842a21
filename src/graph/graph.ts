import { formatShape, type Shape, sameShape, sizeOf } from '../core/shape.ts';
import type { Attributes, Operator } from './operator.ts';
import type { Application, Pass } from './pass.ts';

/** Where a value comes from. */
export type Origin =
  | { readonly kind: 'input' }
  | { readonly kind: 'constant'; readonly data: Float32Array }
  | { readonly kind: 'operator'; readonly node: Node };

/** The application of an operator to values. */
export interface Node<A extends Attributes = Attributes> {
  readonly operator: Operator<A>;
  readonly inputs: readonly Value[];
  readonly attributes: A;
  readonly output: Value;
}

/** A float32 tensor in a graph: known by shape, not yet by content. */
export interface Value {
  readonly graph: Graph;
  /** Position in the order of creation: inputs of an operator come before its output. */
  readonly id: number;
  readonly name: string;
  readonly shape: Shape;
  readonly origin: Origin;
}

/**
 * A graph under construction. It knows no neural network, only operators (see `operator.ts`) and values.
 * Applying the same operator to the same values again returns the value that is already there, so shared
 * sub-expressions, in the forward pass or in gradients, cost nothing and need no thought.
 */
export class Graph {
  readonly values: Value[] = [];
  readonly #applications = new Map<string, Value>();
  readonly #constants = new Map<string, Value>();
  readonly #names = new Set<string>();
  #scope: readonly string[] = [];

  /** @param passes how operators are written as others that cost less, best first; none = as they are said, for people to read */
  constructor(readonly passes: readonly Pass[] = []) {}

  /** A named input; the name must be new. */
  input(name: string, shape: Shape): Value {
    if (this.#names.has(name)) throw new Error(`graph input: got the name ${name} twice, expected a new one`);
    return this.#add(name, shape, { kind: 'input' });
  }

  /** A constant; small equal ones are shared. A number without a shape is a scalar. */
  constant(content: number | readonly number[] | Float32Array, shape: Shape = [], name = 'constant'): Value {
    const numbers = typeof content === 'number' ? [content] : content;
    const data = numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
    if (data.length !== sizeOf(shape)) {
      throw new Error(
        `constant ${name}: got ${data.length} values, expected ${sizeOf(shape)} for ${formatShape(shape)}`,
      );
    }
    if (data.length > 64) return this.#add(this.#freshName(name), shape, { kind: 'constant', data });
    const key = `${formatShape(shape)} ${Array.from(data, (x) => (Object.is(x, -0) ? '-0' : x)).join()}`;
    let value = this.#constants.get(key);
    if (!value) {
      value = this.#add(this.#freshName(name), shape, { kind: 'constant', data });
      this.#constants.set(key, value);
    }
    return value;
  }

  /**
   * The output of an operator on these inputs, named after it or as wanted; or what the first pass that fits makes of it.
   * Throws where the shapes do not fit.
   */
  apply<A extends Attributes>(
    operator: Operator<A>,
    inputs: readonly Value[],
    attributes: A,
    wanted = operator.name,
  ): Value {
    for (const input of inputs) {
      if (input.graph !== this)
        throw new Error(`${operator.name}: got ${input.name} of another graph, expected one graph`);
    }
    const key = `${operator.name} ${inputs.map((input) => input.id).join()} ${JSON.stringify(attributes)}`;
    const known = this.#applications.get(key);
    if (known) return known;
    const name = this.#freshName(wanted);
    const complain = (problem: string) => new Error(`${operator.name} at ${name}: ${problem}`);
    const shape = operator.shape(
      inputs.map((input) => input.shape),
      attributes,
      complain,
    );
    const rewritten = this.#rewritten(operator.name, { inputs, attributes });
    if (rewritten) {
      expectShape(rewritten, shape, `${operator.name} at ${name}, rewritten by a pass`);
      this.#applications.set(key, rewritten);
      return rewritten;
    }
    const node = {
      operator: operator as unknown as Operator,
      inputs,
      attributes,
      output: undefined as unknown as Value,
    };
    const value = this.#add(name, shape, { kind: 'operator', node });
    node.output = value;
    this.#applications.set(key, value);
    return value;
  }

  #rewritten(operator: string, application: Application): Value | undefined {
    for (const { rewrites } of this.passes) {
      const value = rewrites[operator]?.(application);
      if (value) return value;
    }
    return undefined;
  }

  /** Names made inside `body` get this prefix: the path of a layer. */
  scope<T>(name: string, body: () => T): T {
    const outer = this.#scope;
    this.#scope = [...outer, name];
    try {
      return body();
    } finally {
      this.#scope = outer;
    }
  }

  #freshName(last: string): string {
    const path = [...this.#scope, last].join('/');
    let name = path;
    for (let n = 2; this.#names.has(name); n++) name = `${path}_${n}`;
    return name;
  }

  #add(name: string, shape: Shape, origin: Origin): Value {
    const value = { graph: this, id: this.values.length, name, shape, origin };
    this.values.push(value);
    this.#names.add(name);
    return value;
  }
}

/** The node that makes a value, or undefined for inputs and constants. */
export function nodeOf(value: Value): Node | undefined {
  return value.origin.kind === 'operator' ? value.origin.node : undefined;
}

/** Throws unless a value has this shape; returns it. */
export function expectShape(value: Value, shape: Shape, what: string): Value {
  if (!sameShape(value.shape, shape)) {
    throw new Error(`${what}: got ${formatShape(value.shape)}, expected ${formatShape(shape)}`);
  }
  return value;
}

/**
 * The values that the outputs are made of, inputs before users; whatever else the graph holds is dead.
 * What is `done` already, and lies behind that alone, is left out.
 */
export function reachable(
  outputs: readonly Value[],
  done: { has(value: Value): boolean } = new Set(),
): Value[] {
  const seen = new Set<Value>();
  const stack = [...outputs];
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (seen.has(value) || done.has(value)) continue;
    seen.add(value);
    stack.push(...(nodeOf(value)?.inputs ?? []));
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
