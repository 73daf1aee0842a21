import { type Node, nodeOf, reachable, type Value } from '../../src/graph/graph.ts';
import type { Form } from '../../src/graph/operator.ts';

/** The operators that values depend on, and the forms they are lowered in; also those inside expanded forms. */
export function formsTaken(values: readonly Value[]): { readonly node: Node; readonly form: Form }[] {
  const found = new Map<Value, { node: Node; form: Form }>();
  const visit = (outputs: readonly Value[]): void => {
    for (const value of reachable(outputs, found)) {
      const node = nodeOf(value);
      if (!node) continue;
      const form = node.operator.forms.find(({ fits }) => !fits || fits(node));
      if (!form) throw new Error(`${node.operator.name} at ${value.name}: got no form, expected one`);
      found.set(value, { node, form });
      if ('expand' in form) visit([form.expand(node)]);
    }
  };
  visit(values);
  return [...found.values()];
}
