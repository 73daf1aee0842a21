import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { lower } from '../../src/graph/lower.ts';
import { encodeModel } from '../../src/onnx/model.ts';
import { add, mul } from '../../src/ops/elementwise.ts';
import { runInPlace, withoutReturn } from '../../src/runtime/in-place.ts';

const graph = new Graph();
const x = graph.input('x', [3]);
const model = lower({ double: add(x, x), square: mul(x, x) });
const tensor = (...elements: number[]) => new ort.Tensor('float32', Float32Array.from(elements), [3]);
const open = () => ort.InferenceSession.create(encodeModel(withoutReturn(model)));

test('outputs are written to the arrays given, run after run, and no copies are returned', async () => {
  const session = await open();
  const fetches = { double: tensor(0, 0, 0), square: tensor(0, 0, 0) };
  await runInPlace(session, { x: tensor(1, 2, 3) }, fetches);
  expect([...fetches.double.data]).toEqual([2, 4, 6]);
  expect([...fetches.square.data]).toEqual([1, 4, 9]);
  await runInPlace(session, { x: tensor(-1, 0, 1) }, fetches);
  expect([...fetches.double.data]).toEqual([-2, 0, 2]);
  await session.release();
});

test('the binding returns nothing: the reason for it is as it was when this was written', async () => {
  const session = await open();
  const fetches = { unreturned: null, double: tensor(0, 0, 0), square: tensor(0, 0, 0) };
  await expect(session.run({ x: tensor(1, 2, 3) }, fetches)).rejects.toThrow('Non tensor type');
  await session.release();
});

test('other errors come through', async () => {
  const session = await open();
  const wrong = { double: new ort.Tensor('float32', new Float32Array(2), [2]), square: tensor(0, 0, 0) };
  await expect(runInPlace(session, { x: tensor(1, 2, 3) }, wrong)).rejects.toThrow(/dimensions/);
  await expect(runInPlace(session, {}, wrong)).rejects.toThrow(/missing/);
  await session.release();
});
