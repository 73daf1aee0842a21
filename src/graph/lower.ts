import type { OnnxModel, OnnxNode } from '../onnx/model.ts';
import { expectShape, type Node, nodeOf, reachable, type Value } from './graph.ts';
import { NodeWriter } from './node-writer.ts';
import type { Form, OperatorForms } from './operator.ts';

/**
 * Lowers what the named outputs depend on to one ONNX model: for each operator the first form that fits.
 * The model's inputs are the graph inputs that are used, under their own names; dead values are left out.
 *
 * @param forms are asked before an operator's own
 */
export function lower(outputs: Readonly<Record<string, Value>>, forms: OperatorForms = {}): OnnxModel {
  const lowering = new Lowering(forms);
  for (const value of Object.values(outputs)) lowering.lower(value);
  for (const [name, value] of Object.entries(outputs)) lowering.output(name, value);
  const wanted = Object.entries(outputs).map(([name, value]) => ({ name, shape: value.shape }));
  const model = lowering.model();
  const nodes = shallowFirst(needed(model.nodes, Object.keys(outputs)));
  return { ...model, nodes, outputs: wanted };
}

class Lowering extends NodeWriter {
  readonly #inputs: { name: string; shape: readonly number[] }[] = [];
  readonly #tensors = new Map<Value, string>();
  readonly #forms: OperatorForms;
  #prefix = '';

  constructor(forms: OperatorForms) {
    super();
    this.#forms = forms;
  }

  /** Makes a lowered value readable under an output's name. */
  output(name: string, value: Value): void {
    if (this.taken.has(name))
      throw new Error(`output: got the name ${name}, expected one that no input or value has`);
    this.taken.add(name);
    this.nodes.push({
      operator: 'Identity',
      domain: '',
      inputs: [this.#tensors.get(value)!],
      outputs: [name],
      attributes: {},
    });
  }

  model(): Pick<OnnxModel, 'nodes' | 'inputs' | 'initializers' | 'shapes'> {
    return {
      nodes: bypassIdentities(this.nodes),
      shapes: new Map([...this.#tensors].map(([{ shape }, name]) => [name, shape])),
      inputs: this.#inputs,
      initializers: [...this.initializers.values()],
    };
  }

  lower(value: Value): void {
    for (const each of reachable([value], this.#tensors)) this.#tensors.set(each, this.#write(each));
  }

  #write(value: Value): string {
    const { origin, name, shape } = value;
    if (origin.kind === 'input') {
      this.#inputs.push({ name, shape });
      this.taken.add(name);
      return name;
    }
    if (origin.kind === 'constant') {
      this.initializers.set(name, { name, shape, data: origin.data });
      this.taken.add(name);
      return name;
    }
    const form = this.#formOf(origin.node);
    if ('expand' in form) {
      const expanded = value.graph.scope(name, () => form.expand(origin.node));
      expectShape(expanded, shape, `${origin.node.operator.name} at ${name}, form ${form.name}`);
      this.lower(expanded);
      return this.#tensors.get(expanded)!;
    }
    this.#prefix = name;
    const inputs = origin.node.inputs.map((input) => this.#tensors.get(input)!);
    return form.emit(origin.node, inputs, this);
  }

  protected nameFor(operator: string): string {
    return this.taken.has(this.#prefix) ? `${this.#prefix}/${operator}` : this.#prefix;
  }

  /** The form that a node is carried out in. */
  #formOf(node: Node): Form {
    const { name, forms } = node.operator;
    const form = [...(this.#forms[name] ?? []), ...forms].find(({ fits }) => !fits || fits(node));
    if (!form)
      throw new Error(
        `${name} at ${node.output.name}: got no form that fits, expected a last one that always does`,
      );
    return form;
  }
}

/** Lets a node write under the output's name itself where an Identity would only copy; inputs and constants keep theirs. */
function bypassIdentities(nodes: readonly OnnxNode[]): OnnxNode[] {
  const makers = new Map(nodes.map((node) => [node.outputs[0], node]));
  const renamed = new Map<string, string>();
  const kept = nodes.filter((node) => {
    const source = node.inputs[0];
    const maker = makers.get(source);
    if (node.operator !== 'Identity' || !maker || renamed.has(source) || maker.operator === 'Identity')
      return true;
    renamed.set(source, node.outputs[0]);
    return false;
  });
  return kept.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => renamed.get(name) ?? name),
    outputs: node.outputs.map((name) => renamed.get(name) ?? name),
  }));
}

/** The nodes that outputs depend on: a tensor that nobody reads would be kept to the end of a run. */
function needed(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const read = new Set(outputs);
  const kept = [...nodes].reverse().filter((node) => {
    if (!node.outputs.some((name) => read.has(name))) return false;
    for (const name of node.inputs) read.add(name);
    return true;
  });
  return kept.reverse();
}

/**
 * Nodes by their distance from the inputs. Of what a node reads the runtime makes first what stands last: so the longest
 * way is gone first, and what is at hand, such as the mask of a ReLU, is made when it is needed and not kept until then.
 * A quarter less lives at once.
 *
 * The squares that norms are made of stand the other way round: so the gradients of the last layer's weights are made first,
 * while what they are made of is there. Else all of it is kept until the first layer is reached; where an encoder is trained,
 * a third less lives at once.
 */
function shallowFirst(nodes: readonly OnnxNode[]): OnnxNode[] {
  /** By tensor: how far from the inputs, and whether squares lie on the way. */
  const made = new Map<string, { readonly depth: number; readonly squares: boolean }>();
  const placed = nodes.map((node) => {
    const sources = node.inputs.flatMap((name) => made.get(name) ?? []);
    const depth = 1 + Math.max(0, ...sources.map((source) => source.depth));
    const after = sources.some(({ squares }) => squares);
    const isSquares = node.operator === 'ReduceSumSquare';
    for (const name of node.outputs) made.set(name, { depth, squares: after || isSquares });
    const rank = after ? 2 : isSquares ? 1 : 0;
    return { node, rank, place: rank === 1 ? -depth : depth };
  });
  return placed.sort((a, b) => a.rank - b.rank || a.place - b.place).map(({ node }) => node);
}

/** A graph as text, one line a value that the outputs depend on: for people and for golden files. */
export function printGraph(outputs: readonly Value[]): string {
  const line = (value: Value) => {
    const shape = `[${value.shape.join('x')}]`;
    const node = nodeOf(value);
    if (!node) return `${value.name} ${shape} = ${value.origin.kind}`;
    const attributes = Object.entries(node.attributes).map(([key, content]) => `${key}=${content}`);
    return `${value.name} ${shape} = ${node.operator.name}(${[...node.inputs.map((input) => input.name), ...attributes].join(', ')})`;
  };
  return `${reachable(outputs).map(line).join('\n')}\n`;
}
