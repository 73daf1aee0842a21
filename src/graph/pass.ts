import type { Node, Value } from './graph.ts';
import type { Attributes, Operator } from './operator.ts';

/** An operator about to be applied. */
export type Application<A extends Attributes = Attributes> = Pick<Node<A>, 'inputs' | 'attributes'>;

/**
 * Writes applications of operators in another way, which costs less and means the same; results may differ in their
 * rounding. A graph asks its passes whenever an operator is applied (`Graph.apply`), so models, gradient rules and forms
 * say what they mean, and know nothing of it.
 */
export interface Pass {
  readonly name: string;
  /** By the operator's name: the value instead of the application, or undefined where it stays as it is. */
  readonly rewrites: Readonly<Record<string, (application: Application) => Value | undefined>>;
}

/** How a pass rewrites one operator. */
export function rewriting<A extends Attributes>(
  { name }: Operator<A>,
  rewrite: (application: Application<A>) => Value | undefined,
): Pass['rewrites'] {
  return { [name]: rewrite as (application: Application) => Value | undefined };
}
