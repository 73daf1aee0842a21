import type { Shape } from '../core/shape.ts';
import type { OnnxAttribute } from '../onnx/model.ts';
import type { Node, Value } from './graph.ts';

/** What an operator is configured by; plain data, so that equal applications can be recognised. */
export type Attributes = Readonly<Record<string, number | string | boolean | readonly number[]>>;

/** One operator, whole: its shapes, its gradient and the ways it can be carried out. */
export interface Operator<A extends Attributes = Attributes> {
  readonly name: string;

  /** Shape of the output; `throw complain('got .., expected ..')` where the inputs do not fit. */
  shape(inputs: readonly Shape[], attributes: A, complain: (problem: string) => Error): Shape;

  /**
   * Gradient with respect to `node.inputs[index]`, given the gradient `dy` of the output: a value of the output's
   * (broadcast) or the input's shape, or undefined where it is zero everywhere. An operator without this rule
   * cannot be differentiated, which is an error that names it.
   */
  readonly gradient?: (node: Node<A>, dy: Value, index: number) => Value | undefined;

  /** Ways to carry it out, best first; the first that fits is taken. The last must fit always. */
  readonly forms: readonly Form<A>[];
}

/** A way to carry out an operator: by other operators of fewmask, or by ONNX nodes. */
export type Form<A extends Attributes = Attributes> = {
  readonly name: string;
  /** When this form may and should be taken; absent = always. Say why, measured, in a comment beside it. */
  readonly fits?: (node: Node<A>) => boolean;
} & (
  | { readonly expand: (node: Node<A>) => Value }
  | { readonly emit: (node: Node<A>, inputs: readonly string[], emitter: Emitter) => string }
);

/** Forms by the name of their operator. */
export type OperatorForms = Readonly<Record<string, readonly Form[]>>;

/** Writes ONNX nodes; equal nodes and constants are written once. */
export interface Emitter {
  /** Adds a node with one output and returns that output's tensor name. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    domain?: string,
  ): string;
  /**
   * A tensor seen in another shape of the same size; back in its maker's shape it is the maker's own.
   *
   * @param from its shape, where that is not known from the reshaping before
   */
  reshape(tensor: string, shape: Shape, from?: Shape): string;
  /** An int64 constant: a vector. */
  ints(values: readonly number[]): string;
  /** A float32 constant: a scalar, or a vector. */
  floats(values: number | readonly number[]): string;
}
