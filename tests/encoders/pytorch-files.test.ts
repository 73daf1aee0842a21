import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../../src/core/files.node.ts';
import { describeEncoder, readEncoder } from '../../src/encoders/read.node.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { legacyTorchFile, pickled, stateDict, torchFile } from '../support/torch-file.ts';
import { drawWeights } from '../support/torchvision-reference.ts';

const root = await temporaryFolder();
const tensors = drawWeights('mobilenet_v2');
const { value, storages } = stateDict(tensors);
const written = async (name: string, bytes: Uint8Array) => {
  await writeFile(join(root, name), bytes);
  return join(root, name);
};
const expected = await readEncoder(
  await written('all.safetensors', encodeSafetensors({ tensors, metadata: {} })),
);

test.each<[string, Uint8Array]>([
  ['all.pth', torchFile(value, storages)],
  [
    'checkpoint.pt',
    torchFile(pickled.dictionary(['epoch', pickled.integer(1)], ['state_dict', value]), storages),
  ],
  [
    'old.pth',
    legacyTorchFile(
      value,
      Object.fromEntries(Object.entries(storages).map(([key, content]) => [key, { content, bytes: 4 }])),
    ),
  ],
])('%s: the same weights, bit by bit, as from a safetensors file', async (name, bytes) => {
  const file = await written(name, bytes);
  expect(describeEncoder(file).name).toBe('mobilenetv2-pytorch');
  const found = await readEncoder(file);
  expect(found.encoder).toBe(expected.encoder);
  expect(found.sha256).toBe(sha256(bytes));
  for (const [tensor, { data }] of expected.weights)
    expect(
      Buffer.compare(Buffer.from(found.weights.get(tensor)!.data.buffer), Buffer.from(data.buffer)),
      tensor,
    ).toBe(0);
});

test('what is refused, is refused before anything is read, and with the name of the file', async () => {
  const evil = pickled.call(pickled.global('os', 'system'), pickled.text('id'));
  const file = await written('evil.pth', torchFile(evil, {}));
  expect(await refusal(() => describeEncoder(file))).toContain(`${file}: got a pickle with os.system`);
  expect(await refusal(readEncoder(file))).toContain(`${file}: got a pickle with os.system`);
  const other = await written(
    'other.pth',
    torchFile(stateDict(new Map([['x', tensors.get('features.0.0.weight')!]])).value, {}),
  );
  expect(await refusal(() => describeEncoder(other))).toContain(`${other}: got tensors such as x`);
});

test('a number that is not finite is refused, its place named', async () => {
  const bias = tensors.get('features.0.1.bias')!;
  const damaged = new Map([
    ...tensors,
    ['features.0.1.bias', { ...bias, data: bias.data.map((value, i) => (i === 3 ? Number.NaN : value)) }],
  ]);
  const { value, storages } = stateDict(damaged);
  const file = await written('nan.pth', torchFile(value, storages));
  expect(await refusal(readEncoder(file))).toContain(
    `${file}: tensor features.0.1.bias: got NaN at [3], expected finite numbers`,
  );
});
