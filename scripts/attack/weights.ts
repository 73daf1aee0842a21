import { inMemory } from '../../src/core/byte-source.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import { encoderOfBytes } from '../../src/encoders/files.node.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { decodeTorchFile } from '../../src/pytorch/torch-file.node.ts';
import { drawKeras, kerasFile } from '../../tests/support/keras-mobilenet.ts';
import { randomEncoder } from '../../tests/support/random-encoder.ts';
import { stateDict, torchFile } from '../../tests/support/torch-file.ts';
import type { Attacker } from './attacker.ts';
import { mutatedBytes } from './mutate.ts';

/** Bytes of a file, changed: mostly those that say what the numbers are. */
const weightsOf = (
  name: string,
  what: string,
  make: () => Promise<Uint8Array>,
  read: (bytes: Uint8Array) => unknown,
): Attacker => ({
  name,
  what,
  prepare: async () => {
    const bytes = await make();
    return (stream) => {
      const mutated = mutatedBytes(bytes, stream);
      return { text: name, run: async () => read(mutated) };
    };
  },
});

const few: Tensors = new Map([
  ['decoder.a', { shape: [2, 3], data: new Float32Array(6) }],
  ['decoder.b', { shape: [4], data: new Float32Array(4) }],
]);

export const weights: readonly Attacker[] = [
  weightsOf(
    'safetensors',
    'damaged .safetensors',
    async () => encodeSafetensors({ tensors: few, metadata: { kind: 'train' } }),
    (bytes) => decodeSafetensors(bytes, 'weights.safetensors'),
  ),
  weightsOf(
    'torch',
    'damaged .pth',
    async () => {
      const { value, storages } = stateDict(few);
      return torchFile(value, storages);
    },
    (bytes) => decodeTorchFile(inMemory(bytes), 'weights.pth'),
  ),
  weightsOf(
    'encoder-safetensors',
    'damaged encoders in .safetensors',
    async () => encodeSafetensors({ tensors: randomEncoder(), metadata: {} }),
    (bytes) => encoderOfBytes(bytes, 'encoder.safetensors'),
  ),
  weightsOf(
    'keras',
    'damaged encoders in .h5',
    async () => kerasFile(drawKeras(), 'weights'),
    (bytes) => encoderOfBytes(bytes, 'encoder.h5'),
  ),
];
