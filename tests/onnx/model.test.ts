import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeModel, type OnnxModel } from '../../src/onnx/model.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { tensorOf } from '../support/run-many.ts';

/** Every kind of attribute and constant: y = LeakyRelu(x, 0.5) + c, its rows by index, and a sum that a text decides. */
const model: OnnxModel = {
  inputs: [{ name: 'x', shape: [2, 2] }],
  outputs: [
    { name: 'y', shape: [2, 2] },
    { name: 'z', shape: [2, 2] },
    { name: 'total', shape: [] },
  ],
  initializers: [
    { name: 'c', shape: [2], data: new Float32Array([9, 10, 20, 9]).subarray(1, 3) },
    { name: 'rows', shape: [2], data: BigInt64Array.of(1n, -2n) },
  ],
  nodes: [
    {
      operator: 'LeakyRelu',
      domain: '',
      inputs: ['x'],
      outputs: ['a'],
      attributes: { alpha: { float: 0.5 } },
    },
    { operator: 'Add', domain: '', inputs: ['a', 'c'], outputs: ['y'], attributes: {} },
    { operator: 'Gather', domain: '', inputs: ['y', 'rows'], outputs: ['b'], attributes: { axis: 0 } },
    { operator: 'Transpose', domain: '', inputs: ['b'], outputs: ['z'], attributes: { perm: [1, 0] } },
    { operator: 'Einsum', domain: '', inputs: ['z'], outputs: ['total'], attributes: { equation: 'ij->' } },
  ],
  metadata: { kind: 'test' },
};

let engine: Engine;
beforeAll(() => {
  engine = new Engine({ threads: 1 });
});
afterAll(() => engine.close());

test('the runtime loads and runs what is written', async () => {
  const session = await engine.load(model);
  const { y, z, total } = await session.run({ x: tensorOf([2, 2], [1, -2, 3, 4]) });
  expect([...y.data]).toEqual([11, 19, 13, 24]);
  expect([...z.data]).toEqual([13, 11, 24, 19]);
  expect(z.shape).toEqual([2, 2]);
  expect(total).toEqual(tensorOf([], [67]));
});

test('equal models give equal bytes', () => {
  expect(encodeModel(model)).toEqual(encodeModel(model));
});

test('domains are declared, operator set 17 among them, and metadata kept', () => {
  const [first, ...rest] = model.nodes;
  const proto = fromBinary(
    ModelProtoSchema,
    encodeModel({ ...model, nodes: [{ ...first, domain: 'com.example' }, ...rest] }),
  );
  expect(proto.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
    ['', 17n],
    ['com.example', 1n],
  ]);
  expect(proto.metadataProps.map(({ key, value }) => [key, value])).toEqual([['kind', 'test']]);
  expect(proto.graph?.node.map(({ name }) => name)).toEqual(['a', 'y', 'b', 'z', 'total']);
});

test('a model that the runtime refuses is an error that says why', async () => {
  const [first] = model.nodes;
  const nodes = [{ ...first, operator: 'NoSuchOperator', outputs: ['y'] }];
  await expect(engine.load({ ...model, nodes, outputs: [model.outputs[0]] })).rejects.toThrow(
    /NoSuchOperator/,
  );
});
