import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeWhole } from '../../src/core/files.node.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import { safetensorsParts } from '../../src/onnx/safetensors.ts';
import { readSavedState } from '../../src/records/saved-state.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const path = join(await temporaryFolder(), 'state.safetensors');
const whole = {
  position: { step: 3, epoch: { loss: [0.5, null] }, stopped: false },
  epochs: 1,
  seconds: 2.5,
};

async function savedWith(progress: string, tensors: Tensors = new Map()): Promise<void> {
  const metadata = { format: 'fewmask state 2', progress };
  await writeWhole(path, safetensorsParts({ tensors, metadata }));
}

test('a loss that was not finite comes back as one', async () => {
  await savedWith(JSON.stringify(whole));
  const { position } = (await readSavedState(path))!;
  expect(position).toEqual({ step: 3, epoch: { loss: [0.5, Number.NaN] }, stopped: false });
});

test.each([
  ['{"position"', /progress: got no JSON/],
  [JSON.stringify({ ...whole, epochs: -1 }), /state\.safetensors: progress: epochs: got .*--overwrite/],
  [JSON.stringify({ ...whole, position: { ...whole.position, step: '3' } }), /progress: position\.step: got/],
  [JSON.stringify({ ...whole, position: undefined }), /progress: position: got/],
  [JSON.stringify({ ...whole, position: { ...whole.position, step: -5 } }), /progress: position\.step: got/],
  [JSON.stringify({ ...whole, best: { epoch: 2, scores: { val_loss: 1 } } }), /progress: best\.epoch: got/],
  [JSON.stringify({ ...whole, best: { epoch: 1, scores: {} } }), /progress: best\.scores\.val_loss: got/],
])('a damaged state is refused, its place named: %#', async (progress, message) => {
  await savedWith(progress);
  expect(await refusal(readSavedState(path))).toMatch(message);
});

test('a number of the state that is not finite is refused, its place named', async () => {
  const data = Float32Array.of(1, 2, Number.NEGATIVE_INFINITY, 4);
  await savedWith(JSON.stringify(whole), new Map([['best/x', { shape: [2, 2], data }]]));
  expect(await refusal(readSavedState(path))).toContain(
    `${path}: tensor best/x: got -Infinity at [1, 0], expected finite numbers`,
  );
});
