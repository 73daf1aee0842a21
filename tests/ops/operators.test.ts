import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operators } from '../../src/ops/index.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { KERNELS } from '../../src/runtime/kernels.ts';
import { buildCase, checkCase } from '../support/check-case.ts';
import { formsTaken } from '../support/forms-taken.ts';
import { table } from './table.ts';

describe.each(KERNELS)('values and gradients, %s kernels', (kernels) => {
  let engine: Engine;
  beforeAll(() => {
    engine = new Engine({ threads: 1, kernels });
  });
  afterAll(() => engine.close());

  test.each(
    table.map((operatorCase) => [operatorCase.name, operatorCase] as const),
  )('%s', (_, operatorCase) => checkCase(engine, operatorCase));
});

describe('the table is whole', () => {
  const taken = new Set<string>();
  const applied = new Set<string>();
  beforeAll(() => {
    for (const operatorCase of table) {
      const { output, gradients } = buildCase(operatorCase);
      for (const { node, form } of formsTaken([
        output,
        ...gradients.filter((value) => value !== undefined),
      ])) {
        applied.add(node.operator.name);
        taken.add(`${node.operator.name}: ${form.name}`);
      }
    }
  });

  test('names of cases are different', () => {
    expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
  });

  test('each operator is registered under its name', () => {
    for (const [key, { name }] of Object.entries(operators)) expect(name).toBe(key);
  });

  test('each operator occurs', () => {
    expect(Object.keys(operators).filter((name) => !applied.has(name))).toEqual([]);
  });

  test('each operator that occurs is registered', () => {
    expect([...applied].filter((name) => !Object.hasOwn(operators, name))).toEqual([]);
  });

  test('each form of each operator is taken', () => {
    const all = Object.values(operators).flatMap(({ name, forms }) =>
      forms.map((form) => `${name}: ${form.name}`),
    );
    expect(all.filter((form) => !taken.has(form))).toEqual([]);
  });
});
